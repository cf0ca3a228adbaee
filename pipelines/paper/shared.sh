#!/usr/bin/env bash
# What several experiments need, made alone, for a graph of jobs: `shared.sh data`, the shards; `shared.sh soft`, soft targets
# of the teachers SEEDS; `shared.sh ensemble`, those of the ensemble; `shared.sh jittered`, those of the jittered images. Soft
# targets also by parts: PART=k/n, in any order, then PART=finish. `shared.sh lists` prints the seeds and values of all
# experiments, a list a line.
# Costs what the teachers cost, and a minute or two for soft targets.
arguments='data|soft|ensemble|jittered|lists'
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/common.sh"
: "${PART:=}" # k/n: a part of the soft targets; finish: join the parts
case "$PART" in
  '') part=() ;;
  finish) part=(--finish) ;;
  *) part=(--part "$PART") ;;
esac
case "$*" in
  data) make_data && make_split ;;
  soft) make_soft_targets "$SEEDS" "${part[@]}" ;;
  ensemble) make_ensemble_targets "${part[@]}" ;;
  jittered) make_jittered_targets "${part[@]}" ;;
  lists)
    for list in SEEDS FEW_SEEDS ENSEMBLE; do echo "$list $(seeds_of "${!list}" | paste -sd" ")"; done
    for list in WIDTHS TEMPERATURES DIGITS COMBINE SMALLER; do echo "$list ${!list//:/ }"; done
    ;;
  *) usage ;;
esac
