#!/usr/bin/env bash
# Peak memory of dk-ingest, dk-teach and dk-soften at 60,000 and at 1,500,000 images (MNIST, and MNIST 25
# times over), and of dk-soften --logits with files of 0.16 and of 4 GB (40,000 and 1,000,000 rows of 1,000
# classes): memory must not grow with the set. Five minutes, 10 GB under .cache/memory, removed at the end.
# The table goes to pipelines/results/memory.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
data=${MNIST_DIR:-.cache/mnist}
bin=$PWD/.build/release
work=.cache/memory
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work" pipelines/results

repeat() { # file, header bytes, times: an IDX file with the items so many times over
  python3 - "$data/$1" "$2" "$3" "$work/$1-$3" <<'PYTHON'
import struct
import sys

source, header, times, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
content = open(source, "rb").read()
with open(target, "wb") as file:
    file.write(content[:4] + struct.pack(">I", 60000 * times) + content[8:header])
    for _ in range(times):
        file.write(content[header:])
PYTHON
}

peak() { # command: prints the largest resident size of it, in MB
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000))' "$@" --quiet
}

foreign() { # rows: small images of so many in `rows-N`, and somebody's logits of them
  python3 - "$1" "$work/rows-$1" <<'PYTHON'
import array
import json
import random
import struct
import sys

rows, stem = int(sys.argv[1]), sys.argv[2]
classes, block = 1000, 1000
with open(stem, "wb") as images, open(stem + ".labels", "wb") as labels:
    images.write(b"\0\0\x08\x03" + struct.pack(">3I", rows, 4, 4))
    labels.write(b"\0\0\x0c\x01" + struct.pack(">I", rows))
    for row in range(rows):
        images.write(struct.pack(">4I", row, row, row, row))
        labels.write(struct.pack(">i", row % classes))
header = json.dumps({"logits": {"dtype": "F32", "shape": [rows, classes], "data_offsets": [0, 4 * rows * classes]}})
header = header.encode().ljust(-(-len(header) // 8) * 8)
values = array.array("f", (random.gauss(0, 3) for _ in range(block * classes)))
with open(stem + ".safetensors", "wb") as logits:
    logits.write(struct.pack("<Q", len(header)) + header)
    for _ in range(rows // block):
        values.tofile(logits)
PYTHON
}

declare -A megabytes
for rows in 40000 1000000; do
  foreign "$rows"
  "$bin/dk-ingest" "$work/rows-$rows" "$work/rows-$rows.labels" --order source --output "$work/foreign-$rows" --quiet \
    >/dev/null
  megabytes[logits,$rows]=$(peak "$bin/dk-soften" --logits "$work/rows-$rows.safetensors" \
    --images "$work/foreign-$rows/train" --temperatures 4 --top-k 10 --output "$work/foreign-soft-$rows")
  rm -rf "$work/rows-$rows"* "$work/foreign-"*
done
for times in 1 25; do
  repeat train-images-idx3-ubyte 16 "$times"
  repeat train-labels-idx1-ubyte 8 "$times"
  out=$work/$times
  megabytes[dk-ingest,$times]=$(peak "$bin/dk-ingest" "$work/train-images-idx3-ubyte-$times" \
    "$work/train-labels-idx1-ubyte-$times" --output "$out")
  # Small enough to finish; what grows with the set would grow for any net.
  megabytes[dk-teach,$times]=$(peak "$bin/dk-teach" "$out/train" --hidden 64 --epochs 1 \
    --output "$out/teacher")
  megabytes[dk-soften,$times]=$(peak "$bin/dk-soften" "$out/teacher" --images "$out/train" \
    --temperatures 1,20 --output "$out/soft")
done

{
  printf '%-12s %12s %14s %7s\n' "peak memory" "60,000" "1,500,000" "ratio"
  for program in dk-ingest dk-teach dk-soften; do
    printf '%-12s %9s MB %11s MB %7s\n' "$program" "${megabytes[$program,1]}" "${megabytes[$program,25]}" \
      "$(awk "BEGIN { printf \"%.2f\", ${megabytes[$program,25]} / ${megabytes[$program,1]} }")"
  done
  printf '\n%-20s %9s MB %11s MB %7s\n' "dk-soften --logits" "${megabytes[logits,40000]}" "${megabytes[logits,1000000]}" \
    "$(awk "BEGIN { printf \"%.2f\", ${megabytes[logits,1000000]} / ${megabytes[logits,40000]} }")"
  echo "  with a file of 0.16 GB and of 4 GB: 40,000 and 1,000,000 rows of 1,000 classes"
} | tee pipelines/results/memory.txt
