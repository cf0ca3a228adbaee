#!/usr/bin/env bash
# Section 3: temperature and width. With 300 or more units a layer all temperatures above 8 gave fairly similar results;
# with 30 units 2.5 to 4 were better than higher and lower ones. Both claims with 95 % intervals of the difference over
# the seeds, each seed's student beside another of the same teacher.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_soft_targets "$FEW_SEEDS"
run_sweep temperature --seeds "$FEW_SEEDS" --each hidden="$WIDTHS" --each temperature="$TEMPERATURES" \
  --evaluate test="$work/shards/test" --csv -- dk-distill "$work/shards/train" \
  --soft-targets "$work/soft/seed={seed}/temperature={temperature}" "${student[@]}" --epochs "$sweep_epochs" |
  keep temperature
{
  for hidden in ${WIDTHS//:/ }; do
    for temperature in ${TEMPERATURES//:/ }; do
      echo "784-${hidden/,/-}-10 at T=$temperature | | - | errors | temperature/hidden=$hidden/temperature=$temperature/evaluation/test"
    done
  done
} | report temperature "$FEW_SEEDS"
[ "$TABLES" = 0 ] || python3 pipelines/paper/claims.py "$work/temperature" | tee "$(kept temperature-claims.txt)"
