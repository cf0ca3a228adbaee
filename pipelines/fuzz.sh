#!/usr/bin/env bash
# Fuzzes the readers (IDX, gzip, zstd frame, safetensors, manifest) with libFuzzer and AddressSanitizer:
# SECONDS_EACH for each reader, PARALLEL at a time, at most 2 GB of memory and 10 s an input. Corpora and findings
# go to .cache/fuzz and grow from run to run; the summary goes to pipelines/results/fuzz.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

: "${SECONDS_EACH:=600}"                                     # for each reader
: "${READERS:=idx gzip zstd safetensors manifest}"           # which ones
: "${PARALLEL:=2}"                                           # how many at a time

DK_FUZZ=1 swift build --configuration release --scratch-path .build-fuzz --product dk-fuzz >&2
mkdir -p .cache/fuzz pipelines/results

# Seeds: one whole file of each kind, made by the programs themselves.
seed() { # reader, file
  mkdir -p ".cache/fuzz/$1"
  cp "$2" ".cache/fuzz/$1/seed-$(basename "$2")"
}
make_seeds() {
  local work=.cache/fuzz/seeds bin=.build/release
  rm -rf "$work"
  mkdir -p "$work"
  printf '\0\0\10\3\0\0\0\6\0\0\0\2\0\0\0\2abcdefghijklmnopqrstuvwx' >"$work/images"
  printf '\0\0\10\1\0\0\0\6\0\1\0\1\0\1' >"$work/labels"
  gzip --keep "$work/images"
  "$bin/dk-ingest" "$work/images" "$work/labels" --output "$work/shards" --quiet >/dev/null
  "$bin/dk-teach" "$work/shards/train" --hidden 2 --epochs 1 --output "$work/teacher" --quiet >/dev/null
  seed idx "$work/images"
  seed idx "$work/labels"
  seed gzip "$work/images.gz"
  seed zstd "$work/shards/train/shard-00000.safetensors.zst"
  seed safetensors "$work/teacher/model.safetensors"
  seed manifest "$work/teacher/manifest.json"
}
make_seeds

fuzz() { # reader
  mkdir -p ".cache/fuzz/$1-findings"
  DK_FUZZ_READER=$1 .build-fuzz/release/dk-fuzz ".cache/fuzz/$1" "Tests/Fuzz/Corpus/$1" \
    -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -artifact_prefix=".cache/fuzz/$1-findings/" -print_final_stats=1 \
    >".cache/fuzz/$1.log" 2>&1
  local status=$?
  printf '%-12s %6d s  %12s inputs  peak %5s MB  %s\n' "$1" "$SECONDS_EACH" \
    "$(awk '/number_of_executed_units/ { print $2 }' ".cache/fuzz/$1.log")" \
    "$(awk '/peak_rss_mb/ { print $2 }' ".cache/fuzz/$1.log")" \
    "$([ $status -eq 0 ] && echo 'no finding' || echo "FINDING, see .cache/fuzz/$1.log")"
  return $status
}
export -f fuzz
export SECONDS_EACH
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $READERS | xargs -P "$PARALLEL" -I{} bash -c 'fuzz {}' | tee pipelines/results/fuzz.txt
