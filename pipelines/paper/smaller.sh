#!/usr/bin/env bash
# Beyond the paper: how small may a student be that makes at most 100 errors? On jittered images, with the ensemble as the
# teacher: errors beside parameters, bytes of the model, and images/s of dk-evaluate with one thread.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_jittered_targets
run_sweep smaller --seeds "$FEW_SEEDS" --each hidden="$SMALLER" --evaluate test="$work/shards/test" --csv -- \
  dk-distill "$work/jittered/train" --soft-targets "$work/jittered-soft/temperature=20" "${student[@]}" \
  --epochs "$student_epochs" | keep smaller
for hidden in ${SMALLER//:/ }; do
  echo "784-${hidden/,/-}-10, jittered images | - | - | errors | smaller/hidden=$hidden/evaluation/test"
done | report smaller "$FEW_SEEDS"
[ "$TABLES" = 0 ] ||
  python3 pipelines/paper/sizes.py "$dk" "$work/smaller" "$work/shards/test" "${FEW_SEEDS%%[-,]*}" | tee "$(kept sizes.txt)"
