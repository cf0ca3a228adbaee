#!/usr/bin/env bash
# Section 3: 784-800-800-10 by vanilla backpropagation on hard targets (the paper: 146 errors).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_baselines "$SEEDS" --csv | keep baseline
report baseline "$SEEDS" <<ROWS
784-800-800-10, hard targets | 146 | 130..165 | errors | baseline/evaluation/test
ROWS
