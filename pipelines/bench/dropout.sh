#!/usr/bin/env bash
# Validation errors of the teacher with dropout masks for each example and for each minibatch, over SEEDS, one net a
# core. Ten minutes on two cores, 0.4 GB under .cache/bench/dropout; run again, it goes on.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/data.sh"
source "$root/pipelines/shared/lists.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${SEEDS:=0-5}" # seeds of the teachers
: "${EPOCHS:=30}" # passes of each
: "${TARGET:=45}" # validation errors, for the time to reach them
: "${DK_OUTPUT:=$root/.cache/bench/dropout}" # where everything is written
begin_record dropout mnist
make_programs
bin=.build/release
work=$DK_OUTPUT
images=("$(idx train-images-idx3-ubyte)" "$(idx train-labels-idx1-ubyte)")
"$bin/dk-ingest" "${images[@]}" --validation 5000 --output "$work/shards" >/dev/null
"$bin/dk-ingest" "${images[@]}" --validation 5000 --jitter 2 --copies 25 --output "$work/jittered" >/dev/null
for scope in example batch; do
  "$bin/dk-teach" "$work/jittered/train" --validation "$work/shards/validation" --epochs "$EPOCHS" \
    --dropout "$scope" --seeds "$SEEDS" --output "$work/$scope" >/dev/null
done
seeds=$(seeds_of "$SEEDS" | paste -sd,)
python3 - "$work" "$TARGET" "$seeds" <<'PYTHON' | show_and_keep table.txt
import json
import statistics
import sys
from pathlib import Path

EXAMPLES = 55_000
work, target, seeds = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(",")
title = f"{'epochs':>8} {'seconds':>8}  to {target} errors"
print(f"{'dropout':8} {'validation errors of 5000':34} {'mean ± sd':>12} {title}")
for scope in ("example", "batch"):
    logs = [
        [json.loads(line) for line in (work / scope / f"seed={seed}/log.jsonl").read_text().splitlines()]
        for seed in seeds
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
python3 - "$work" "$seeds" <<'PYTHON' | keep runs.csv
import hashlib
import json
import sys
from pathlib import Path

print("dropout,seed,set,errors,examples,model")
nets = [Path(sys.argv[1]) / scope / f"seed={seed}" for scope in ("example", "batch") for seed in sys.argv[2].split(",")]
for net in nets:
    last = json.loads((net / "log.jsonl").read_text().splitlines()[-1])
    model = hashlib.sha256((net / "manifest.json").read_bytes()).hexdigest()
    print(net.parent.name, net.name[5:], "validation", last["validationErrors"], 5000, model, sep=",")
PYTHON
publish_record
