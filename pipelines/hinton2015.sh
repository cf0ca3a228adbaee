#!/usr/bin/env bash
# Every MNIST experiment of Hinton, Vinyals & Dean (2015), each by a script of pipelines/paper/ that can be run alone.
# Run again, it goes on where it was stopped. FORM=quick shows every row in seven minutes, with fewer seeds, epochs and
# teachers; its figures are no results. Each experiment has a record, in pipelines/results and in DK_OUTPUT/record.
#
# Minutes on two cores of an AMD EPYC (AVX-512), one net a core; up to 1.7 times as many on an Intel Xeon: baseline 1,
# teacher 25, student 15, temperature 26, omitted 25, sevens-and-eights 3, few 4, ensemble 44 (25 of them for five more
# teachers), logits 11, similarity 1, beyond 19, smaller 10 (omitted from what one digit took, logits from half of its
# nets). Each says what it took, at its end.
# Settings: also those of paper/common.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
source "$root/pipelines/shared/help.sh"
cd "$root"
export FORM=${FORM:-full}
for experiment in baseline teacher student temperature omitted sevens-and-eights few ensemble logits similarity beyond smaller; do
  echo "== $experiment"
  TIMEFORMAT="hinton2015: $experiment: %R s, %U s of processor time"
  time "pipelines/paper/$experiment.sh"
done
output=${DK_OUTPUT:-$root/.cache/paper/$FORM}
# The name of a file is its title in the report.
mkdir -p "$output/tables"
rm -f "$output"/tables/*.txt
for table in "$output"/record/*/*.txt; do
  name=$(basename "$(dirname "$table")")
  [ "$(basename "$table")" = table.txt ] || name+=-$(basename "$table" .txt)
  cp "$table" "$output/tables/$name.txt"
done
.build/release/dk-report "$output" --images "$output/shards/test" --title "Distilling the knowledge in a neural network" \
  --tables "$output"/tables/*.txt --output "$output/report.html" --quiet >/dev/null
echo "hinton2015: report in $output/report.html" >&2
