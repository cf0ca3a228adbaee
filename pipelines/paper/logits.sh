#!/usr/bin/env bash
# Section 2.1: matching logits (Caruana) is distillation at a temperature without bounds. Students at growing T beside one
# that matches the teacher's logits.
# Costs 11 minutes on two cores once the teachers are there.
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
begin_record logits mnist
make_soft_targets "$FEW_SEEDS"
run_sweep high --seeds "$FEW_SEEDS" -- dk-soften --from-logits "$work/soft/seed={seed}/logits" --temperatures 20,100,500
run_sweep limit --seeds "$FEW_SEEDS" --each temperature=20:100:500 --evaluate test="$work/shards/test" --csv -- \
  dk-distill "$work/shards/train" --soft-targets "$work/high/seed={seed}/temperature={temperature}" "${student[@]}" \
  --epochs "$sweep_epochs" | keep runs-limit.csv
run_sweep logits --seeds "$FEW_SEEDS" --evaluate test="$work/shards/test" --csv -- dk-distill "$work/shards/train" \
  --soft-targets "$work/soft/seed={seed}/logits" --loss logits "${student[@]}" --epochs "$sweep_epochs" | keep runs-logits.csv
report "$FEW_SEEDS" <<ROWS
T=20 | - | - | errors | limit/temperature=20/evaluation/test
T=100 | - | - | errors | limit/temperature=100/evaluation/test
T=500 | - | - | errors | limit/temperature=500/evaluation/test
logits matched | - | - | errors | logits/evaluation/test
ROWS
publish_record
