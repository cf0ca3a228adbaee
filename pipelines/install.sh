#!/usr/bin/env bash
# Installs the programs, their manual pages and their shell completions below PREFIX, building first where nothing is
# built; --uninstall removes what was installed there and nothing else.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
arguments='[--uninstall]'
source "$root/pipelines/shared/help.sh"
: "${PREFIX:=$HOME/.local}" # below which everything is installed
list=$PREFIX/share/dark-knowledge/installed

# Removes the files of the list, and those folders that were made for them and are empty now.
remove() {
  local entries entry
  mapfile -t entries <"$list"
  for entry in "${entries[@]}"; do [[ $entry == */ ]] || rm -f -- "${PREFIX:?}/$entry"; done
  rm -f -- "$list"
  for entry in "${entries[@]}"; do [[ $entry != */ ]] || rmdir -- "$PREFIX/$entry" 2>/dev/null || true; done
}

case "$*" in
  '') ;;
  --uninstall)
    [ -e "$list" ] || fail 66 "$list: expected the list of what was installed, found none"
    remove
    echo "install: removed from $PREFIX" >&2
    exit 0
    ;;
  *) usage ;;
esac
bin=$root/.build/release
[ -x "$bin/dk-report" ] || "$root/pipelines/build.sh"
programs=()
for program in "$bin"/dk-*; do
  [[ ! -f $program || ! -x $program || $(basename "$program") == *.* ]] || programs+=("$program")
done
[ ${#programs[@]} -gt 0 ] || fail 66 "$bin: expected the built programs, found none"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage"/bin "$stage"/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
for program in "${programs[@]}"; do
  name=$(basename "$program")
  cp "$program" "$stage/bin"
  "$program" --generate-completion-script bash >"$stage/share/bash-completion/completions/$name"
  "$program" --generate-completion-script zsh >"$stage/share/zsh/site-functions/_$name"
  "$program" --generate-completion-script fish >"$stage/share/fish/vendor_completions.d/$name.fish"
done
python3 "$root/pipelines/shared/manual.py" "${programs[@]}" "$stage/share/man/man1"

[ ! -e "$list" ] || remove
made=()
mkdir -p "$stage/share/dark-knowledge"
while IFS= read -r folder; do
  [ -d "$PREFIX/$folder" ] || made+=("$folder")
done < <(cd "$stage" && find . -mindepth 1 -type d -printf '%P/\n' | sort -r)
mkdir -p "$PREFIX/share/dark-knowledge" 2>/dev/null || fail 73 "$PREFIX: cannot write there; give another PREFIX"
# The list first: what is cut off can be removed. Files, then folders from the innermost.
files=$(cd "$stage" && find . -type f -printf '%P\n' | sort)
printf '%s\n' "$files" "${made[@]}" >"$list"
cp -r "$stage"/. "$PREFIX/"
echo "install: $(wc -l <<<"$files") files in $PREFIX; the programs in $PREFIX/bin" >&2
case ":$PATH:" in *":$PREFIX/bin:"*) ;; *) echo "install: put it on the PATH: export PATH=\"$PREFIX/bin:\$PATH\"" >&2 ;; esac
