"""The data stages as Python does them: numpy + zstandard + PyTorch, and mosaicml-streaming."""

import argparse
import importlib.machinery
import os
import shutil
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
import zstandard

from files import idx, report, shard

SHARD = 4096
VALIDATION = 5000
JITTER = 2
COPIES = 4


def streaming() -> types.ModuleType:
    """mosaicml-streaming, without torchvision: what is built for PyTorch with CUDA fails beside the CPU's."""
    for name in (
        "torchvision",
        "torchvision.datasets",
        "torchvision.transforms",
        "torchvision.transforms.functional",
    ):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__spec__ = importlib.machinery.ModuleSpec(name, None)
    sys.modules["torchvision.datasets"].VisionDataset = object
    sys.modules["torchvision.transforms.functional"].to_tensor = None
    import streaming as module

    return module


def jittered(images: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Each image shifted by up to JITTER pixels; the shifts."""
    shifts = random.integers(-JITTER, JITTER + 1, (len(images), 2), np.int8)
    rows, columns = images.shape[1:]
    padded = np.pad(images, ((0, 0), (JITTER, JITTER), (JITTER, JITTER)))
    result = np.empty_like(images)
    for dy in range(-JITTER, JITTER + 1):
        for dx in range(-JITTER, JITTER + 1):
            chosen = (shifts == (dy, dx)).all(1)
            result[chosen] = padded[chosen, JITTER - dy : JITTER - dy + rows, JITTER - dx : JITTER - dx + columns]
    return result, shifts


def copies(mnist: Path) -> Iterator[tuple[int, int, dict[str, np.ndarray]]]:
    """Shards of jittered copies of the training part."""
    images, labels = idx(mnist / "train-images-idx3-ubyte"), idx(mnist / "train-labels-idx1-ubyte")
    random = np.random.default_rng(0)
    chosen = np.sort(random.permutation(len(images))[VALIDATION:])
    images, labels = images[chosen], labels[chosen]
    for copy in range(COPIES):
        moved, shifts = jittered(images, random)
        for number, start in enumerate(range(0, len(images), SHARD)):
            part = slice(start, start + SHARD)
            yield (
                copy,
                number,
                {
                    "images": moved[part],
                    "labels": labels[part],
                    "indices": chosen[part].astype(np.uint32),
                    "variants": shifts[part].view(np.uint8).astype(np.uint32) @ np.array([256, 1], np.uint32),
                    "shifts": shifts[part],
                },
            )


def write(path: Path, tensors: dict[str, np.ndarray]) -> None:
    """One shard, so that it is on the disk before it has its name."""
    content = zstandard.ZstdCompressor(1, write_checksum=True).compress(safetensors.numpy.save(tensors))
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def ingest_numpy(mnist: Path, output: Path) -> int:
    """Writes jittered shards as ours; returns the images written."""
    count = 0
    for copy, number, tensors in copies(mnist):
        directory = output / f"copy={copy:02}"
        directory.mkdir(parents=True, exist_ok=True)
        write(directory / f"shard-{number:05}.safetensors.zst", tensors)
        count += len(tensors["images"])
    return count


def ingest_streaming(mnist: Path, output: Path) -> int:
    """Writes the same images as MDS."""
    count = 0
    columns = {"image": "bytes", "label": "int"}
    writer = streaming().MDSWriter(out=str(output), columns=columns, compression="zstd", hashes=["sha1"])
    with writer:
        for _, _, tensors in copies(mnist):
            for image, label in zip(tensors["images"], tensors["labels"], strict=True):
                writer.write({"image": image.tobytes(), "label": int(label)})
            count += len(tensors["images"])
    return count


def read_numpy(directory: Path) -> int:
    """Reads every image of our shards."""
    return sum(len(shard(path)["images"]) for path in sorted(directory.rglob("shard-*.safetensors.zst")))


def read_streaming(directory: Path, shuffle: bool, workers: int) -> int:
    """Reads every image of an MDS set in batches of 128."""
    for cache in directory.glob("*.mds"):
        cache.unlink()
    module = streaming()
    module.base.util.clean_stale_shared_memory()
    data = module.StreamingDataset(local=str(directory), shuffle=shuffle, batch_size=128, keep_zip=True)

    def collate(samples: list[dict]) -> tuple[torch.Tensor, torch.Tensor]:
        pixels = bytearray().join(sample["image"] for sample in samples)
        return torch.frombuffer(pixels, dtype=torch.uint8), torch.tensor([sample["label"] for sample in samples])

    loader = torch.utils.data.DataLoader(data, batch_size=128, num_workers=workers, collate_fn=collate)
    return sum(len(labels) for _, labels in loader)


def soften(directory: Path, model: Path, output: Path) -> int:
    """Logits, and soft targets at five temperatures."""
    weights = {
        name: torch.from_numpy(tensor) for name, tensor in safetensors.numpy.load(model.read_bytes()).items()
    }
    count = 0
    for path in sorted(directory.rglob("shard-*.safetensors.zst")):
        tensors = shard(path)
        with torch.inference_mode():
            values = torch.from_numpy(tensors["images"]).flatten(1).float() / 255
            for layer in range(3):
                values = torch.nn.functional.linear(
                    values, weights[f"layers.{layer}.weight"], weights[f"layers.{layer}.bias"]
                )
                values = values.relu_() if layer < 2 else values
        place = {"indices": tensors["indices"], "variants": tensors["variants"]}
        kinds = {"logits": ("logits", values)}
        for temperature in (1, 2, 4, 8, 20):
            kinds[f"temperature={temperature}"] = ("soft_targets", torch.softmax(values / temperature, 1))
        for folder, (name, numbers) in kinds.items():
            (output / folder).mkdir(parents=True, exist_ok=True)
            write(output / folder / path.name, {name: numbers.numpy(), **place})
        count += len(values)
    return count


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["ingest", "ingest-streaming", "read", "read-streaming", "soften"])
    parser.add_argument("input", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.output:
        shutil.rmtree(options.output, ignore_errors=True)
    if options.work.endswith("streaming"):
        # Its imports take seconds; they are not counted.
        streaming()
    start = time.perf_counter()
    if options.work == "ingest":
        count = ingest_numpy(options.input, options.output)
    elif options.work == "ingest-streaming":
        count = ingest_streaming(options.input, options.output)
    elif options.work == "read":
        count = read_numpy(options.input)
    elif options.work == "read-streaming":
        count = read_streaming(options.input, options.shuffle, options.workers)
    else:
        count = soften(options.input, options.model, options.output)
    report(images_per_second=count / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
