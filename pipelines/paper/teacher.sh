#!/usr/bin/env bash
# Section 3: 784-1200-1200-10 with dropout, max-norm and images jittered by up to two pixels (the paper: 67 errors).
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_teachers "$SEEDS" >/dev/null
run_sweep teachers --seeds "$SEEDS" --evaluate test="$work/shards/test" --csv -- \
  dk-teach "$work/jittered/train" "${teacher[@]}" | keep teacher
report teacher <<ROWS
784-1200-1200-10, teacher | 67 | <=65 | errors | teachers/evaluation/test
ROWS
