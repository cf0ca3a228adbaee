#!/usr/bin/env bash
# Runs a stage for every combination of option values and seeds, one net a core, and evaluates the models:
#
#   pipelines/sweep.sh --output .cache/sweep --seeds 0-2 --each hidden=30,30:300,300 --each temperature=2:20 \
#     --evaluate validation=shards/validation --evaluate test=shards/test -- \
#     dk-distill shards/train --soft-targets soft/temperature={temperature}
#
# --each NAME=A:B:C   puts each value in place of {NAME} in the command, or adds --NAME VALUE to it where the command
#                     has no {NAME}
# --seeds LIST        the same for {seed} or --seed (default 0)
# --evaluate NAME=DIR evaluates each model on these images; NAME=DIR,SOFT compares it with those soft targets as well;
#                     {NAME} and {seed} are filled in here too
# --csv               one line a net and set, in place of the table of means and standard deviations
# --jobs N            at a time (default: a net a core)
# --output DIR        a net lies in DIR/NAME=VALUE/.../seed=K
#
# What is finished is not made again, and what was begun goes on; a sweep of more values or seeds adds to the same DIR.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case "${1:-}" in -h | --help) sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac
DK_BIN=${DK_BIN:-$root/.build/release} exec python3 "$root/pipelines/shared/sweep.py" "$@"
