#!/usr/bin/env bash
# Test errors of the baseline from MNIST sorted by class beside MNIST as it is, shards in the order of the source and
# mixed: what the order of a source means to a training. SEEDS nets each, one a core; four minutes on two cores,
# 0.1 GB under .cache/bench/sorted; run again, it goes on.
# Settings: also those of sweep.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/data.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${SEEDS:=0-4}" # seeds of the nets
: "${EPOCHS:=12}" # passes of each
: "${DK_OUTPUT:=$root/.cache/bench/sorted}" # where everything is written

begin_record sorted mnist
make_programs
bin=.build/release
work=$DK_OUTPUT
python3 - "$data" "$work" <<'PYTHON'
import sys
from pathlib import Path

data, work = map(Path, sys.argv[1:])
images, labels = ((data / f"train-{name}-ubyte").read_bytes() for name in ("images-idx3", "labels-idx1"))
order = sorted(range(60_000), key=lambda row: labels[8 + row])
(work / "images").write_bytes(images[:16] + b"".join(images[16 + row * 784:800 + row * 784] for row in order))
(work / "labels").write_bytes(labels[:8] + bytes(labels[8 + row] for row in order))
PYTHON
"$bin/dk-ingest" "$data/t10k-images-idx3-ubyte" "$data/t10k-labels-idx1-ubyte" --split test --order source \
  --output "$work/test" >/dev/null
row() { # name, images, labels, order, title
  local out=$work/$1
  "$bin/dk-ingest" "$2" "$3" --order "$4" --output "$out" >/dev/null
  pipelines/sweep.sh --output "$out/nets" --seeds "$SEEDS" --evaluate test="$work/test/test" --csv -- \
    dk-distill "$out/train" --epochs "$EPOCHS" >"$record/runs-$1.csv"
  python3 - "$5" "$4" "$record/runs-$1.csv" <<'PYTHON'
import csv
import statistics
import sys

title, order, runs = sys.argv[1:]
with open(runs) as file:
    errors = [int(row["errors"]) for row in csv.DictReader(file)]
spread = statistics.stdev(errors) if len(errors) > 1 else 0
print(f"{title:24} {order:8} {str(errors)[1:-1]:30} {statistics.mean(errors):6.1f} ± {spread:.1f}")
PYTHON
}
{
  printf '%-24s %-8s %-30s %s\n' source order "test errors of 10000" "mean ± sd"
  row given "$data/train-images-idx3-ubyte" "$data/train-labels-idx1-ubyte" mixed "as published"
  row sorted-mixed "$work/images" "$work/labels" mixed "sorted by class"
  row sorted-source "$work/images" "$work/labels" source "sorted by class"
} | show_and_keep table.txt
publish_record
