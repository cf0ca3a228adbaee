#!/usr/bin/env bash
# Section 1 and 4: the averaged predictions of many teachers, arithmetic and geometric, and one student that learns them.
# Costs 44 minutes on two cores, 25 of them for five more teachers.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record ensemble mnist
make_ensemble_targets
run_sweep ensemble-student --seeds "$FEW_SEEDS" --each combine="$COMBINE" --evaluate test="$work/shards/test" --csv -- \
  dk-distill "$work/shards/train" --soft-targets "$work/ensemble-soft/{combine}/temperature=20" "${student[@]}" \
  --epochs "$student_epochs" | keep runs.csv
[ "$TABLES" = 1 ] || exit 0
{
  echo "each of the ${#teachers[@]} teachers | - | - | errors | teachers/evaluation/test | $(seeds_of "$ENSEMBLE" | paste -sd,)"
  for combine in ${COMBINE//:/ }; do
    mkdir -p "$work/ensemble/combine=$combine/evaluation"
    "$dk/dk-evaluate" "${teachers[@]}" --combine "$combine" --images "$work/shards/test" --quiet \
      --output "$work/ensemble/combine=$combine/evaluation/test,seed=0.json" >/dev/null
    cat <<ROWS
${#teachers[@]} teachers, $combine mean | - | <=58 | errors | ensemble/combine=$combine/evaluation/test | 0
student of the $combine mean | - | <=68 | errors | ensemble-student/combine=$combine/evaluation/test
ROWS
  done
} | report "$FEW_SEEDS"
publish_record
