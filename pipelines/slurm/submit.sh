#!/usr/bin/env bash
# Submits the main job of several seeds, the paper's experiments, or those with specialists, as array jobs of Slurm that wait
# for one another, for those who use no Snakemake:
#
#   SEEDS=0-9 pipelines/slurm/submit.sh main --partition=cpu --time=2:00:00
#   pipelines/slurm/submit.sh paper --account=mine
#   SETS=mnist pipelines/slurm/submit.sh specialists
#
# SEEDS of main are 0 by default. Options behind the name go to each sbatch. A relative DK_OUTPUT begins at the checkout.
# A task that was killed goes on when it is requeued or all is submitted again: what is done returns at once. Commands and
# logs are in .slurm beside the results. The arrays are those of pipelines/graph/jobs.py.
# Settings: also those of run.sh.
# Settings: also those of paper/common.sh.
# Settings: also those of experiments/specialists.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
# shellcheck disable=SC2034 # help.sh reads it
arguments='main|paper|specialists [OPTIONS OF SBATCH]'
source "$root/pipelines/shared/help.sh"
for word in "${@:2}"; do
  case "$word" in -h | --help)
    show_help || true # Even if nobody reads it to the end, nothing is submitted.
    exit 0
    ;;
  esac
done
cd "$root"
graph=${1:-}
case "$graph" in
  main) usual_place=.cache/graph ;;
  paper) usual_place=.cache/paper/${FORM:-full} ;;
  specialists) usual_place=.cache/specialists/${FORM:-full}/${JUDGE:-test} ;;
  *) usage ;;
esac
: "${DK_OUTPUT:=$root/$usual_place}" # where everything is written: .cache/graph, .cache/paper/FORM or .cache/specialists/FORM/JUDGE
: "${PARTS:=4}"   # parts in which soft targets are made, each a task
: "${TASKS:=100}" # tasks of an array that run at a time
export PARTS

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
