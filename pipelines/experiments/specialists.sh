#!/usr/bin/env bash
# Section 5 of the paper on MNIST, Fashion-MNIST and the glyphs of fetch-glyphs.sh (SETS): a generalist, specialists for
# the classes that it confuses, all together, an ensemble of generalists that cost as much training, and students of the
# generalist and of all together. The generalist is small, 784-64-64: as that of the paper it is limited by its size, not by
# its data: the larger GENERALIST_HIDDEN, the less is gained. Run again, it goes on where it was stopped. Each set has a
# record, specialists-SET. Costs about forty minutes on one core.
#
# `specialists.sh lists` prints, of each set, the seeds of the generalists and the numbers of the specialists, for jobs of a
# graph, each of which does a part of the STEPS.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
arguments='[lists]'
source "$root/pipelines/shared/help.sh"
case "$*" in '' | lists) ;; *) usage ;; esac
: "${SETS:=mnist fashion glyphs}" # sets of images
: "${JUDGE:=test}" # test, or validation to choose by: then 5,000 digits or clothes are held out of the training set
: "${SEEDS:=0-2}" # seeds of everything
: "${GENERALIST_HIDDEN:=64,64}" # hidden layers of the generalists
: "${SPECIALIST_OUTPUTS:=dustbin}" # dustbin: one for all other classes; full: one for each, with the generalist's soft targets
: "${STEPS:=make_images make_generalists make_sets make_specialists make_joint make_students make_table}" # what is done
: "${GENERALISTS:=}" # seeds of the generalists that make_generalists trains; by default all
: "${PANEL:=}" # numbers of the specialists that make_specialists trains, with colons between; by default all
: "${FORM:=full}" # full, or quick: every row in minutes, no results
: "${DK_OUTPUT:=$root/.cache/specialists/$FORM/$JUDGE}" # where everything is written
export FORM SEEDS
output=$DK_OUTPUT
case "$FORM" in
  full)
    : "${GENERALIST_EPOCHS:=60}"         # passes of a generalist
    : "${SPECIALIST_EPOCHS:=60}"         # passes of a specialist
    : "${SPECIALIST_STUDENT_EPOCHS:=60}" # passes of a student
    ;;
  quick) : "${GENERALIST_EPOCHS:=4}" "${SPECIALIST_EPOCHS:=2}" "${SPECIALIST_STUDENT_EPOCHS:=4}" ;;
esac
case "$SPECIALIST_OUTPUTS" in
  full | dustbin) ;;
  *) fail 64 "SPECIALIST_OUTPUTS: expected full or dustbin, found '$SPECIALIST_OUTPUTS'" ;;
esac
choosing=SETS
source "$root/pipelines/paper/common.sh"
[ "${1:-}" != lists ] || STEPS=lists
[ "$STEPS" = lists ] || [ -x "$dk/dk-specialize" ] || pipelines/build.sh

# What differs from set to set: the files, how far they are jittered, the sets of classes, of which those come first in which
# most is confused, and how many generalists cost as much as one with its specialists.
choose_set() {
  split=train-%s-ubyte test=t10k-%s-ubyte names=() jitter=1 copies=9 top=2 others=3
  count=8 size=(--size 4) trained=3
  case "$name" in
    mnist)
      fetch=(fetch-mnist.sh) data=${MNIST_DIR:-$root/.cache/mnist} jitter=2 copies=25
      [ -z "$MNIST_DIR" ] || fetch=()
      ;;
    fashion) fetch=(fetch-mnist.sh --fashion) data=$root/.cache/fashion-mnist ;;
    glyphs)
      fetch=(fetch-glyphs.sh) data=$root/.cache/glyphs names=(--label-names "$data/label-names.txt") test=test-%s-ubyte
      count=12 size=() trained=12 others=4
      ;;
    *) fail 64 "SETS: expected mnist, fashion or glyphs, found '$name'" ;;
  esac
  small=(--hidden "$GENERALIST_HIDDEN" --input-dropout 0 --hidden-dropout 0)
  learnt=$work/jittered/train judge=$work/shards/$JUDGE-set
  # Of the training set's own images, where it has no others to choose by.
  [ "$JUDGE" != validation ] || [ "$name" = glyphs ] || judge=$work/shards/validation
}

pair() { # pattern of the files' names: images and labels
  # shellcheck disable=SC2059 # a pattern of ours
  idx "$(printf "$1" images-idx3)" && idx "$(printf "$1" labels-idx1)"
}

