# shellcheck shell=bash
# Throw-away Python environments, for scripts to source. Needs `fail`.
make_venv() { # directory, requirements
  # Debian's Python comes without what makes a venv.
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    [ "$(id -u)" -eq 0 ] || fail 69 "Python's venv is missing; run as root: apt-get install python3-venv"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >&2 \
      || fail 69 "cannot install python3-venv; install it by hand"
  fi
  python3 -m venv "$1"
  "$1/bin/pip" --quiet --disable-pip-version-check install "${@:2}" >&2
}
