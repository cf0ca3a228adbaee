#!/usr/bin/env bash
# The main job (run.sh, with its settings) once for each of SEEDS, each with another initialisation, order and
# validation split; then the mean and standard deviation of the test errors. Ten minutes on two cores, 1.5 GB;
# run again, it goes on. The table goes to pipelines/results/seeds.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

: "${SEEDS:=0 1 2 3 4}"
: "${DK_OUTPUT:=$root/.cache/seeds}"   # one directory a seed is made here
: "${STAGE:=0}"                        # as in run.sh, for the first seed; the others need no set-up

for seed in $SEEDS; do
  STAGE=$STAGE SEED=$seed DK_OUTPUT="$DK_OUTPUT/seed=$seed" "$root/pipelines/run.sh"
  [ "$STAGE" -ge 1 ] || STAGE=1
done
mkdir -p "$root/pipelines/results"
for seed in $SEEDS; do
  sed "1d; s/ of 10000$//" "$DK_OUTPUT/seed=$seed/summary.txt"
done | awk '
  {
    errors = $NF
    sub(/ +[0-9]+$/, "")
    if (!($0 in count)) nets[++kinds] = $0
    all[$0] = all[$0] sprintf(" %4d", errors)
    count[$0]++; sum[$0] += errors; squares[$0] += errors * errors
  }
  END {
    width = 5 * count[nets[1]]
    printf "%-34s %*s   %s\n", "net", width, "test errors of 10000", "mean ± sd"
    for (k = 1; k <= kinds; k++) {
      net = nets[k]; n = count[net]; mean = sum[net] / n
      variance = n > 1 ? (squares[net] - n * mean * mean) / (n - 1) : 0
      printf "%-34s %s  %6.1f ± %.1f\n", net, all[net], mean, sqrt(variance > 0 ? variance : 0)
    }
  }' | tee "$root/pipelines/results/seeds.txt"
