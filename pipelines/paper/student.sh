#!/usr/bin/env bash
# Section 3: 784-800-800-10 on the soft targets of one teacher at T=20, without jitter or dropout (the paper: 74
# errors), and how near it is to its teacher on images that neither has seen.
# Costs 15 minutes on two cores once the teachers are there.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record student mnist
make_soft_targets "$SEEDS"
run_sweep soft-test --seeds "$SEEDS" -- dk-soften "$work/teachers/seed={seed}" --images "$work/shards/test" --temperatures 20
run_sweep student --seeds "$SEEDS" --evaluate test="$work/shards/test,$work/soft-test/seed={seed}/temperature=20" --csv -- \
  dk-distill "$work/shards/train" --soft-targets "$work/soft/seed={seed}/temperature=20" \
  "${student[@]}" --epochs "$student_epochs" | keep runs.csv
report "$SEEDS" <<ROWS
784-800-800-10, distilled at T=20 | 74 | <=74 | errors | student/evaluation/test
ROWS
publish_record
