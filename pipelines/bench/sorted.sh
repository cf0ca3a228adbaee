#!/usr/bin/env bash
# Test errors of the baseline from MNIST sorted by class beside MNIST as it is, shards in the order of the source and
# mixed: what the order of a source means to a training. SEEDS nets each, one a core; four minutes on two cores,
# 0.1 GB under .cache/bench/sorted; run again, it goes on. The table goes to pipelines/results/sorted.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${SEEDS:=0-4}"
: "${EPOCHS:=12}"

data=${MNIST_DIR:-.cache/mnist}
bin=.build/release
work=.cache/bench/sorted
mkdir -p "$work" pipelines/results
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
row() { # title, images, labels, order
  local out=$work/$1
  "$bin/dk-ingest" "$2" "$3" --order "$4" --output "$out" >/dev/null
  "$bin/dk-distill" "$out/train" --epochs "$EPOCHS" --seeds "$SEEDS" --output "$out/nets" >/dev/null
  for net in "$out"/nets/seed=*; do
    "$bin/dk-evaluate" "$net" --images "$work/test/test" --json --quiet
  done | python3 -c '
import json, statistics, sys
errors = [json.loads(line)["errors"] for line in sys.stdin]
spread = statistics.stdev(errors) if len(errors) > 1 else 0
print(f"{sys.argv[1]:24} {sys.argv[2]:8} {str(errors)[1:-1]:30} {statistics.mean(errors):6.1f} ± {spread:.1f}")' \
    "$5" "$4"
}
{
  printf '%-24s %-8s %-30s %s\n' source order "test errors of 10000" "mean ± sd"
  row given "$data/train-images-idx3-ubyte" "$data/train-labels-idx1-ubyte" mixed "as published"
  row sorted-mixed "$work/images" "$work/labels" mixed "sorted by class"
  row sorted-source "$work/images" "$work/labels" source "sorted by class"
} | tee pipelines/results/sorted.txt
