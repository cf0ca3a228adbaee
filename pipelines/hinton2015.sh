#!/usr/bin/env bash
# Every MNIST experiment of Hinton, Vinyals & Dean (2015), each by a script of pipelines/paper/ that can be run alone.
# Run again, it goes on where it was stopped. FORM=quick shows every row in seven minutes, with fewer seeds, epochs and
# teachers; its figures are no results. SEEDS, FEW_SEEDS, ENSEMBLE, DK_OUTPUT and MNIST_DIR as in paper/common.sh.
#
# Minutes on two cores of an AMD EPYC (AVX-512), one net a core; up to 1.7 times as many on an Intel Xeon: baseline 1,
# teacher 25, student 15, temperature 26, omitted 25, sevens-and-eights 3, few 4, ensemble 44 (25 of them for five more
# teachers), logits 11, similarity 1, beyond 19, smaller 10 (omitted from what one digit took, logits from half of its
# nets). Each says what it took, at its end.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
case "${1:-}" in
  '') ;;
  -h | --help)
    sed -n '2,/^set -/s/^# //p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *)
    echo "hinton2015: error: usage: [SETTING=VALUE ...] hinton2015.sh" >&2
    exit 64
    ;;
esac
export FORM=${FORM:-full}
for experiment in baseline teacher student temperature omitted sevens-and-eights few ensemble logits similarity beyond smaller; do
  echo "== $experiment"
  TIMEFORMAT="hinton2015: $experiment: %R s, %U s of processor time"
  time "pipelines/paper/$experiment.sh"
done
output=${DK_OUTPUT:-$root/.cache/paper/$FORM}
kept=$output
[ "$FORM" = quick ] || kept=pipelines/results/paper
mapfile -t tables < <(find "$kept" -maxdepth 1 -name '*.txt' | sort)
.build/release/dk-report "$output" --images "$output/shards/test" --title "Distilling the knowledge in a neural network" \
  --tables "${tables[@]}" --output "$output/report.html" --quiet >/dev/null
echo "hinton2015: report in $output/report.html" >&2
