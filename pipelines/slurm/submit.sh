#!/usr/bin/env bash
# Submits the main job of several seeds, the paper's experiments, or those with specialists, as array jobs of Slurm that wait
# for one another, for those who use no Snakemake:
#
#   SEEDS=0-9 pipelines/slurm/submit.sh main --partition=cpu --time=2:00:00
#   pipelines/slurm/submit.sh paper --account=mine
#   SETS=mnist pipelines/slurm/submit.sh specialists
#
# What stands behind the name goes to each sbatch. PARTS is in how many parts soft targets are made, TASKS how many tasks of
# an array run at a time; other settings are those of run.sh, paper/common.sh and experiments/specialists.sh. A relative
# DK_OUTPUT begins at the checkout. A task that was killed goes on when it is requeued or all is submitted again: what is
# done returns at once. Commands and logs are in .slurm beside the results. The arrays are those of graph/jobs.py.
set -euo pipefail
for word in "$@"; do
  case "$word" in -h | --help)
    sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  esac
done
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
: "${TASKS:=100}"

fail() { # exit status, message
  echo "submit: error: $2" >&2
  exit "$1"
}

graph=${1:-}
case "$graph" in
  main) : "${DK_OUTPUT:=$root/.cache/graph}" ;;
  paper) : "${DK_OUTPUT:=$root/.cache/paper/${FORM:-full}}" ;;
  specialists) : "${DK_OUTPUT:=$root/.cache/specialists/${FORM:-full}/${JUDGE:-test}}" ;;
  *) fail 64 "usage: [SETTING=VALUE ...] submit.sh main|paper|specialists [OPTIONS OF SBATCH]" ;;
esac
options=("${@:2}")
case "$TASKS" in '' | *[!0-9]*) fail 64 "TASKS: expected 1 or more, found '$TASKS'" ;; esac
case "$DK_OUTPUT" in *\\*) fail 64 "DK_OUTPUT: expected a path without \\, which Slurm takes out of the names of logs" ;; esac
command -v sbatch >/dev/null || fail 69 "sbatch is missing; run this where jobs are submitted"
jobs=$(python3 pipelines/graph/jobs.py "$graph" "$DK_OUTPUT") || exit $?
place=$DK_OUTPUT/.slurm
mkdir -p "$place/logs"

# A file of commands for each array, one a task; what needs the network is done here.
names=()
declare -A after=()
while IFS=$'\t' read -r name others command; do
  if [ "$others" = here ]; then
    bash -euo pipefail -c "$command" </dev/null
    continue
  fi
  if [ -z "${after[$name]:-}" ]; then
    names+=("$name")
    after[$name]=$others
    : >"$place/$name.txt"
  fi
  printf '%s\n' "$command" >>"$place/$name.txt"
done <<<"$jobs"

declare -A number=()
submitted=()
advise() { # of what was submitted before something went wrong
  local status=$? cancel=()
  [ $status != 0 ] && [ ${#submitted[@]} -gt 0 ] || return 0
  for name in "${submitted[@]}"; do cancel+=("${number[$name]}"); done
  echo "submit: ${submitted[*]} were submitted and ${names[*]:${#submitted[@]}} were not; scancel ${cancel[*]}" \
    "takes them back, or let them end; then submit again: what is done returns at once" >&2
}
trap advise EXIT

for name in "${names[@]}"; do
  waits=()
  if [ "${after[$name]}" != - ]; then
    ids=
    for other in ${after[$name]//,/ }; do ids+=:${number[$other]}; done
    waits=(--dependency="afterok$ids" --kill-on-invalid-dep=yes)
  fi
  # % begins what sbatch fills in, and stands for itself when it is doubled. Options of the user's do not undo the order.
  said=$(sbatch --parsable --requeue --job-name="dk-$name" --output="${place//%/%%}/logs/$name-%a.txt" "${options[@]}" \
    --array="1-$(wc -l <"$place/$name.txt")%$TASKS" "${waits[@]}" pipelines/slurm/task.sh "$place/$name.txt") ||
    fail 69 "sbatch has refused the array $name, for the reason above"
  # The number, and behind a semicolon the cluster; beside it, some sites print lines of their own.
  number[$name]=$(grep -Eo '^[0-9]+(;.*)?$' <<<"$said" | tail -n 1 | cut -d';' -f1) ||
    fail 69 "sbatch did not print the number of the array $name, but '$said'"
  submitted+=("$name")
done
echo "submit: the last job is ${number[$name]}; what it prints will be in $place/logs" >&2
