#!/usr/bin/env bash
# Trains nets of many shapes with the default options on four sets that have little in common: MNIST, the same dark on
# white, Fashion-MNIST, and colour noise with a class signal. On hard targets and on soft ones of several temperatures,
# by sgd and by adam; each for 3 epochs of 10,000 images. Which fail, and what errors do the others make of 1,000
# other images? Twenty minutes on two cores, 1 GB under .cache/bench/grid; run again, it goes on.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/data.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"
: "${DK_OUTPUT:=$root/.cache/bench/grid}" # where everything is written
begin_record grid mnist fashion
make_programs
pipelines/fetch-mnist.sh --fashion
python3 pipelines/bench/grid.py "$DK_OUTPUT" "$data" .cache/fashion-mnist "$record/runs.csv" | show_and_keep table.txt
publish_record
