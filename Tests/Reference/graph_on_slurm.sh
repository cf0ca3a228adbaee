#!/usr/bin/env bash
# The main job as jobs of Slurm, of which the first training is killed in the middle: graph_on_slurm.sh PYTHON OUTPUT, with the
# settings of run.sh as variables. Prints the jobs that were killed. To be run by with_slurm.sh.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
output=$2
cd "$root"
"$(dirname "$1")/snakemake" --snakefile pipelines/Snakefile --profile pipelines/profiles/slurm --nolock \
  --slurm-status-command squeue --slurm-no-account --slurm-init-seconds-before-status-checks 1 \
  --seconds-between-status-checks 1 --latency-wait 5 --config output="$output" parts=2 >&2 &
graph=$!
trap 'kill "$graph" 2>/dev/null || true' EXIT
# Some epochs are done, and most are not.
until [ "$(wc -l 2>/dev/null <"$output/seed=0/teacher/log.jsonl" || echo 0)" -ge 3 ]; do
  kill -0 "$graph" || exit 1
  sleep 0.02
done
[ ! -e "$output/seed=0/teacher/manifest.json" ]
squeue --noheader --states=running --format=%i | tee /dev/stderr | while read -r job; do
  scancel --full --signal=KILL "$job"
  echo "$job"
done
wait "$graph"
