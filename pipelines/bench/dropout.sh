#!/usr/bin/env bash
# Validation errors of the teacher with dropout masks for each example and for each minibatch, over SEEDS, one net a
# core. Ten minutes on two cores, 0.4 GB under .cache/bench/dropout; run again, it goes on. The table goes to
# pipelines/results/dropout.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

: "${SEEDS:=0-5}"
: "${EPOCHS:=30}"
: "${TARGET:=45}"   # validation errors, for the time to reach them

data=${MNIST_DIR:-.cache/mnist}
bin=.build/release
work=.cache/bench/dropout
idx=("$data/train-images-idx3-ubyte" "$data/train-labels-idx1-ubyte")
"$bin/dk-ingest" "${idx[@]}" --validation 5000 --output "$work/shards" >/dev/null
"$bin/dk-ingest" "${idx[@]}" --validation 5000 --jitter 2 --copies 25 --output "$work/jittered" >/dev/null
for scope in example batch; do
  "$bin/dk-teach" "$work/jittered/train" --validation "$work/shards/validation" --epochs "$EPOCHS" \
    --dropout "$scope" --seeds "$SEEDS" --output "$work/$scope" >/dev/null
done
mkdir -p pipelines/results
python3 - "$work" "$TARGET" <<'PYTHON' | tee pipelines/results/dropout.txt
import json
import statistics
import sys
from pathlib import Path

EXAMPLES = 55_000
work, target = Path(sys.argv[1]), int(sys.argv[2])
title = f"{'epochs':>8} {'seconds':>8}  to {target} errors"
print(f"{'dropout':8} {'validation errors of 5000':34} {'mean ± sd':>12} {title}")
for scope in ("example", "batch"):
    logs = [
        [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted((work / scope).glob("seed=*/log.jsonl"))
    ]
    errors = [log[-1]["validationErrors"] for log in logs]
    reached = [
        next((entry["epoch"] for entry in log if entry["validationErrors"] <= target), None) for log in logs
    ]
    late = sum(epoch is None for epoch in reached)
    epochs = [epoch for epoch in reached if epoch is not None]
    # Two nets train beside each other, each on a core of its own.
    seconds = [
        sum(EXAMPLES / entry["imagesPerSecond"] for entry in log[:epoch])
        for log, epoch in zip(logs, reached, strict=True) if epoch is not None
    ]
    print(
        f"{scope:8} {' '.join(map(str, errors)):34} "
        f"{statistics.mean(errors):5.1f} ± {statistics.stdev(errors):4.1f} "
        + (f"{statistics.mean(epochs):8.1f} {statistics.mean(seconds):8.1f}" if epochs else f"{'-':>8} {'-':>8}")
        + (f" ({late} never)" if late else "")
    )
PYTHON
