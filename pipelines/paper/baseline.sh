#!/usr/bin/env bash
# Section 3: 784-800-800-10 by vanilla backpropagation on hard targets (the paper: 146 errors).
# Costs a minute on two cores.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record baseline mnist
make_baselines "$SEEDS" --csv | keep runs.csv
report "$SEEDS" <<ROWS
784-800-800-10, hard targets | 146 | 130..165 | errors | baseline/evaluation/test
ROWS
publish_record
