#!/usr/bin/env bash
# Measures us beside PyTorch, JAX, numpy + zstandard and mosaicml-streaming, in turns on the same cores:
# speed.sh training (25 minutes), dense (15), data (10), job (15) or all. Each part has a record, speed-PART. Needs 4 GB for the peers and 1 GB under .cache/bench.
# Settings: also those of run.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
arguments='[training|dense|data|job|all]'
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${ROUNDS:=5}"         # times that everything is measured
: "${JOB_ROUNDS:=1}"     # the same for the whole job
: "${SECONDS_EACH:=4}"   # of measured steps, for each peer in each round
: "${THREADS:=2}"        # the most that anybody may use
: "${DK_OUTPUT:=$root/.cache/bench/speed-records}" # where the records are
export ROUNDS JOB_ROUNDS SECONDS_EACH THREADS

part=${1:-all}
case "$part" in
  training | dense | data | job) parts=("$part") ;;
  all) parts=(training dense data job) ;;
  *) usage ;;
esac
pipelines/bench/setup.sh
pipelines/build.sh
pipelines/fetch-mnist.sh
for part in "${parts[@]}"; do
  begin_record "speed-$part" mnist
  RUNS=$record/runs.csv PYTHONPATH=pipelines/bench .cache/bench-python/bin/python -m "$part" | show_and_keep table.txt
  publish_record
done
