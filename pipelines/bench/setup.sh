#!/usr/bin/env bash
# Makes the venv .cache/bench-python with the peers that speed.sh measures beside us (4 GB, five minutes the
# first time; half a second where it is there).
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
source "$root/pipelines/shared/help.sh"

# torchvision is a requirement of mosaicml-streaming alone, and its build has to be that of torch's version.
pins=(torch==2.13.0+cpu torchvision==0.28.0 jax==0.10.2 mosaicml-streaming==0.10.0 numpy==2.4.6
  safetensors==0.8.0 zstandard==0.25.0)

command -v g++ >/dev/null ||
  fail 69 "g++ is missing, torch.compile needs it; install it (Debian: apt-get install g++)"
venv=$root/.cache/bench-python
[ "$(cat "$venv/pins" 2>/dev/null)" != "${pins[*]}" ] || exit 0
echo "setup: making $venv" >&2
rm -rf "$venv"
mkdir -p "$root/.cache"
python3 -m venv "$venv"
# PyPI's own torch for Linux brings gigabytes of CUDA; the CPU build has to be where pip is set to look.
"$venv/bin/pip" install --quiet --disable-pip-version-check "${pins[@]}" >&2 ||
  fail 69 "cannot install ${pins[*]}; check the network, and where pip looks for torch's CPU build"
echo "${pins[*]}" >"$venv/pins"
