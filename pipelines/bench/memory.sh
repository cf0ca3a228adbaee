#!/usr/bin/env bash
# Peak memory of dk-ingest, dk-teach and dk-soften at 60,000 and at 1,500,000 images (MNIST, and MNIST 25
# times over): memory must not grow with the set. Three minutes, 2 GB under .cache/memory, removed at the end.
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

declare -A megabytes
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
} | tee pipelines/results/memory.txt
