#!/usr/bin/env bash
# Sets up, builds and runs all tests, with real MNIST and the Python peers: under 15 minutes on two cores.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
pipelines/setup.sh --python
pipelines/fetch-mnist.sh
swift format lint --strict --recursive --parallel Package.swift Sources Tests
swift build --configuration release --build-tests
DK_MNIST_DIR=${MNIST_DIR:-$root/.cache/mnist} DK_PYTHON=$root/.cache/python/bin/python \
  swift test --configuration release --skip-build "$@"
