#!/usr/bin/env bash
# Beyond the paper: how small may a student be that makes at most 100 errors? On jittered images, with the ensemble as the
# teacher: errors beside parameters, bytes of the model, and images/s of dk-evaluate with one thread.
# Costs 10 minutes on two cores once the ensemble is there.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record smaller mnist
make_jittered_targets
run_sweep smaller --seeds "$FEW_SEEDS" --each hidden="$SMALLER" --evaluate test="$work/shards/test" --csv -- \
  dk-distill "$work/jittered/train" --soft-targets "$work/jittered-soft/temperature=20" "${student[@]}" \
  --epochs "$student_epochs" | keep runs.csv
for hidden in ${SMALLER//:/ }; do
  echo "784-${hidden/,/-}-10, jittered images | - | - | errors | smaller/hidden=$hidden/evaluation/test"
done | report "$FEW_SEEDS"
[ "$TABLES" = 0 ] ||
  python3 pipelines/paper/sizes.py "$dk" "$work/smaller" "$work/shards/test" "$SMALLER" "$(seeds_of "$FEW_SEEDS" | paste -sd,)" |
  show_and_keep sizes.txt
publish_record
