#!/usr/bin/env bash
# A teacher of another framework: a small convolutional net in PyTorch learns from our jittered shards
# (pipelines/python/convolutional.py), writes its logits for the clean and for the jittered training images, and students
# 784-800-800-10 learn from those. Run again, it goes on where it was stopped; ten minutes of two cores for the
# teacher, fifteen for all students.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
: "${JUDGE:=test}" # test, or validation to choose by: then no test image is read, and 5,000 training images are held out
: "${SEEDS:=0-2}" # seeds of the students
: "${FORM:=full}" # full, or quick: every row in minutes, no results
: "${DK_OUTPUT:=$root/.cache/bring-your-teacher/$FORM/$JUDGE}" # where everything is written
: "${TEMPERATURE:=4}" # that the students learn from
source "$root/pipelines/paper/common.sh"
table=bring-your-teacher
[ "$JUDGE" = test ] || table=choose-$table
begin_record "$table" mnist
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
  --epochs "$student_epochs" | keep runs.csv

# The teacher's errors are in the manifest of its logits.
mkdir -p "$work/teacher"
python3 - "$work/soft/shards-$JUDGE/logits/manifest.json" "$work/teacher.pt" "$work/teacher/judged,seed=0.json" <<'PYTHON' |
import hashlib
import json
import sys
from pathlib import Path

manifest, model, output = map(Path, sys.argv[1:])
outputs = json.loads(manifest.read_text())["outputs"]
examples = sum(output["examples"] for output in outputs)
errors = examples - sum(output["statistics"]["agreeing"] for output in outputs)
output.write_text(json.dumps({"errors": errors, "examples": examples}))
print("seed,set,errors,examples,model")
print(f"0,judged,{errors},{examples},{hashlib.sha256(model.read_bytes()).hexdigest()}")
PYTHON
  keep runs-teacher.csv
report "$SEEDS" <<ROWS
convolutional teacher | - | <=39 | errors | teacher/judged | 0
student on clean images | - | - | errors | students/images=shards/evaluation/judged
student on jittered images | - | <=64 | errors | students/images=jittered/evaluation/judged
ROWS
publish_record
