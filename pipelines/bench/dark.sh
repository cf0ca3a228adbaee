#!/usr/bin/env bash
# The main job on MNIST with dark digits on white, as people draw them, for each of SEEDS: the table of seeds.sh beside
# which that of MNIST itself should be no better. Fifteen minutes on two cores, 1.5 GB under .cache/bench/dark; run
# again, it goes on.
# Settings: also those of experiments/seeds.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${DK_OUTPUT:=$root/.cache/bench/dark}" # where everything is written, a folder for each seed
begin_record dark mnist
pipelines/fetch-mnist.sh
dark=$DK_OUTPUT/idx
mkdir -p "$dark"
python3 - "${MNIST_DIR:-.cache/mnist}" "$dark" <<'PYTHON'
import sys
from pathlib import Path

data, dark = map(Path, sys.argv[1:])
inverted = bytes(255 - pixel for pixel in range(256))
for split in ("train", "t10k"):
    images = (data / f"{split}-images-idx3-ubyte").read_bytes()
    (dark / f"{split}-images-idx3-ubyte").write_bytes(images[:16] + images[16:].translate(inverted))
    labels = (data / f"{split}-labels-idx1-ubyte").read_bytes()
    (dark / f"{split}-labels-idx1-ubyte").write_bytes(labels)
PYTHON
MNIST_DIR=$dark DK_OUTPUT=$DK_OUTPUT pipelines/experiments/seeds.sh
cp "$DK_OUTPUT/record/seeds/table.txt" "$DK_OUTPUT/record/seeds/runs.csv" "$record"
publish_record
