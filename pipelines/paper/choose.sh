#!/usr/bin/env bash
# Settings that the experiments may train with, compared on 5,000 training digits held out, without any test image:
# errors of teachers, and errors and fidelity of students, of which the latter has a fraction of the noise. Each comparison
# has a record of its own.
# Costs about an hour and a half on two cores, most of it for teachers.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
: "${CHOICES:=teacher student few baseline}" # what is compared
: "${CHOOSE_SEEDS:=0-1}"                       # seeds of each setting
choosing=CHOICES
choose=$work/choose
images=$work/split/train held=$work/split/validation
judged=(--evaluate validation="$held,$choose/soft-validation/seed={seed}/temperature=20" --)
soft=(--soft-targets "$choose/soft-train/seed={seed}/temperature=20")

choice() { # name, options: a sweep with a record of its own
  begin_record "choose-$1" mnist
  run_sweep "choose/$1" --seeds "$CHOOSE_SEEDS" "${@:2}" | show_and_keep table.txt
  run_sweep "choose/$1" --seeds "$CHOOSE_SEEDS" --csv "${@:2}" | keep runs.csv
  publish_record
}

# Teachers that know nothing of the digits held out, and what they say of all.
make_words() {
  run_sweep choose/teachers --seeds "$CHOOSE_SEEDS" -- dk-teach "$work/split-jittered/train" "${teacher[@]}"
  local set
  for set in train validation; do
    run_sweep "choose/soft-$set" --seeds "$CHOOSE_SEEDS" -- dk-soften "$choose/teachers/seed={seed}" \
      --images "$work/split/$set" --temperatures 4,20
  done
}

# As long as the real ones: of short trainings another dropout is the best.
choose_teacher() {
  choice teacher --each hidden-dropout=0.3:0.4:0.5 --each input-dropout=0.1:0.2 --evaluate validation="$held" -- \
    dk-teach "$work/split-jittered/train" --epochs "$teacher_epochs"
}

choose_student() {
  make_words
  local distill=(dk-distill "$images" "${soft[@]}" --epochs "$sweep_epochs")
  choice student-rate --each initial-scale=0.1:0.2 --each learning-rate=0.1:0.05:0.02 "${judged[@]}" "${distill[@]}" --seed '{seed}'
  choice student-hard-weight --each hard-weight=0:0.1:0.3 "${judged[@]}" "${distill[@]}" "${student[@]}"
  choice student-average --each average-weights=0:0.999:0.9998 "${judged[@]}" "${distill[@]}" "${student[@]}"
  choice student-batch --each batch-size=32:128 --each learning-rate=0.02:0.1 "${judged[@]}" "${distill[@]}" "${student[@]}"
}

# What few.sh might do to get more out of 3 % of the digits, to nets of soft and of hard targets alike.
choose_few() {
  make_words
  local few=(dk-distill "$images" --fraction 0.03)
  local taught=("${few[@]}" "${soft[@]}" "${student[@]}" --epochs "$few_epochs")
  choice few-soft --each input-dropout=0:0.2 --each hidden-dropout=0:0.2 "${judged[@]}" "${taught[@]}"
  choice few-soft-batch --each batch-size=16 --each learning-rate=0.02 "${judged[@]}" "${taught[@]}"
  choice few-soft-max-norm --each max-norm=1 "${judged[@]}" "${taught[@]}"
  choice few-hard --each input-dropout=0:0.2 --each hidden-dropout=0:0.2 --evaluate validation="$held" -- \
    "${few[@]}" --learning-rate 0.2 --epochs "$((few_epochs / 10))"
}

choose_baseline() {
  choice baseline --each learning-rate=0.1:0.2:0.3 --evaluate validation="$held" -- \
    dk-distill "$images" --epochs "$baseline_epochs"
}

for choice in $CHOICES; do
  case "$choice" in teacher | student | few | baseline) ;; *)
    fail 64 "CHOICES: expected teacher, student, few or baseline, found '$choice'" ;;
  esac
done
make_split
ingest split-jittered --validation 5000 --jitter 2 --copies "$copies"
for choice in $CHOICES; do "choose_$choice"; done
