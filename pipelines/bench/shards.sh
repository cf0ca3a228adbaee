#!/usr/bin/env bash
# Seconds and memory for plans of SHARDS shards, of which there are only the names: planning them anew and finding them up
# to date, in a process of its own. A few minutes, most of them for making and removing empty files under
# .cache/bench/shards. A line each goes to pipelines/results/shards.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${SHARDS:=100000 1000000}"

swift build --configuration release --build-tests >&2
work=.cache/bench/shards
trap 'rm -rf "$work"' EXIT
mkdir -p pipelines/results
for shards in $SHARDS; do
  rm -rf "$work"
  mkdir -p "$work"
  # The first makes them, the second finds them.
  for _ in 1 2; do
    DK_SHARDS=$shards DK_SHARDS_DIRECTORY=$PWD/$work DK_SHARDS_REPORT=$work/report \
      swift test --configuration release --skip-build --filter ManyShardsTests >&2
  done
  cat "$work/report"
done | tee pipelines/results/shards.txt
