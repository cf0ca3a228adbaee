#!/usr/bin/env bash
# Measures us beside PyTorch, JAX, numpy + zstandard and mosaicml-streaming, in turns on the same cores:
# speed.sh training (25 minutes), dense (15), data (10), job (15) or all. Each part ends in a table, also kept as
# pipelines/results/speed-PART.txt. Needs 4 GB for the peers and 1 GB under .cache/bench.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${ROUNDS:=5}"         # times that everything is measured
: "${JOB_ROUNDS:=1}"     # the same for the whole job
: "${SECONDS_EACH:=4}"   # of measured steps, for each peer in each round
: "${THREADS:=2}"        # the most that anybody may use
export ROUNDS JOB_ROUNDS SECONDS_EACH THREADS

part=${1:-all}
case "$part" in
  training | dense | data | job) parts=("$part") ;;
  all) parts=(training dense data job) ;;
  *)
    echo "speed: error: usage: speed.sh [training|dense|data|job|all]" >&2
    exit 64
    ;;
esac
pipelines/bench/setup.sh
pipelines/build.sh
pipelines/fetch-mnist.sh
mkdir -p .cache/bench pipelines/results
for part in "${parts[@]}"; do
  PYTHONPATH=pipelines/bench .cache/bench-python/bin/python -m "$part" >".cache/bench/speed-$part.txt"
  mv ".cache/bench/speed-$part.txt" "pipelines/results/speed-$part.txt"
  cat "pipelines/results/speed-$part.txt"
done
