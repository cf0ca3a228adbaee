#!/usr/bin/env bash
# Builds the programs in release mode into .build/release. Costs five minutes the first time, on two cores. Arguments go to
# swift build.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
arguments='[OPTIONS OF SWIFT BUILD]'
source "$root/pipelines/shared/help.sh"
"$root/pipelines/setup.sh"
swift build --package-path "$root" --configuration release "$@" >&2
