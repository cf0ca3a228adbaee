#!/usr/bin/env bash
# Kills every stage at random moments, KILLS times over all of them and a tenth of that for each way of replacing an
# output, and compares all bytes with those of runs that nobody killed (the tests of KillTests and
# ReplacementKillTests). Five minutes for 1,000 on two cores, after the build of
# the tests.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${KILLS:=1000}" # of all stages together
: "${DK_OUTPUT:=$root/.cache/kills}" # where the log is

begin_record kills
log=$DK_OUTPUT/kills.log
rm -f "$log"
DK_KILLS=$KILLS DK_KILLS_LOG=$log pipelines/test.sh --filter KillTests >&2
{
  echo "kills  command (KILLS=$KILLS pipelines/checks/kills.sh; all bytes as without kills)"
  sort "$log" | uniq -c | awk '{ kills = $1; sum += kills; sub(/^ *[0-9]+ /, ""); printf "%5d  %s\n", kills, $0 }
    END { printf "%5d  in all\n", sum }'
} | show_and_keep table.txt
sort "$log" | uniq -c | awk 'BEGIN { print "kills,command" } { kills = $1; sub(/^ *[0-9]+ /, ""); printf "%d,\"%s\"\n", kills, $0 }' |
  keep runs.csv
publish_record
