#!/usr/bin/env bash
# Images that nobody has labelled (the paper, section 1: "the transfer set could consist entirely of unlabeled data"): a
# teacher of 10,000 labelled digits (LABELLED); students of those with their labels, of the same with soft targets, and of
# all training images with soft targets and no label. Run again, it goes on where it was stopped; 35 minutes of a core in
# all, and one net a core.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
: "${LABELLED:=10000}" # digits that have labels
: "${JUDGE:=test}" # test, or validation to choose by: then no test image is read, and 5,000 training images are held out
: "${SEEDS:=0-2}" # seeds of all nets
: "${FORM:=full}" # full, or quick: every row in minutes, no results
: "${DK_OUTPUT:=$root/.cache/unlabelled/$FORM/$JUDGE}" # where everything is written
source "$root/pipelines/paper/common.sh"
table=unlabelled
[ "$JUDGE" = test ] || table=choose-$table
begin_record "$table" mnist
make_programs
# Passes over 10,000 and over all: as many steps for each net of soft targets.
case "$FORM" in
  quick) teacher_epochs=20 hard_epochs=20 student_epochs=5 ;;
  *) teacher_epochs=200 hard_epochs=40 student_epochs=60 ;;
esac
mkdir -p "$work"

# The labels as somebody has them who labelled the first ones: -1 for all others.
python3 - "$LABELLED" "$(idx train-labels-idx1-ubyte)" "$work/labels" <<'PYTHON'
import gzip
import struct
import sys
from pathlib import Path

count, source, output = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
labels = (gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes())[8:]
some = [label if row < count else -1 for row, label in enumerate(labels)]
content = b"\0\0\x0b\1" + struct.pack(f">I{len(some)}h", len(some), *some)
if not output.exists() or output.read_bytes() != content:
    output.write_bytes(content)
PYTHON

held=()
[ "$JUDGE" = test ] || held=(--validation 5000)
images=$(idx train-images-idx3-ubyte)
take() { # name, labels, options
  "$dk/dk-ingest" "$images" "${@:2}" "${held[@]}" --output "$work/$1" --quiet >/dev/null
}
take labelled "$work/labels" --unlabelled drop
take jittered "$work/labels" --unlabelled drop --jitter 2 --copies 25
take unlabelled "$work/labels" --unlabelled ignore
take shards "$(idx train-labels-idx1-ubyte)"
[ "$JUDGE" != test ] || ingest_test
judged=(--seeds "$SEEDS" --evaluate judged="$work/shards/$JUDGE" --csv)

run_sweep teachers "${judged[@]}" -- dk-teach "$work/jittered/train" "${dropout[@]}" --epochs "$teacher_epochs" |
  keep runs-teachers.csv
for set in labelled unlabelled; do
  run_sweep "soft/$set" --seeds "$SEEDS" -- dk-soften "$work/teachers/seed={seed}" --images "$work/$set/train" \
    --temperatures 20 >/dev/null
done
run_sweep hard "${judged[@]}" -- dk-distill "$work/labelled/train" --learning-rate 0.2 --epochs "$hard_epochs" |
  keep runs-hard.csv
run_sweep all "${judged[@]}" -- dk-distill "$work/shards/train" "${baseline[@]}" | keep runs-all.csv
for set in labelled unlabelled; do
  passes=$student_epochs
  [ "$set" = unlabelled ] || passes=$((student_epochs * 6))
  run_sweep "students/$set" "${judged[@]}" -- dk-distill "$work/$set/train" \
    --soft-targets "$work/soft/$set/seed={seed}/temperature=20" "${student[@]}" --epochs "$passes" | keep "runs-$set.csv"
done

report "$SEEDS" <<ROWS
teacher, $LABELLED labelled digits, jittered | - | - | errors | teachers/evaluation/judged
student, $LABELLED digits, labels | - | - | errors | hard/evaluation/judged
student, $LABELLED digits, soft targets | - | - | errors | students/labelled/evaluation/judged
student, all digits without labels, soft targets | - | - | errors | students/unlabelled/evaluation/judged
student, all digits, labels | - | - | errors | all/evaluation/judged
% of the gap that unlabelled digits close | - | >=50 | % of the gap | hard/evaluation/judged students/unlabelled/evaluation/judged all/evaluation/judged
ROWS
publish_record
