# shellcheck shell=bash
# shellcheck disable=SC2154 # `root` is of the script that sources this
# Help, usage and errors of a script, and its settings. A script sources this first, with `root` set:
#
#   arguments='[--python]'     # its arguments, as the usage line shows them; unset where it takes none
#   source "$root/pipelines/shared/help.sh"
#
# --help prints the comment at the head of the script and its settings: the lines `: "${NAME:=default}" # meaning` of the
# script, of the scripts that it sources and of those named in a comment
# `Settings: also those of run.sh.`; paths are below pipelines/. Nothing else is run.
[ "${help_shown_for:-}" != "$0" ] || return 0
help_shown_for=$0
this_script=$(readlink -f "$0")

fail() { # exit status, message
  echo "$(basename "$this_script" .sh): error: $2" >&2
  exit "$1"
}

usage() {
  fail 64 "usage: [SETTING=VALUE ...] $(basename "$this_script")${arguments:+ $arguments}; --help lists the settings"
}

with_others() { # script: its path, and the paths of the others whose settings hold
  local name place
  echo "$1"
  {
    sed -n 's/^ *source .*\/\([a-z-]*\.sh\)"$/\1/p' "$1"
    sed -n 's/^# Settings: also those of \(.*\)\.$/\1/p' "$1"
  } | while read -r name; do
    for place in "$(dirname "$1")" "$root/pipelines/shared" "$root/pipelines/paper" "$root/pipelines"; do
      [ ! -e "$place/$name" ] || { with_others "$place/$name"; break; }
    done
  done
}

# The lines of all settings; of a setting that stands twice, such as that of a quick form, the first.
setting_lines() {
  local file
  with_others "$this_script" | awk '!known[$0]++' | while read -r file; do
    sed -nE 's/^ *(: "\$\{[A-Z_]+:=.*\}") +# /\1 # /p' "$file"
  done | awk -F ':=' '!known[$1]++'
}

show_help() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$this_script"
  setting_lines | sed -E "s/^: \"\\$\\{([A-Z_]+):=(.*)\\}\" # /\1\t\2\t/" | awk -F '\t' '
    NR == 1 { print "\nSettings, as in NAME=value " name ":" }
    { gsub(/\$root\//, "", $2); printf "  %-26s %s (default: %s)\n", $1, $3, $2 == "" ? "none" : $2 }' name="$(basename "$this_script")"
}

# Settings as they were given, before the script fills in its defaults.
declare -A given=()
keep_given() {
  local setting
  while read -r setting; do [ -z "${!setting:-}" ] || given[$setting]=${!setting}; done < <(setting_names)
}
setting_names() { setting_lines | sed -E 's/^: "\$\{([A-Z_]+):=.*/\1/'; }

# NAME=value of each setting that was given and differs from its default.
changed_settings() (
  lines=$(setting_lines)
  for setting in $(setting_names); do unset "$setting"; done
  eval "$lines"
  for setting in $(printf '%s\n' "${!given[@]}" | sort); do
    [ "${given[$setting]}" = "${!setting}" ] || echo "$setting=${given[$setting]}"
  done
)

case "$#:${1:-}" in
  1:-h | 1:--help)
    show_help
    exit 0
    ;;
esac
[ $# = 0 ] || [ -n "${arguments:-}" ] || usage
keep_given
