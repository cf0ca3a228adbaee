#!/usr/bin/env bash
# Section 3: 784-1200-1200-10 with dropout, max-norm and images jittered by up to two pixels (the paper: 67 errors).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_teachers "$SEEDS" --csv | keep teacher
report teacher "$SEEDS" <<ROWS
784-1200-1200-10, teacher | 67 | <=65 | errors | teachers/evaluation/test
ROWS
