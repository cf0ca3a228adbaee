#!/usr/bin/env bash
# Time and memory of the stages as a set grows from 40,960 images to 10 and 100 times as many (MNIST's, over and over): time
# an image and peak memory should stay. Five minutes, 5 GB under .cache/bench/speed/growth, removed at the end.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/data.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"
: "${DK_OUTPUT:=$root/.cache/bench/growth}" # where its record is
begin_record growth mnist
make_programs
ROUNDS=1 THREADS=$(nproc) RUNS=$record/runs.csv PYTHONPATH=pipelines/shared python3 pipelines/bench/growth.py |
  show_and_keep table.txt
publish_record
