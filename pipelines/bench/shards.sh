#!/usr/bin/env bash
# Seconds and memory for a plan of SHARDS shards, of which there are only the names: planning it anew and finding it up
# to date, in a process of its own. A few minutes, most of them for making and removing empty files under
# .cache/bench/shards. The line goes to pipelines/results/shards.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${SHARDS:=1000000}"

swift build --configuration release --build-tests >&2
work=.cache/bench/shards
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p pipelines/results "$work"
# The first makes them, the second finds them.
for _ in 1 2; do
  DK_SHARDS=$SHARDS DK_SHARDS_DIRECTORY=$PWD/$work DK_SHARDS_REPORT=$work/report \
    swift test --configuration release --skip-build --filter ManyShardsTests >&2
done
cp "$work/report" pipelines/results/shards.txt
cat pipelines/results/shards.txt
