#!/usr/bin/env bash
# Builds the documentation of every library, declarations and formats of files, as DocC archives in .cache/docs, from what
# is built; any warning is an error. Half a minute, after the build. Any web server shows one:
# python3 -m http.server --directory .cache/docs/Stage.doccarchive
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"
cd "$root"
[ -x .build/release/dk-report ] || pipelines/build.sh
build=$(readlink -f .build/release)
output=.cache/docs
rm -rf "$output"
mkdir -p "$output/graphs"

maps=()
for map in "$build"/*.build/module.modulemap Sources/C{LibPNG,Zip,Zlib,Zstd}/module.modulemap; do
  maps+=(-Xcc "-fmodule-map-file=$(readlink -f "$map")")
done
target=$(swift -print-target-info | python3 -c 'import json, sys; print(json.load(sys.stdin)["target"]["triple"])')
for catalog in Sources/*/*.docc; do
  module=$(basename "$catalog" .docc)
  graphs=$output/graphs/$module
  mkdir -p "$graphs"
  swift symbolgraph-extract -module-name "$module" -I "$build/Modules" "${maps[@]}" -minimum-access-level package \
    -omit-extension-block-symbols -output-dir "$graphs" -target "$target" >/dev/null
  docc convert "$catalog" --additional-symbol-graph-dir "$graphs" --fallback-display-name "$module" \
    --fallback-bundle-identifier "dark-knowledge.$module" --warnings-as-errors --output-path "$output/$module.doccarchive" >&2
  echo "docs: $output/$module.doccarchive" >&2
done
