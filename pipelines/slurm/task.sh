#!/usr/bin/env bash
# A task of an array job: the line of the file that the task's number names, as a command.
set -euo pipefail
exec bash -euo pipefail -c "$(sed -n "${SLURM_ARRAY_TASK_ID}p" "$1")"
