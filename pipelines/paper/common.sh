# shellcheck shell=bash
# What the experiments share: where things are, how nets are trained, data, teachers and soft targets. Sourced by the
# scripts beside it, each of which can be run alone and goes on where it was stopped.
# Settings: also those of sweep.sh.
# shellcheck disable=SC2034 # what is set here is read there
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
cd "$root"
source "$root/pipelines/shared/data.sh"
source "$root/pipelines/shared/lists.sh"
source "$root/pipelines/shared/record.sh"
export PYTHONPATH=$root/pipelines/shared

: "${FORM:=full}"         # full: as long as the figures of the README need; quick: every row in minutes, no results
case "$FORM" in
  full)
    : "${SEEDS:=0-4}"      # seeds of baselines, teachers and students
    : "${FEW_SEEDS:=0-2}"  # seeds where there are many settings
    : "${ENSEMBLE:=0-9}"   # seeds of the ensemble's teachers
    teacher_epochs=200 student_epochs=200 sweep_epochs=60 few_epochs=2000 baseline_epochs=12 copies=25
    dropout=(--input-dropout 0.1 --hidden-dropout 0.4)
    : "${SMALLER:=40,40:60,60:100,100:150,150:200,200:300,300}" # hidden layers of small students
    ;;
  quick)
    : "${SEEDS:=0-1}"
    : "${FEW_SEEDS:=0}"
    : "${ENSEMBLE:=0-2}"
    teacher_epochs=8 student_epochs=10 sweep_epochs=3 few_epochs=150 baseline_epochs=6 copies=10
    # Short trainings do better with less.
    dropout=(--input-dropout 0 --hidden-dropout 0.2)
    : "${SMALLER:=60,60:200,200}"
    ;;
  *) fail 64 "FORM: expected full or quick, found '$FORM'" ;;
esac
: "${WIDTHS:=30,30:300,300:800,800}"      # hidden layers of the students that temperatures are compared with
: "${TEMPERATURES:=1:2:2.5:4:8:20:40}"    # temperatures that are compared
: "${DIGITS:=0:1:2:3:4:5:6:7:8:9}"        # digits that are omitted, one at a time
: "${COMBINE:=arithmetic:geometric}"      # means of the ensemble
: "${TABLES:=1}"                          # 0: train and print nothing, for a job that makes a part of an experiment
: "${DK_OUTPUT:=$root/.cache/paper/$FORM}" # where everything is written
work=$DK_OUTPUT
dk=$root/.build/release

# As run.sh has them, chosen on held-out training digits; choose.sh compares others.
teacher=(--epochs "$teacher_epochs" "${dropout[@]}")
baseline=(--learning-rate 0.2 --epochs "$baseline_epochs")
# A command that names {seed} is given no --seed of its own: without this, students of several teachers would all begin
# with the same weights.
student=(--initial-scale 0.2 --seed '{seed}')

run_sweep() { # directory, options: a sweep of which the nets lie in that directory
  pipelines/sweep.sh --output "$work/$1" "${@:2}"
}

ingest() { # name, options: training images with their labels
  "$dk/dk-ingest" "$(idx train-images-idx3-ubyte)" "$(idx train-labels-idx1-ubyte)" "${@:2}" \
    --output "$work/$1" --quiet >/dev/null
}

ingest_test() { # the 10,000 to be judged by, beside the training images
  "$dk/dk-ingest" "$(idx t10k-images-idx3-ubyte)" "$(idx t10k-labels-idx1-ubyte)" --split test --order source \
    --output "$work/shards" --quiet >/dev/null
}

# The paper's 60,000 and 10,000.
make_data() {
  make_programs
  ingest shards
  ingest jittered --jitter 2 --copies "$copies"
  ingest_test
}

# 55,000 to learn from, and 5,000 to decide by.
make_split() {
  make_programs
  ingest split --validation 5000
}

make_baselines() { # seeds, options of the sweep
  make_data
  run_sweep baseline --seeds "$1" --evaluate test="$work/shards/test" "${@:2}" -- \
    dk-distill "$work/shards/train" "${baseline[@]}"
}

make_teachers() { # seeds, options of the sweep
  make_data
  run_sweep teachers --seeds "$1" --evaluate test="$work/shards/test" "${@:2}" -- \
    dk-teach "$work/jittered/train" "${teacher[@]}"
}

# What each teacher says of the clean training images, at every temperature of the experiments.
make_soft_targets() { # seeds, options of dk-soften
  make_teachers "$1" --csv | keep runs-teachers.csv
  # Those of the other experiments too: 1 for biases, 20 for students.
  run_sweep soft --seeds "$1" -- dk-soften "$work/teachers/seed={seed}" --images "$work/shards/train" \
    --temperatures "$(tr : '\n' <<<"1:20:$TEMPERATURES" | sort -nu | paste -sd,)" "${@:2}"
}

# All teachers, and in `teachers` where they are.
make_ensemble() {
  make_teachers "$ENSEMBLE" --csv | keep runs-teachers.csv
  local seed
  teachers=()
  for seed in $(seeds_of "$ENSEMBLE"); do teachers+=("$work/teachers/seed=$seed"); done
}

soften_ensemble() { # name, images, options of dk-soften
  "$dk/dk-soften" "${teachers[@]}" --images "$work/$2/train" --temperatures 20 --output "$work/$1" --quiet "${@:3}" >/dev/null
}

# What the ensemble says of the clean training images, by each mean.
make_ensemble_targets() { # options of dk-soften
  make_ensemble
  local combine
  for combine in ${COMBINE//:/ }; do soften_ensemble "ensemble-soft/$combine" shards --combine "$combine" "$@"; done
}

# And of the jittered ones.
make_jittered_targets() { # options of dk-soften
  make_ensemble
  soften_ensemble jittered-soft jittered --combine geometric "$@"
}

# Writes a table of rows `label | paper | target | what | where`, and keeps it.
report() { # seeds, rows on stdin
  if [ "$TABLES" = 0 ]; then cat >/dev/null; return; fi
  python3 pipelines/paper/rows.py "$work" "$(seeds_of "$1" | paste -sd,)" | show_and_keep table.txt
}
