# shellcheck shell=bash
# Lists of seeds, for scripts to source.
seeds_of() { # list such as 0-4 or 1,3: one a line
  local part
  for part in ${1//,/ }; do seq "${part%-*}" "${part#*-}"; done
}
