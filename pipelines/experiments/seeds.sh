#!/usr/bin/env bash
# The main job (run.sh, with its settings) once for each of SEEDS, each with another initialisation, order and
# validation split; then the mean and standard deviation of the test errors. Ten minutes on two cores, 1.5 GB;
# run again, it goes on.
# Settings: also those of run.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
: "${SEEDS:=0 1 2 3 4}" # seeds of the whole job
: "${DK_OUTPUT:=$root/.cache/seeds}" # where everything is written, a folder for each seed
: "${STAGE:=0}" # as in run.sh, for the first seed; the others need no set-up

begin_record seeds mnist
for seed in $SEEDS; do
  STAGE=$STAGE SEED=$seed DK_OUTPUT="$DK_OUTPUT/seed=$seed" "$root/pipelines/run.sh" >&2
  [ "$STAGE" -ge 1 ] || STAGE=1
done
for seed in $SEEDS; do
  sed 1d "$DK_OUTPUT/seed=$seed/summary.txt"
done | awk '
  {
    errors = $(NF - 2); of = $NF
    net = $0; sub(/ +[0-9]+ of [0-9]+$/, "", net)
    if (examples == "") examples = of
    # Seeds of other test sets have no mean.
    if (of != examples) { print "seeds: error: test sets of " examples " and of " of | "cat >&2"; exit 65 }
    if (!(net in count)) nets[++kinds] = net
    all[net] = all[net] sprintf(" %4d", errors)
    count[net]++; sum[net] += errors; squares[net] += errors * errors
  }
  END {
    width = 5 * count[nets[1]]
    printf "%-34s %*s   %s\n", "net", width, "test errors of " examples, "mean ± sd"
    for (k = 1; k <= kinds; k++) {
      net = nets[k]; n = count[net]; mean = sum[net] / n
      variance = n > 1 ? (squares[net] - n * mean * mean) / (n - 1) : 0
      printf "%-34s %s  %6.1f ± %.1f\n", net, all[net], mean, sqrt(variance > 0 ? variance : 0)
    }
  }' | show_and_keep table.txt

python3 - "$DK_OUTPUT" "$SEEDS" <<'PYTHON' | keep runs.csv
import json
import sys
from pathlib import Path

print("net,seed,set,errors,examples,nll,ece,model")
for seed in sys.argv[2].split():
    for net in ("baseline", "teacher", "student"):
        found = json.loads((Path(sys.argv[1]) / f"seed={seed}" / "evaluation" / f"{net}.json").read_text())
        print(net, seed, "test", found["errors"], found["examples"], found["negativeLogLikelihood"],
              found["expectedCalibrationError"], found["models"][0], sep=",")
PYTHON
# The picture of the README, of the first seed.
first=$DK_OUTPUT/seed=${SEEDS%% *}
"$root/.build/release/dk-report" "$first" --output "$first/report.html" --picture "$record/dark-knowledge.svg" --quiet >/dev/null
publish_record
