#!/usr/bin/env bash
# Fuzzes the readers (IDX, gzip, zstd frame, safetensors, JSON, arrays of any file, PNG, shard, manifest), and the use of
# manifests and plans whose seal is right, with libFuzzer and AddressSanitizer: each reader for SECONDS_EACH of a
# processor's time, in turns of a minute, PARALLEL at a time, at most 2 GB of memory and 10 s an input. Corpora, findings
# and what was done go to DK_OUTPUT; run again, it goes on. Three hours on two cores after a build; six minutes with
# SECONDS_EACH=60.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/record.sh"
cd "$root"

: "${SECONDS_EACH:=1800}" # of processor time, for each reader
: "${READERS:=use plan manifest shard json safetensors idx gzip zstd array png}" # which ones
: "${PARALLEL:=2}" # how many at a time
: "${DK_OUTPUT:=$root/.cache/fuzz}" # where everything is written
begin_record fuzz
# Time that other sources were fuzzed does not count.
[ "$(cat "$DK_OUTPUT/commit" 2>/dev/null)" = "$record_commit" ] || rm -f "$DK_OUTPUT"/*.turns
echo "$record_commit" >"$DK_OUTPUT/commit"

DK_FUZZ=1 swift build --configuration release --scratch-path .build-fuzz --product dk-fuzz >&2

# Seeds: one whole file of each kind, made by the programs themselves.
seed() { # reader, file, name
  mkdir -p "$DK_OUTPUT/$1"
  cp "$2" "$DK_OUTPUT/$1/seed-${3:-$(basename "$2")}"
}
# What stands behind the seal of a manifest or a plan.
body() { tail -n +3 "$1"; }
make_seeds() {
  local work=$DK_OUTPUT/seeds bin=.build/release
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
  seed idx "$work/images"
  seed idx "$work/labels"
  seed gzip "$work/images.gz"
  seed zstd "$work/shards/train/shard-00000.safetensors.zst"
  seed safetensors "$work/teacher/model.safetensors"
  seed safetensors "$work/shards/train/statistics.st"
  seed json "$work/teacher/manifest.json"
  seed array "$work/images"
  seed png Tests/Fuzz/Corpus/png/good-grey
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
  cp "$work/shards/train/shard-00000.safetensors.zst" "$work/shards/train/statistics.st" \
    "$work/teacher/model.safetensors" "$work/data"
}
make_seeds

# One turn: adds its processor time and its inputs to what is kept of the reader.
turn() { # reader, log
  local TIMEFORMAT='%U %S'
  { time DK_FUZZ_READER=$1 .build-fuzz/release/dk-fuzz "$DK_OUTPUT/$1" "Tests/Fuzz/Corpus/$1" -max_total_time=60 \
    -timeout=10 -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$DK_OUTPUT/$1-findings/" -print_final_stats=1 \
    >"$2" 2>&1; } 2>"$2.time" || return
  awk -v output="$2" '
    FILENAME == output && /number_of_executed_units/ { inputs = $2 }
    FILENAME == output && /peak_rss_mb/ { peak = $2 }
    FILENAME != output && NF == 2 { seconds = $1 + $2 }
    END { printf "%.0f %d %d\n", seconds, inputs, peak }' "$2" "$2.time" >>"$DK_OUTPUT/$1.turns"
}
total() { awk -v column="$2" '{ sum += $column } END { print sum + 0 }' "$DK_OUTPUT/$1.turns"; }
fuzz() { # reader
  local log=$DK_OUTPUT/$1.log verdict='no finding'
  mkdir -p "$DK_OUTPUT/$1" "$DK_OUTPUT/$1-findings"
  touch "$DK_OUTPUT/$1.turns"
  while [ "$(total "$1" 1)" -lt "$SECONDS_EACH" ]; do
    turn "$1" "$log" || { verdict="FINDING, see $log"; break; }
  done
  printf '%-12s %6d s  %12d inputs  peak %5d MB  %s\n' "$1" "$(total "$1" 1)" "$(total "$1" 2)" \
    "$(awk '$3 > peak { peak = $3 } END { print peak + 0 }' "$DK_OUTPUT/$1.turns")" "$verdict"
  [ "$verdict" = 'no finding' ]
}
export -f fuzz turn total
export SECONDS_EACH DK_OUTPUT DK_FUZZ_DATA="$DK_OUTPUT/seeds/data"
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $READERS | xargs -P "$PARALLEL" -I{} bash -c 'fuzz {}' | show_and_keep table.txt
{
  echo "reader,seconds,inputs,megabytes"
  for reader in $READERS; do sed "s/^/$reader /; s/ /,/g" "$DK_OUTPUT/$reader.turns"; done
} | keep runs.csv
publish_record
