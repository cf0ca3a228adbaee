#!/usr/bin/env bash
# Installs the Debian packages that the build needs and that are missing (60 MB), nothing else. With --python
# also makes the venv .cache/python that the tests compare with (1.2 GB, two minutes), and installs shellcheck,
# Chromium and tmux, in which the tests look at pages and terminals, and Slurm, munge and rclone, with which they run
# the pipeline as a cluster does (500 MB). Costs half a second where all is there.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
arguments='[--python]'
source "$root/pipelines/shared/help.sh"

pins=(numpy==2.4.6 safetensors==0.8.0 zstandard==0.25.0 pillow==13.0.0 pyarrow==26.0.1
  ruff==0.17.6 onnx==1.23.2 onnxruntime==1.32.0 tensorboard==2.21.0
  snakemake==9.27.1 snakemake-executor-plugin-slurm==2.8.0 'moto[server]==5.2.5')
# Libraries by their pkg-config names, with the packages that bring them.
case $(uname) in
  Darwin)
    libraries=(libzstd:zstd libzip:libzip libpng:libpng)
    torch=torch==2.13.0
    ;;
  *)
    libraries=(libzstd:libzstd-dev zlib:zlib1g-dev libzip:libzip-dev libpng:libpng-dev
      libcrypto:libssl-dev)
    # PyPI's own build for Linux brings gigabytes of CUDA; the CPU build has to be where pip is set to look.
    torch=torch==2.13.0+cpu
    ;;
esac

case "$*" in
  '' | --python) ;;
  *) usage ;;
esac
command -v swift >/dev/null || fail 69 "swift is missing; install Swift 6.2 or newer and put it on the PATH"

# What counts is what the build finds, not which package brought it.
missing=()
command -v pkg-config >/dev/null || missing+=(pkg-config)
for library in "${libraries[@]}"; do
  pkg-config --exists "${library%:*}" 2>/dev/null || missing+=("${library#*:}")
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ "${1:-}" = --python ] && command -v apt-get >/dev/null; then
  # Programs, with the packages that bring them; Debian keeps daemons where not every PATH looks.
  for program in chromium tmux rclone shellcheck slurmctld slurmd sbatch:slurm-client munged:munge; do
    PATH=$PATH:/usr/sbin command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
  done
fi

if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail 69 "missing, and there is no apt-get to install it: ${missing[*]}"
  as_root=(env DEBIAN_FRONTEND=noninteractive)
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail 69 "packages are missing; run as root: apt-get install ${missing[*]}"
    as_root=(sudo "${as_root[@]}")
  fi
  echo "setup: installing ${missing[*]}" >&2
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq "${missing[@]}"; } >&2 \
    || fail 69 "apt-get failed; install by hand: ${missing[*]}"
fi

[ "${1:-}" = --python ] || exit 0
venv=$root/.cache/python
[ "$(cat "$venv/pins" 2>/dev/null)" != "${pins[*]} $torch" ] || exit 0
echo "setup: making $venv" >&2
rm -rf "$venv"
mkdir -p "$root/.cache"
python3 -m venv "$venv"
pip=("$venv/bin/pip" install --quiet --disable-pip-version-check)
"${pip[@]}" "${pins[@]}" >&2 || fail 69 "cannot install ${pins[*]} from PyPI; check the network"
if "${pip[@]}" "$torch" >&2; then
  # Last: a venv without it is half done and is made again.
  echo "${pins[*]} $torch" >"$venv/pins"
else
  echo "setup: no $torch to be had; where the tests read our files, numpy stands in for it" >&2
fi
