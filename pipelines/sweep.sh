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
# --csv               one line a net and set, with the digest of the model, in place of the table of means and standard deviations
# --jobs N            at a time (default: a net a core)
# --output DIR        a net lies in DIR/NAME=VALUE/.../seed=K
#
# What is finished is not made again, and what was begun goes on; a sweep of more values or seeds adds to the same DIR.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
arguments='[OPTIONS] -- PROGRAM ARGUMENTS'
source "$root/pipelines/shared/help.sh"
: "${DK_BIN:=$root/.build/release}" # where the programs are
DK_BIN=$DK_BIN exec python3 "$root/pipelines/shared/sweep.py" "$@"
