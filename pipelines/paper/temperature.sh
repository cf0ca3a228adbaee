#!/usr/bin/env bash
# Section 3: temperature and width. With 300 or more units a layer all temperatures above 8 gave fairly similar results;
# with 30 units 2.5 to 4 were better than higher and lower ones. Both claims with 95 % intervals of the difference over
# the seeds, each seed's student beside another of the same teacher.
# Costs 26 minutes on two cores once the teachers are there.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record temperature mnist
make_soft_targets "$FEW_SEEDS"
run_sweep temperature --seeds "$FEW_SEEDS" --each hidden="$WIDTHS" --each temperature="$TEMPERATURES" \
  --evaluate test="$work/shards/test" --csv -- dk-distill "$work/shards/train" \
  --soft-targets "$work/soft/seed={seed}/temperature={temperature}" "${student[@]}" --epochs "$sweep_epochs" |
  keep runs.csv
{
  for hidden in ${WIDTHS//:/ }; do
    for temperature in ${TEMPERATURES//:/ }; do
      echo "784-${hidden/,/-}-10 at T=$temperature | | - | errors | temperature/hidden=$hidden/temperature=$temperature/evaluation/test"
    done
  done
} | report "$FEW_SEEDS"
[ "$TABLES" = 0 ] ||
  python3 pipelines/paper/claims.py "$work/temperature" "$(seeds_of "$FEW_SEEDS" | paste -sd,)" | show_and_keep claims.txt
publish_record
