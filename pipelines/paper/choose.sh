#!/usr/bin/env bash
# What the experiments train with, chosen on 5,000 training digits held out, which no test image sees: errors of
# teachers, and errors and fidelity of students, of which the latter has a fraction of the noise. Two hours on two cores.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ -x "$dk/dk-ingest" ] || pipelines/build.sh
[ -n "${MNIST_DIR:-}" ] || pipelines/fetch-mnist.sh
: "${CHOOSE_SEEDS:=0-1}"
split=("$mnist/train-images-idx3-ubyte" "$mnist/train-labels-idx1-ubyte" --validation 5000)
"$dk/dk-ingest" "${split[@]}" --output "$work/choose/shards" --quiet >/dev/null
"$dk/dk-ingest" "${split[@]}" --jitter 2 --copies "$copies" --output "$work/choose/jittered" --quiet >/dev/null
choose=$work/choose
images=$choose/shards/train held=$choose/shards/validation

choice() { # name, options: a sweep whose table is kept
  local kept=$work/choose/$1.txt
  [ "$FORM" = quick ] || kept=pipelines/results/paper/choose-$1.txt
  mkdir -p "$(dirname "$kept")"
  run_sweep "choose/$1" --seeds "$CHOOSE_SEEDS" "${@:2}" | tee "$kept"
}

choice teacher --each hidden-dropout=0.4:0.5 --each input-dropout=0.1:0.2 --evaluate validation="$held" -- \
  dk-teach "$choose/jittered/train" --epochs "$sweep_epochs"
run_sweep choose/teachers --seeds "$CHOOSE_SEEDS" -- dk-teach "$choose/jittered/train" "${teacher[@]}"
for set in train validation; do
  run_sweep "choose/soft-$set" --seeds "$CHOOSE_SEEDS" -- dk-soften "$choose/teachers/seed={seed}" \
    --images "$choose/shards/$set" --temperatures 4,20
done
judged=(--evaluate validation="$held,$choose/soft-validation/seed={seed}/temperature=20" --)
distill=(dk-distill "$images" --soft-targets "$choose/soft-train/seed={seed}/temperature=20" --epochs "$sweep_epochs")
choice student-rate --each initial-scale=0.1:0.2 --each learning-rate=0.1:0.05:0.02 "${judged[@]}" "${distill[@]}"
choice student-hard-weight --each hard-weight=0:0.1:0.3 "${judged[@]}" "${distill[@]}" "${student[@]}"
choice student-average --each average-weights=0:0.999:0.9998 "${judged[@]}" "${distill[@]}" "${student[@]}"
choice student-batch --each batch-size=32:128 --each learning-rate=0.02:0.1 "${judged[@]}" "${distill[@]}" --initial-scale 0.2
choice baseline --each learning-rate=0.1:0.2:0.3 --evaluate validation="$held" -- \
  dk-distill "$images" --epochs "$baseline_epochs"
