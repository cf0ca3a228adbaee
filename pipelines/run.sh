#!/usr/bin/env bash
# The main job: MNIST → shards → teacher → soft targets → students → test errors, two to four minutes on two
# cores after a build of five, 0.3 GB on disk. Stages that are done are not done again.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
source "$root/pipelines/shared/help.sh"

: "${STAGE:=0}"                           # first stage to run, 0 to 6
: "${LAST:=6}"                            # last stage to run; before 6 there is no table and no report
: "${PART:=}"                             # of stage 3: k/n to make a part of the logits, finish to join the parts
: "${SEED:=0}"                            # makes everything random repeatable
[ "$SEED" = 0 ] || : "${DK_OUTPUT:=$root/.cache/run/seed=$SEED}"
: "${DK_OUTPUT:=$root/.cache/run}"        # where everything is written; for other seeds than 0 a folder seed=SEED there
: "${FORCE:=0}"                           # 1: replace what was made by other settings
: "${VALIDATION:=5000}"                   # training images held out
: "${ORDER:=mixed}"                       # in which rows go into shards: mixed, or that of the source
: "${TEACHER_HIDDEN:=1200,1200}"          # units of the teacher's hidden layers
: "${TEACHER_EPOCHS:=60}"                 # passes of the teacher, each over another jittered copy
: "${INPUT_DROPOUT:=0.1}"                 # of the teacher; shorter trainings do better with less
: "${HIDDEN_DROPOUT:=0.4}"                # of the teacher
: "${STUDENT_HIDDEN:=800,800}"            # units of the baseline's and the student's hidden layers
: "${BASELINE_EPOCHS:=12}"                # passes of the small net on hard targets
: "${BASELINE_LEARNING_RATE:=0.2}"         # of the small net on hard targets
: "${STUDENT_EPOCHS:=30}"                 # passes of the small net on soft targets
: "${STUDENT_INITIAL_SCALE:=0.2}"         # of the student's first weights; nets of more layers need 1
: "${STUDENT_HARD_WEIGHT:=0.5}"           # of the labels beside the soft targets, 0 to 1
: "${JITTER:=2}"                          # largest shift of the teacher's images, in pixels
: "${COPIES:=25}"                         # jittered copies, at most (2 JITTER + 1)²
: "${TEMPERATURES:=1,2,4,8,20}"           # soft targets to keep
: "${TEMPERATURE:=20}"                    # the one that the student learns from

source "$root/pipelines/shared/data.sh"
bin=$root/.build/release

