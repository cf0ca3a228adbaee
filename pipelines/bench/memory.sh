#!/usr/bin/env bash
# Peak memory of dk-soften --logits with files of 0.16 and of 4 GB, 40,000 and 1,000,000 rows of 1,000 classes: memory must
# not grow with the file. growth.sh has the other stages. Two minutes, 5 GB under .cache/bench/memory, removed at the end.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"
: "${ROWS:=40000 1000000}" # rows of the two files, thousands
: "${DK_OUTPUT:=$root/.cache/bench/memory}" # where its record and the files are
begin_record memory
[ -x .build/release/dk-soften ] || pipelines/build.sh
work=$DK_OUTPUT/files
scratch+=("$work")
rm -rf "$work"
mkdir -p "$work"

# Small images, so many in `rows-N`, and logits of another framework of them.
make_files() { # rows
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

peak() { # command: prints its largest resident size, in MB
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000))' "$@" --quiet
}

for rows in $ROWS; do
  make_files "$rows"
  .build/release/dk-ingest "$work/rows-$rows" "$work/rows-$rows.labels" --order source --output "$work/images-$rows" --quiet \
    >/dev/null
  megabytes=$(peak .build/release/dk-soften --logits "$work/rows-$rows.safetensors" --images "$work/images-$rows/train" \
    --temperatures 4 --top-k 10 --output "$work/soft-$rows")
  echo "dk-soften --logits,$rows,$((4 * rows / 1000)),$megabytes"
  rm -rf "$work"/*-"$rows"*
done | { echo "command,rows,file_megabytes,peak_megabytes"; cat; } | keep runs.csv

awk -F , '
  NR == 2 { rows = $2; file = $3; peak = $4 }
  NR == 3 {
    printf "%-20s %9g GB %11g GB %7s\n", "peak memory", file / 1000, $3 / 1000, "ratio"
    printf "%-20s %9d MB %11d MB %7.2f\n", $1, peak, $4, $4 / peak
    printf "  with files of %d and of %d rows of 1,000 classes\n", rows, $2
  }' "$record/runs.csv" | show_and_keep table.txt
publish_record
