#!/usr/bin/env bash
# Section 1: soft targets define a rich similarity structure over the data. Errors of naming the class of the nearest
# training digits: by pixels, and by the hidden layer and the soft targets of a teacher and of a baseline, neither of
# which was trained for it.
# Costs a minute on two cores once a teacher and a baseline are there.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record similarity mnist
seed=${FEW_SEEDS%%[-,]*}
make_teachers "$seed" --csv | keep runs-teachers.csv
make_baselines "$seed" --csv | keep runs-baselines.csv
(cd "$work" && "$dk/dk-neighbors" "teachers/seed=$seed" "baseline/seed=$seed" --images shards/test --among shards/train) |
  show_and_keep table.txt
publish_record
