#!/usr/bin/env bash
# Time and memory of the stages as a set grows from 40,960 images to 10 and 100 times as many (MNIST's, over and over): time
# an image and peak memory should stay. Five minutes, 5 GB under .cache/bench/speed/growth, removed at the end. The table goes
# to pipelines/results/growth.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
source pipelines/shared/data.sh
make_programs
mkdir -p pipelines/results
ROUNDS=1 THREADS=$(nproc) PYTHONPATH=pipelines/shared python3 pipelines/bench/growth.py | tee pipelines/results/growth.txt
