#!/usr/bin/env bash
# Beyond the paper: jittered transfer sets, whose soft targets are those of the jittered images, and the ensemble as the
# teacher. How low does 784-800-800-10 go, and how small may a student be that makes at most 100 errors? Errors beside
# parameters, bytes of the model, and images/s of dk-evaluate with one thread.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
make_ensemble
"$dk/dk-soften" "${teachers[@]}" --combine geometric --images "$work/jittered/train" --temperatures 20 \
  --output "$work/jittered-soft" --quiet >/dev/null
transfer=("$work/jittered/train" --soft-targets "$work/jittered-soft/temperature=20" "${student[@]}")
test=(--evaluate test="$work/shards/test")
run_sweep beyond --seeds "$FEW_SEEDS" "${test[@]}" --csv -- \
  dk-distill "${transfer[@]}" --epochs "$((2 * student_epochs))" | keep beyond
run_sweep smaller --seeds "$FEW_SEEDS" --each hidden="$smaller_nets" "${test[@]}" --csv -- \
  dk-distill "${transfer[@]}" --epochs "$student_epochs" | keep smaller
{
  echo "784-800-800-10, jittered images | - | <=58 | errors | beyond/evaluation/test"
  for hidden in ${smaller_nets//:/ }; do
    echo "784-${hidden/,/-}-10, jittered images | - | - | errors | smaller/hidden=$hidden/evaluation/test"
  done
} | report beyond
python3 pipelines/paper/sizes.py "$dk" "$work/smaller" "$work/shards/test" "${FEW_SEEDS%%[-,]*}" |
  tee "$(kept sizes.txt)"
