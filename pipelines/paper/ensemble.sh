#!/usr/bin/env bash
# Section 1 and 4: the averaged predictions of many teachers, arithmetic and geometric, and one student that learns them.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_ensemble
for combine in arithmetic geometric; do
  mkdir -p "$work/ensemble/combine=$combine/evaluation"
  "$dk/dk-evaluate" "${teachers[@]}" --combine "$combine" --images "$work/shards/test" --quiet \
    --output "$work/ensemble/combine=$combine/evaluation/test,seed=0.json" >/dev/null
  "$dk/dk-soften" "${teachers[@]}" --combine "$combine" --images "$work/shards/train" --temperatures 20 \
    --output "$work/ensemble-soft/$combine" --quiet >/dev/null
done
run_sweep ensemble-student --seeds "$FEW_SEEDS" --each combine=arithmetic:geometric --evaluate test="$work/shards/test" --csv -- \
  dk-distill "$work/shards/train" --soft-targets "$work/ensemble-soft/{combine}/temperature=20" "${student[@]}" \
  --epochs "$student_epochs" | keep ensemble
report ensemble <<ROWS
${#teachers[@]} teachers, arithmetic mean | - | <=58 | errors | ensemble/combine=arithmetic/evaluation/test
${#teachers[@]} teachers, geometric mean | - | <=58 | errors | ensemble/combine=geometric/evaluation/test
student of the arithmetic mean | - | <=68 | errors | ensemble-student/combine=arithmetic/evaluation/test
student of the geometric mean | - | <=68 | errors | ensemble-student/combine=geometric/evaluation/test
ROWS