# Clean and jittered images to learn from, and those to be judged by.
make_images() {
  local held=(--validation 0) own=(--quiet --output) files judges pattern=$test
  [ ${#fetch[@]} = 0 ] || "pipelines/${fetch[0]}" "${fetch[@]:1}"
  [ "$JUDGE" = test ] || pattern=validation-%s-ubyte
  [ "$judge" != "$work/shards/validation" ] || held=(--validation 5000)
  mapfile -t files < <(pair "$split")
  "$dk/dk-ingest" "${files[@]}" "${names[@]}" "${held[@]}" "${own[@]}" "$work/shards" >/dev/null
  "$dk/dk-ingest" "${files[@]}" "${names[@]}" "${held[@]}" --jitter "$jitter" --copies "$copies" \
    "${own[@]}" "$work/jittered" >/dev/null
  [ "${held[1]}" = 0 ] || return 0
  mapfile -t judges < <(pair "$pattern")
  "$dk/dk-ingest" "${judges[@]}" "${names[@]}" --split "$JUDGE-set" --order source "${own[@]}" "$work/shards" >/dev/null
}

evaluate() { # name, seed, models and options: kept as rows.py looks for it
  mkdir -p "$work/$1/evaluation"
  "$dk/dk-evaluate" "${@:3}" --images "$judge" --quiet --output "$work/$1/evaluation/judged,seed=$2.json" >/dev/null
}

# The generalists of the seeds, and the others of each one's ensemble, which have seeds of their own.
generalists() {
  local seed k
  seeds_of "$SEEDS"
  for seed in $(seeds_of "$SEEDS"); do for k in $(seq "$others"); do echo $((1000 * k + seed)); done; done
}

panel() { # separator: numbers of the specialists
  seq 0 $((trained - 1)) | paste -sd"$1"
}

make_generalists() {
  run_sweep generalists --seeds "${GENERALISTS:-$(generalists | paste -sd,)}" --evaluate judged="$judge" --csv -- \
    dk-teach "$learnt" "${small[@]}" --epochs "$GENERALIST_EPOCHS" | keep runs-generalists.csv
}

# Which classes a generalist confuses, and what it says of the images.
make_sets() {
  local temperatures=1
  [ "$SPECIALIST_OUTPUTS" = dustbin ] || temperatures=1,4
  run_sweep sets --seeds "$SEEDS" -- dk-specialize "$work/generalists/seed={seed}" --images "$work/shards/train" \
    --specialists "$count" "${size[@]}" --seed "{seed}" >/dev/null
  run_sweep soft/from=generalist --seeds "$SEEDS" -- dk-soften "$work/generalists/seed={seed}" --images "$learnt" \
    --temperatures "$temperatures" >/dev/null
}

# Each with a seed of its own, as sets may be alike.
make_specialists() {
  local words=()
  [ "$SPECIALIST_OUTPUTS" = dustbin ] || words=(--soft-targets "$work/soft/from=generalist/seed={seed}/temperature=4")
  run_sweep specialists --seeds "$SEEDS" --each set="${PANEL:-$(panel :)}" --csv -- \
    dk-teach "$learnt" --specialist "$work/sets/seed={seed}#{set}" --init "$work/generalists/seed={seed}" \
    "${words[@]}" "${small[@]:2}" --learning-rate 0.002 --epochs "$SPECIALIST_EPOCHS" --seed '{set}0{seed}' |
    keep runs-specialists.csv
}

# All together, and the ensemble, on the images to be judged by; and soft targets of all together.
make_joint() {
  local seed set k own panel ensemble
  for seed in $(seeds_of "$SEEDS"); do
    own=$work/generalists/seed=$seed
    panel=(--specialists)
    for set in $(panel " "); do panel+=("$work/specialists/set=$set/seed=$seed"); done
    evaluate joint "$seed" "$own" "${panel[@]}" --top "$top"
    ensemble=("$own")
    for k in $(seq "$others"); do ensemble+=("$work/generalists/seed=$((1000 * k + seed))"); done
    evaluate ensemble "$seed" "${ensemble[@]}"
    "$dk/dk-soften" "$own" "${panel[@]}" --top "$top" --images "$learnt" --temperatures 1 --quiet \
      --output "$work/soft/from=joint/seed=$seed" >/dev/null
  done
}

make_students() {
  run_sweep students --seeds "$SEEDS" --each from=generalist:joint --evaluate judged="$judge" --csv -- \
    dk-distill "$learnt" --soft-targets "$work/soft/from={from}/seed={seed}/temperature=1" --hidden 256,256 \
    --optimizer adam --epochs "$SPECIALIST_STUDENT_EPOCHS" "${student[@]}" | keep runs-students.csv
}

# Trials of other settings have names of their own.
record_name() {
  local found=specialists-$name
  [ "$GENERALIST_HIDDEN" = 64,64 ] || found+=-${GENERALIST_HIDDEN//,/-}
  [ "$SPECIALIST_OUTPUTS" = dustbin ] || found+=-$SPECIALIST_OUTPUTS
  [ "$JUDGE" = test ] || found=choose-$found
  echo "$found"
}

# The record has the nets of this run; a job that makes the table alone shows it and keeps no record.
make_table() {
  echo "== $name"
  python3 pipelines/shared/panels.py "$work" "$(seeds_of "$SEEDS" | paste -sd,)" | show_and_keep table.txt
  publish_record
}

lists() {
  echo "$name GENERALISTS $(generalists | paste -sd' ')"
  echo "$name PANEL $(panel ' ')"
}

for name in $SETS; do
  work=$output/$name
  choose_set
  [[ $STEPS != *make_generalists*make_specialists*make_students*make_table* ]] || begin_record "$(record_name)" "$name"
  for step in $STEPS; do "$step"; done
done
