#!/usr/bin/env bash
# What a set of a thousand million images of 15,000 classes would take: bytes and processor time of an image in each stage,
# measured with ROWS images of MNIST and made-up logits, and what follows for all. Five minutes, 3 GB under
# .cache/bench/speed/large, removed at the end. The table goes to pipelines/results/large.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
: "${ROWS:=8192}"
export ROWS
source pipelines/shared/data.sh
make_programs
pipelines/setup.sh --python
mkdir -p pipelines/results
ROUNDS=1 THREADS=$(nproc) PYTHONPATH=pipelines/shared .cache/python/bin/python pipelines/bench/large.py |
  tee pipelines/results/large.txt
