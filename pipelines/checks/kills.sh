#!/usr/bin/env bash
# Kills every stage at random moments, KILLS times over all of them and a tenth of that for each way of replacing an
# output, and compares all bytes with those of runs that nobody killed (the tests of KillTests and
# ReplacementKillTests). Five minutes for 1,000 on two cores. How many kills each command took goes to
# pipelines/results/kills.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${KILLS:=1000}"

mkdir -p .cache pipelines/results
log=$root/.cache/kills.log
rm -f "$log"
DK_KILLS=$KILLS DK_KILLS_LOG=$log pipelines/test.sh --filter KillTests >&2
{
  echo "kills  command (KILLS=$KILLS pipelines/checks/kills.sh; all bytes as without kills)"
  sort "$log" | uniq -c | awk '{ kills = $1; sum += kills; sub(/^ *[0-9]+ /, ""); printf "%5d  %s\n", kills, $0 }
    END { printf "%5d  in all\n", sum }'
} | tee pipelines/results/kills.txt
