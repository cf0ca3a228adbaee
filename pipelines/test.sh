#!/usr/bin/env bash
# Sets up, checks the form of all sources (swift format, shellcheck, ruff), builds and runs all tests, with real MNIST and
# the Python peers: under 15 minutes on two cores. Arguments go to swift test.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
arguments='[OPTIONS OF SWIFT TEST]'
source "$root/pipelines/shared/help.sh"
: "${MNIST_DIR:=}" # IDX files of MNIST; by default fetch-mnist.sh fetches them
cd "$root"
pipelines/setup.sh --python
pipelines/fetch-mnist.sh
swift format lint --strict --recursive --parallel Package.swift Sources Tests
if command -v shellcheck >/dev/null; then
  find pipelines Tests .ci \( -name '*.sh' -o -path .ci/run \) -exec shellcheck -x {} +
else
  echo "test: shellcheck is missing, so the scripts are not checked" >&2
fi
.cache/python/bin/ruff check --quiet pipelines Tests
swift build --configuration release --build-tests
DK_MNIST_DIR=${MNIST_DIR:-$root/.cache/mnist} DK_PYTHON=$root/.cache/python/bin/python \
  swift test --configuration release --skip-build "$@"
