"""What the peers share: reading IDX files and shards, and the one JSON line that each prints."""

import json
import sys
from pathlib import Path

import numpy as np
import safetensors.numpy
import zstandard


def idx(path: Path) -> np.ndarray:
    """The array of an IDX file of bytes."""
    content = path.read_bytes()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, 4)
    return np.frombuffer(content, np.uint8, -1, 4 + 4 * dimensions).reshape(shape)


def shard(path: Path) -> dict[str, np.ndarray]:
    """The tensors of one shard."""
    return safetensors.numpy.load(zstandard.ZstdDecompressor().decompress(path.read_bytes()))


def shards(directory: Path, name: str) -> np.ndarray:
    """One tensor of all shards of a directory."""
    paths = sorted(directory.rglob("shard-*.safetensors.zst"))
    return np.concatenate([shard(path)[name] for path in paths])


def report(**numbers: object) -> None:
    """Prints what was measured."""
    json.dump(numbers, sys.stdout)
    print()
