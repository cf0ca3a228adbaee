#!/usr/bin/env bash
# Cost of a set of a billion images of 15,000 classes: bytes and processor time of an image in each stage,
# measured with ROWS images of MNIST and made-up logits, and what follows for all. Five minutes, 3 GB under
# .cache/bench/speed/large, removed at the end.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/data.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"
: "${ROWS:=8192}" # images that are measured
: "${DK_OUTPUT:=$root/.cache/bench/large}" # where its record is
export ROWS
begin_record large mnist
make_programs
pipelines/setup.sh --python
ROUNDS=1 THREADS=$(nproc) RUNS=$record/runs.csv PYTHONPATH=pipelines/shared .cache/python/bin/python pipelines/bench/large.py |
  show_and_keep table.txt
publish_record
