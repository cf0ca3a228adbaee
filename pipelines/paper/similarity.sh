#!/usr/bin/env bash
# Section 1: soft targets define a rich similarity structure over the data. Errors of naming the class of the nearest
# training digits: by pixels, and by the hidden layer and the soft targets of a teacher and of a baseline, neither of
# which was trained for it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
seed=${FEW_SEEDS%%[-,]*}
make_teachers "$seed" >/dev/null
make_baselines "$seed" >/dev/null
(cd "$work" && "$dk/dk-neighbors" "teachers/seed=$seed" "baseline/seed=$seed" --images shards/test --among shards/train) |
  tee "$(kept similarity.txt)"
