#!/usr/bin/env bash
# Section 3: 784-1200-1200-10 with dropout, max-norm and images jittered by up to two pixels (the paper: 67 errors).
# Costs 25 minutes on two cores.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record teacher mnist
make_teachers "$SEEDS" --csv | keep runs.csv
report "$SEEDS" <<ROWS
784-1200-1200-10, teacher | 67 | <=65 | errors | teachers/evaluation/test
ROWS
publish_record
