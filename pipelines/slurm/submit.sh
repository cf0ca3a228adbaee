#!/usr/bin/env bash
# Submits the main job of several seeds, or the paper's experiments, as array jobs of Slurm that wait for one another, for
# those who use no Snakemake:
#
#   SEEDS=0-9 pipelines/slurm/submit.sh main --partition=cpu --time=2:00:00
#   pipelines/slurm/submit.sh paper --account=mine
#
# What stands behind the name goes to each sbatch. PARTS is in how many parts soft targets are made, TASKS how many tasks of
# an array run at a time; other settings are those of run.sh and of paper/common.sh. A task that was killed goes on when it
# is requeued or all is submitted again: what is done returns at once. Commands and logs are in .slurm beside the results.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
source pipelines/data.sh
source pipelines/lists.sh
: "${PARTS:=4}"
: "${TASKS:=100}"

fail() { # exit status, message
  echo "submit: error: $2" >&2
  exit "$1"
}

case "${1:-}" in
  main)
    : "${SEEDS:=0}"
    : "${DK_OUTPUT:=$root/.cache/graph}"
    ;;
  paper) : "${DK_OUTPUT:=$root/.cache/paper/${FORM:-full}}" ;;
  -h | --help)
    sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) fail 64 "usage: [SETTING=VALUE ...] submit.sh main|paper [OPTIONS OF SBATCH]" ;;
esac
command -v sbatch >/dev/null || fail 69 "sbatch is missing; run this where jobs are submitted"
place=$DK_OUTPUT/.slurm
mkdir -p "$place/logs"
options=("${@:2}")

step() { # name, jobs to wait for with colons between, commands on stdin, one a task; prints the number of the job
  local file=$place/$1.txt after=()
  cat >"$file"
  [ -z "$2" ] || after=(--dependency="afterok:$2" --kill-on-invalid-dep=yes)
  sbatch --parsable --requeue --job-name="dk-$1" --array="1-$(wc -l <"$file")%$TASKS" \
    --output="$place/logs/$1-%a.txt" "${after[@]}" "${options[@]}" pipelines/slurm/task.sh "$file" | cut -d';' -f1
}

make_programs

submit_main() {
  local seeds data teach soft whole baseline student
  seeds=$(seeds_of "$SEEDS")
  stage() { # number, settings: of each seed
    local seed
    for seed in $seeds; do echo "SEED=$seed DK_OUTPUT='$DK_OUTPUT/seed=$seed' STAGE=$1 LAST=$1 ${*:2} pipelines/run.sh"; done
  }
  data=$(stage 1 | step ingest "")
  teach=$(stage 2 | step teach "$data")
  soft=$(for k in $(seq "$PARTS"); do stage 3 "PART=$k/$PARTS"; done | step soften "$teach")
  whole=$(stage 3 PART=finish | step finish "$soft")
  baseline=$(stage 4 | step baseline "$data")
  student=$(stage 5 | step distil "$whole")
  stage 6 | step evaluate "$baseline:$student"
}

submit_paper() {
  local data baselines teachers soft whole nets list values
  declare -A each
  while read -r list values; do each[$list]=$values; done < <(pipelines/paper/shared.sh lists)
  job() { # script, settings: a part of an experiment
    echo "DK_OUTPUT='$DK_OUTPUT' TABLES=0 ${*:2} pipelines/paper/$1"
  }
  parts() { # what, settings: all parts of soft targets
    local k
    for k in $(seq "$PARTS"); do job "shared.sh $1" "PART=$k/$PARTS" "${@:2}"; done
  }
  data=$(job "shared.sh data" | step data "")
  baselines=$(for seed in ${each[SEEDS]}; do job baseline.sh "SEEDS=$seed"; done | step baseline "$data")
  teachers=$(for seed in ${each[ENSEMBLE]}; do job teacher.sh "SEEDS=$seed"; done | step teacher "$data")
  soft=$({
    for seed in ${each[SEEDS]}; do parts soft "SEEDS=$seed"; done
    parts ensemble
    parts jittered
  } | step soft-parts "$teachers")
  whole=$({
    for seed in ${each[SEEDS]}; do job "shared.sh soft" PART=finish "SEEDS=$seed"; done
    for panel in ensemble jittered; do job "shared.sh $panel" PART=finish; done
  } | step soft "$soft")
  nets=$({
    for seed in ${each[SEEDS]}; do job student.sh "SEEDS=$seed"; done
    for seed in ${each[FEW_SEEDS]}; do
      for script in beyond sevens-and-eights few logits; do job "$script.sh" "FEW_SEEDS=$seed"; done
      for digit in ${each[DIGITS]}; do job omitted.sh "FEW_SEEDS=$seed" "DIGITS=$digit"; done
      for combine in ${each[COMBINE]}; do job ensemble.sh "FEW_SEEDS=$seed" "COMBINE=$combine"; done
      for width in ${each[SMALLER]}; do job smaller.sh "FEW_SEEDS=$seed" "SMALLER=$width"; done
      for width in ${each[WIDTHS]}; do
        for temperature in ${each[TEMPERATURES]}; do
          job temperature.sh "FEW_SEEDS=$seed" "WIDTHS=$width" "TEMPERATURES=$temperature"
        done
      done
    done
  } | step nets "$whole:$baselines")
  echo "DK_OUTPUT='$DK_OUTPUT' pipelines/hinton2015.sh" | step tables "$nets"
}

last=$("submit_$1")
echo "submit: the last job is $last; its tables will be in $place/logs" >&2
