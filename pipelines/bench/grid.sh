#!/usr/bin/env bash
# Trains nets of many shapes with the default options on four sets that have little in common: MNIST, the same dark on
# white, Fashion-MNIST, and colour noise with a class signal. On hard targets and on soft ones of several temperatures,
# by sgd and by adam; each for 3 epochs of 10,000 images. Which fail, and what errors the others make of 1,000 other
# images, goes to pipelines/results/grid.txt. Twenty minutes on two cores, 1 GB under .cache/bench/grid; run again, it
# goes on.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
pipelines/fetch-mnist.sh
pipelines/fetch-mnist.sh --fashion
mkdir -p .cache/bench/grid pipelines/results
python3 pipelines/bench/grid.py .cache/bench/grid "${MNIST_DIR:-.cache/mnist}" .cache/fashion-mnist \
  >.cache/bench/grid.txt
mv .cache/bench/grid.txt pipelines/results/grid.txt
cat pipelines/results/grid.txt
