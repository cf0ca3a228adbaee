#!/usr/bin/env bash
# The main job: MNIST → shards → teacher → soft targets → students → test errors, two minutes on two cores
# after a build of two to four, 0.3 GB on disk. Stages that are done are not done again; STAGE=3 starts
# at stage 3, DK_OUTPUT puts the results elsewhere, MNIST_DIR names other IDX files (Fashion-MNIST, say).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

: "${STAGE:=0}"                           # first stage to run, 0 to 6
: "${DK_OUTPUT:=$root/.cache/run}"        # where everything is written
: "${SEED:=0}"                            # makes everything random repeatable
: "${VALIDATION:=5000}"                   # training images held out
: "${TEACHER_HIDDEN:=1200,1200}"          # units of the teacher's hidden layers
: "${TEACHER_EPOCHS:=60}"                 # passes of the teacher, each over another jittered copy
: "${INPUT_DROPOUT:=0.1}"                 # of the teacher; shorter trainings do better with less
: "${HIDDEN_DROPOUT:=0.4}"                # of the teacher
: "${STUDENT_HIDDEN:=800,800}"            # units of the baseline's and the student's hidden layers
: "${BASELINE_EPOCHS:=12}"                # passes of the small net on hard targets
: "${STUDENT_EPOCHS:=30}"                 # passes of the small net on soft targets
: "${JITTER:=2}"                          # largest shift of the teacher's images, in pixels
: "${COPIES:=25}"                         # jittered copies, at most (2 JITTER + 1)²
: "${TEMPERATURES:=1,2,4,8,20}"           # soft targets to keep
: "${TEMPERATURE:=20}"                    # the one that the student learns from

data=${MNIST_DIR:-$root/.cache/mnist}
bin=$root/.build/release

idx() { # name: the IDX file of that name, plain or gzip
  if [ -e "$data/$1" ]; then echo "$data/$1"; else echo "$data/$1.gz"; fi
}

stage() { # number, title: whether to run it
  [ "$1" -ge "$STAGE" ] || return 1
  echo "== $1: $2" >&2
}

# 0: the programs, and the images unless MNIST_DIR names some
if stage 0 "set up, build and fetch"; then
  "$root/pipelines/build.sh"
  [ -n "${MNIST_DIR:-}" ] || "$root/pipelines/fetch-mnist.sh"
fi
started=$SECONDS

# 1: clean shards for students and soft targets, jittered ones for the teacher
if stage 1 "ingest"; then
  "$bin/dk-ingest" "$(idx train-images-idx3-ubyte)" "$(idx train-labels-idx1-ubyte)" \
    --validation "$VALIDATION" --seed "$SEED" --output "$DK_OUTPUT/shards"
  "$bin/dk-ingest" "$(idx t10k-images-idx3-ubyte)" "$(idx t10k-labels-idx1-ubyte)" \
    --split test --seed "$SEED" --output "$DK_OUTPUT/shards"
  "$bin/dk-ingest" "$(idx train-images-idx3-ubyte)" "$(idx train-labels-idx1-ubyte)" \
    --validation "$VALIDATION" --seed "$SEED" --jitter "$JITTER" --copies "$COPIES" --output "$DK_OUTPUT/jittered"
fi

# 2: the teacher
if stage 2 "teach"; then
  "$bin/dk-teach" "$DK_OUTPUT/jittered/train" --validation "$DK_OUTPUT/shards/validation" \
    --hidden "$TEACHER_HIDDEN" --epochs "$TEACHER_EPOCHS" \
    --input-dropout "$INPUT_DROPOUT" --hidden-dropout "$HIDDEN_DROPOUT" --seed "$SEED" --output "$DK_OUTPUT/teacher"
fi

# 3: what it says of every clean training image
if stage 3 "soften"; then
  "$bin/dk-soften" "$DK_OUTPUT/teacher" --images "$DK_OUTPUT/shards/train" \
    --temperatures "$TEMPERATURES" --output "$DK_OUTPUT/soft"
fi

# 4: the small net on hard targets
if stage 4 "baseline"; then
  "$bin/dk-distill" "$DK_OUTPUT/shards/train" --validation "$DK_OUTPUT/shards/validation" \
    --hidden "$STUDENT_HIDDEN" --epochs "$BASELINE_EPOCHS" --seed "$SEED" --output "$DK_OUTPUT/baseline"
fi

# 5: the small net on soft targets
if stage 5 "distil"; then
  "$bin/dk-distill" "$DK_OUTPUT/shards/train" --soft-targets "$DK_OUTPUT/soft/temperature=$TEMPERATURE" \
    --validation "$DK_OUTPUT/shards/validation" --hidden "$STUDENT_HIDDEN" --epochs "$STUDENT_EPOCHS" \
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

{
  printf '%-34s %s\n' "net" "test errors"
  for model in baseline teacher student; do
    case $model in
      baseline) net="$STUDENT_HIDDEN, hard targets" ;;
      teacher) net="$TEACHER_HIDDEN, teacher" ;;
      student) net="$STUDENT_HIDDEN, distilled at T=$TEMPERATURE" ;;
    esac
    printf '%-34s %s\n' "$net" "$(awk '$1 == "errors" { print $2, $3, $4 }' "$DK_OUTPUT/evaluation/$model.txt")"
  done
} | tee "$DK_OUTPUT/summary.txt"
echo "run: done in $((SECONDS - started)) s after set-up; results in $DK_OUTPUT" >&2
