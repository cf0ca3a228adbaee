#!/usr/bin/env bash
# Fuzzes the readers (IDX, gzip, zstd frame, safetensors, JSON, shard, manifest), and the use of manifests and plans
# whose seal is right, with libFuzzer and AddressSanitizer:
# SECONDS_EACH for each reader, PARALLEL at a time, at most 2 GB of memory and 10 s an input. Corpora and findings
# go to .cache/fuzz and grow from run to run; the summary goes to pipelines/results/fuzz.txt.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

: "${SECONDS_EACH:=600}"                                     # for each reader
: "${READERS:=idx gzip zstd safetensors json shard manifest use plan}" # which ones
: "${PARALLEL:=2}"                                           # how many at a time

DK_FUZZ=1 swift build --configuration release --scratch-path .build-fuzz --product dk-fuzz >&2
mkdir -p .cache/fuzz pipelines/results

# Seeds: one whole file of each kind, made by the programs themselves.
seed() { # reader, file, name
  mkdir -p ".cache/fuzz/$1"
  cp "$2" ".cache/fuzz/$1/seed-${3:-$(basename "$2")}"
}
# What stands behind the seal of a manifest or a plan.
body() { tail -n +3 "$1"; }
make_seeds() {
  local work=.cache/fuzz/seeds bin=.build/release
  rm -rf "$work"
  mkdir -p "$work"
  printf '\0\0\10\3\0\0\0\6\0\0\0\2\0\0\0\2abcdefghijklmnopqrstuvwx' >"$work/images"
  printf '\0\0\10\1\0\0\0\6\0\1\0\1\0\1' >"$work/labels"
  gzip --keep "$work/images"
  "$bin/dk-ingest" "$work/images" "$work/labels" --output "$work/shards" --quiet >/dev/null
  "$bin/dk-ingest" "$work/images" "$work/labels" --jitter 1 --copies 2 --shard-size 4 --output "$work/jittered" \
    --quiet >/dev/null
  "$bin/dk-teach" "$work/shards/train" --hidden 2 --epochs 1 --output "$work/teacher" --quiet >/dev/null
  "$bin/dk-soften" "$work/teacher" --images "$work/shards/train" --temperatures 3 --output "$work/soft" --quiet >/dev/null
  # A plan is only there while the work goes on: of a stage that finds no room for its first shard.
  (ulimit -f 2 && trap '' XFSZ && "$bin/dk-ingest" "$work/images" "$work/labels" --output "$work/half" --quiet) || true
  seed idx "$work/images"
  seed idx "$work/labels"
  seed gzip "$work/images.gz"
  seed zstd "$work/shards/train/shard-00000.safetensors.zst"
  seed safetensors "$work/teacher/model.safetensors"
  seed json "$work/teacher/manifest.json"
  zstd -dqc "$work/shards/train/shard-00000.safetensors.zst" >"$work/shard"
  seed shard "$work/shard" images
  local directory
  for directory in teacher shards/train jittered/train soft/logits soft/temperature=3; do
    seed manifest "$work/$directory/manifest.json" "${directory//\//-}"
    body "$work/$directory/manifest.json" >"$work/body"
    seed use "$work/body" "${directory//\//-}"
  done
  # The files that those name, for whoever gets that far.
  mkdir -p "$work/data"
  cp "$work/shards/train/shard-00000.safetensors.zst" "$work/teacher/model.safetensors" "$work/data"
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
export SECONDS_EACH DK_FUZZ_DATA="$root/.cache/fuzz/seeds/data"
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $READERS | xargs -P "$PARALLEL" -I{} bash -c 'fuzz {}' | tee pipelines/results/fuzz.txt
