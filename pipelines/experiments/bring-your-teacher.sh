#!/usr/bin/env bash
# A teacher of another framework: a small convolutional net in PyTorch learns from our jittered shards
# (pipelines/python/convolutional.py), writes its logits for the clean and for the jittered training images, and students
# 784-800-800-10 learn from those. The table goes to pipelines/results/paper, beside the main job's nets where run.sh or
# seeds.sh have made them. Run again, it goes on where it was stopped; ten minutes of two cores for the teacher, fifteen
# for all students. SEEDS, FORM, DK_OUTPUT and MNIST_DIR as in paper/common.sh; JUDGE=validation reads no test
# image: then 5,000 are held out.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${JUDGE:=test}"
: "${SEEDS:=0-2}"
: "${FORM:=full}"
: "${DK_OUTPUT:=$root/.cache/bring-your-teacher/$FORM/$JUDGE}"
: "${TEMPERATURE:=4}"
source "$root/pipelines/paper/common.sh"
make_programs
pipelines/setup.sh --python
case "$FORM" in
  quick) net_epochs=2 student_epochs=6 ;;
  *) net_epochs=16 student_epochs=60 ;;
esac
python=$root/.cache/python/bin/python
net=$root/pipelines/python/convolutional.py

held=()
[ "$JUDGE" = test ] || held=(--validation 5000)
ingest shards "${held[@]}"
ingest jittered --jitter 2 --copies 10 "${held[@]}"
[ "$JUDGE" != test ] || ingest_test
judge=$work/shards/$JUDGE
table=bring-your-teacher
[ "$JUDGE" = test ] || table=choose-$table

"$python" "$net" train "$work/jittered/train" --epochs "$net_epochs" --output "$work/teacher.pt"
# What it says of each set; of the test set too, so that its errors and the students' agreement with it are seen.
for set in shards/train jittered/train "shards/$JUDGE"; do
  name=${set//\//-}
  [ "$work/$name.safetensors" -nt "$work/teacher.pt" ] ||
    "$python" "$net" answer "$work/teacher.pt" "$work/$set" --output "$work/$name.safetensors"
  "$dk/dk-soften" --logits "$work/$name.safetensors" --images "$work/$set" --temperatures "$TEMPERATURE" \
    --output "$work/soft/$name"
done

run_sweep students --seeds "$SEEDS" --each images=shards:jittered \
  --evaluate judged="$judge,$work/soft/shards-$JUDGE/temperature=$TEMPERATURE" --csv -- \
  dk-distill "$work/{images}/train" --soft-targets "$work/soft/{images}-train/temperature=$TEMPERATURE" "${student[@]}" \
  --epochs "$student_epochs" | keep "$table"

# The teacher's errors are in the manifest of its logits.
mkdir -p "$work/teacher" "$work/main-job"
python3 - "$work/soft/shards-$JUDGE/logits/manifest.json" "$work/teacher/judged,seed=0.json" <<'PYTHON'
import json
import sys

outputs = json.load(open(sys.argv[1]))["outputs"]
examples = sum(output["examples"] for output in outputs)
agreeing = sum(output["statistics"]["agreeing"] for output in outputs)
json.dump({"errors": examples - agreeing, "examples": examples}, open(sys.argv[2], "w"))
PYTHON
rows="convolutional teacher | - | <=39 | errors | teacher/judged
student on clean images | - | - | errors | students/images=shards/evaluation/judged
student on jittered images | - | <=64 | errors | students/images=jittered/evaluation/judged"
if [ "$JUDGE" = test ]; then
  # Of run.sh, and of seeds.sh, which is that for several seeds.
  for model in baseline teacher student; do
    number=0
    for found in .cache/seeds/seed=*/evaluation/"$model".json .cache/run/evaluation/"$model".json; do
      [ -e "$found" ] || continue
      # The run alone is one of the seeds.
      [ $number = 0 ] || [[ $found != .cache/run/* ]] || continue
      cp "$found" "$work/main-job/$model,seed=$number.json"
      number=$((number + 1))
    done
    [ $number = 0 ] || rows+=$'\n'"main job: $model | - | - | errors | main-job/$model"
  done
fi
report "$table" <<<"$rows"