case "$STAGE" in [0-6]) ;; *) fail 64 "STAGE: expected 0 to 6, found '$STAGE'" ;; esac
case "$LAST" in [0-6]) ;; *) fail 64 "LAST: expected 0 to 6, found '$LAST'" ;; esac
case "$PART" in
  '') part=() ;;
  finish) part=(--finish) ;;
  */*) part=(--part "$PART") ;;
  *) fail 64 "PART: expected k/n or finish, found '$PART'" ;;
esac
case "$FORCE" in
  0) force=() ;;
  1) force=(--force) ;;
  *) fail 64 "FORCE: expected 0 or 1, found '$FORCE'" ;;
esac

stage() { # number, title: whether to run it
  [ "$1" -ge "$STAGE" ] && [ "$1" -le "$LAST" ] || return 1
  echo "== $1: $2" >&2
}

dk() { # program, arguments: runs it; of results of other settings says what can be done here
  local status=0
  "$bin/dk-$1" "${@:2}" "${force[@]}" || status=$?
  [ $status -ne 73 ] || fail 73 "dk-$1 left with 73; results of other settings stay with another DK_OUTPUT, or go with FORCE=1"
  return $status
}

# 0: the programs, and the images unless MNIST_DIR names some
if stage 0 "set up, build and fetch"; then
  "$root/pipelines/build.sh"
  [ -n "${MNIST_DIR:-}" ] || "$root/pipelines/fetch-mnist.sh"
fi
[ -x "$bin/dk-ingest" ] || fail 66 "$bin: expected the built programs, found none; start at STAGE=0"
started=$SECONDS

# 1: clean shards for students and soft targets, jittered ones for the teacher
if stage 1 "ingest"; then
  train=("$(idx train-images-idx3-ubyte)" "$(idx train-labels-idx1-ubyte)"
    --validation "$VALIDATION" --order "$ORDER" --seed "$SEED")
  dk ingest "${train[@]}" --output "$DK_OUTPUT/shards"
  dk ingest "$(idx t10k-images-idx3-ubyte)" "$(idx t10k-labels-idx1-ubyte)" \
    --split test --order source --output "$DK_OUTPUT/shards"
  dk ingest "${train[@]}" --jitter "$JITTER" --copies "$COPIES" --output "$DK_OUTPUT/jittered"
fi

# 2: the teacher
if stage 2 "teach"; then
  dk teach "$DK_OUTPUT/jittered/train" --validation "$DK_OUTPUT/shards/validation" \
    --hidden "$TEACHER_HIDDEN" --epochs "$TEACHER_EPOCHS" \
    --input-dropout "$INPUT_DROPOUT" --hidden-dropout "$HIDDEN_DROPOUT" --seed "$SEED" --output "$DK_OUTPUT/teacher"
fi

# 3: what it says of every clean training image
if stage 3 "soften"; then
  dk soften "$DK_OUTPUT/teacher" --images "$DK_OUTPUT/shards/train" \
    --temperatures "$TEMPERATURES" --output "$DK_OUTPUT/soft" "${part[@]}"
fi

# 4: the small net on hard targets
if stage 4 "baseline"; then
  dk distill "$DK_OUTPUT/shards/train" --validation "$DK_OUTPUT/shards/validation" \
    --hidden "$STUDENT_HIDDEN" --epochs "$BASELINE_EPOCHS" \
    --learning-rate "$BASELINE_LEARNING_RATE" --seed "$SEED" --output "$DK_OUTPUT/baseline"
fi

# 5: the small net on soft targets
if stage 5 "distil"; then
  dk distill "$DK_OUTPUT/shards/train" --soft-targets "$DK_OUTPUT/soft/temperature=$TEMPERATURE" \
    --validation "$DK_OUTPUT/shards/validation" --hidden "$STUDENT_HIDDEN" --epochs "$STUDENT_EPOCHS" \
    --initial-scale "$STUDENT_INITIAL_SCALE" --hard-weight "$STUDENT_HARD_WEIGHT" \
    --seed "$SEED" --output "$DK_OUTPUT/student"
fi

# 6: errors on the test set
if stage 6 "evaluate"; then
  mkdir -p "$DK_OUTPUT/evaluation"
  for model in baseline teacher student; do
    "$bin/dk-evaluate" "$DK_OUTPUT/$model" --images "$DK_OUTPUT/shards/test" \
      --output "$DK_OUTPUT/evaluation/$model.json" --quiet >"$DK_OUTPUT/evaluation/$model.txt"
  done
fi

[ "$LAST" = 6 ] || exit 0
# The words of the table are those of the manifests: the models' settings, not those of the moment.
python3 - "$DK_OUTPUT" <<'PYTHON' | tee "$DK_OUTPUT/summary.txt"
import json
import sys
from pathlib import Path

output = Path(sys.argv[1])


def manifest(path):
    return json.loads((path / "manifest.json").read_text())


def net(model):
    """What a model is, by its manifest and, through the locations of its inputs, by theirs."""
    made = manifest(output / model)
    hidden = ",".join(map(str, made["parameters"]["hidden"])) or "no hidden layer"
    if made["role"] == "teacher":
        return f"{hidden}, teacher"
    if made["role"] == "baseline":
        return f"{hidden}, hard targets"
    places = json.loads((output / model / "locations.json").read_text())
    soft = manifest(output / model / places["soft-targets"]["path"])["parameters"]
    return f"{hidden}, distilled " + (f"at T={soft['temperature']}" if "temperature" in soft else "from logits")


print(f"{'net':<34} test errors")
for model in ("baseline", "teacher", "student"):
    evaluation = json.loads((output / "evaluation" / f"{model}.json").read_text())
    print(f"{net(model):<34} {evaluation['errors']} of {evaluation['examples']}")
PYTHON
"$bin/dk-report" "$DK_OUTPUT" --output "$DK_OUTPUT/report.html" --quiet >/dev/null
echo "run: done in $((SECONDS - started)) s after set-up; results in $DK_OUTPUT, shown in report.html" >&2
