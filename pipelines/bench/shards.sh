#!/usr/bin/env bash
# Seconds and memory for plans of SHARDS shards, of which there are only the names: planning them anew and finding them up
# to date, in a process of its own. A few minutes, most of them for making and removing empty files under
# .cache/bench/shards.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${SHARDS:=100000 1000000}" # shards of each plan
: "${DK_OUTPUT:=$root/.cache/bench/shards}" # where its record and the files are

begin_record shards

swift build --configuration release --build-tests >&2
work=$DK_OUTPUT/files
scratch+=("$work")
for shards in $SHARDS; do
  rm -rf "$work"
  mkdir -p "$work"
  # The first makes them, the second finds them.
  for _ in 1 2; do
    DK_SHARDS=$shards DK_SHARDS_DIRECTORY=$work DK_SHARDS_REPORT=$work/report \
      swift test --configuration release --skip-build --filter ManyShardsTests >&2
  done
  cat "$work/report"
done | show_and_keep table.txt
awk 'BEGIN { print "shards,seconds,megabytes" } { print $1 "," $(NF - 7) "," $(NF - 4) }' "$record/table.txt" | keep runs.csv
publish_record
