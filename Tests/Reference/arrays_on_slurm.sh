#!/usr/bin/env bash
# The main job of two seeds as array jobs of Slurm, to their end: arrays_on_slurm.sh OUTPUT, with the settings of run.sh as
# variables. To be run by with_slurm.sh.
set -euo pipefail
DK_OUTPUT=$1 SEEDS=0-1 PARTS=2 "$(dirname "${BASH_SOURCE[0]}")/../../pipelines/slurm/submit.sh" main --time=10
while [ -n "$(squeue --noheader)" ]; do sleep 0.2; done
cat "$1"/.slurm/logs/* >&2
