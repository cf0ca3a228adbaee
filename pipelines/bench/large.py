"""The measurements of large.sh."""

import json
import os
import shutil
import struct
import subprocess
import sys

import numpy
from safetensors.numpy import save_file

from measure import MNIST, THREADS, WORK, keep, stage
from table import table

ROWS = int(os.environ["ROWS"])
CLASSES = 15_000
WHOLE = 1_000_000_000
SHARD = 4096
PLACE = WORK / "large"


def prepare() -> None:
    """Digits as ten of 15,000 classes, and logits such as a good teacher has: one large, the rest spread."""
    random = numpy.random.default_rng(0)
    digits = numpy.frombuffer((MNIST / "train-labels-idx1-ubyte").read_bytes()[8 : 8 + ROWS], numpy.uint8)
    labels = digits.astype(numpy.int32) * (CLASSES // 10)
    images = (MNIST / "train-images-idx3-ubyte").read_bytes()[: 16 + 784 * ROWS]
    (PLACE / "images").write_bytes(images[:4] + struct.pack(">I", ROWS) + images[8:])
    (PLACE / "labels").write_bytes(struct.pack(">2I", 0xC01, ROWS) + labels.astype(">i4").tobytes())
    logits = random.normal(0, 1.5, (ROWS, CLASSES)).astype(numpy.float32)
    logits[numpy.arange(ROWS), labels] += 12
    save_file({"logits": logits}, PLACE / "logits.safetensors")


def size(name: str) -> int:
    """Of a finished directory, without its manifest."""
    manifest = json.loads((PLACE / name / "manifest.json").read_text())
    return sum(output["bytes"] for output in manifest["outputs"])


def row(name: str, run, rows: int, stored: int | None, epochs: int = 1) -> list[str]:
    """Of one image, and of all."""
    keep(stage=name.strip(), images=rows, epochs=epochs, seconds=f"{run.seconds:.3f}",
         processor_seconds=f"{run.cpu_seconds:.3f}", megabytes=f"{run.megabytes:.1f}", bytes=stored)
    seconds = run.cpu_seconds / rows / epochs
    return [
        name, "" if stored is None else f"{stored / rows:,.0f}", f"{seconds * 1e6:,.0f}",
        "" if stored is None else f"{stored / rows * WHOLE / 1e12:,.2f} TB", f"{seconds * WHOLE / 3600:,.0f}",
        f"{run.megabytes:.0f}",
    ]  # fmt: skip


def main() -> None:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    # In a process of its own: one that is begun by a large one counts that one's memory as its own peak.
    subprocess.run([sys.executable, __file__, "prepare"], check=True)
    rows = [["", "bytes an image", "µs of a core", "all", "core hours", "peak MB"]]
    run = stage("dk-ingest", PLACE / "images", PLACE / "labels", "--classes", CLASSES, "--output", PLACE / "shards")
    rows.append(row("dk-ingest", run, ROWS, size("shards/train")))
    images = ["--images", PLACE / "shards/train"]
    soft = PLACE / "soft"
    run = stage("dk-soften", "--logits", PLACE / "logits.safetensors", *images, "--temperatures", 4, "--output", soft)
    both = row("dk-soften: logits and T=4, f32", run, ROWS, size("soft/logits") + size("soft/temperature=4"))
    rows.append(both)
    for name, words in (("f16", ["--dtype", "f16"]), ("top-100", ["--top-k", "100", "--dtype", "f16"]),
                        ("top-20", ["--top-k", "20", "--dtype", "f16"])):  # fmt: skip
        run = stage("dk-soften", "--from-logits", soft / "logits", "--temperatures", 4, *words, "--output", PLACE / name)
        rows.append(row(f"  of the logits: T=4, {' '.join(words)}", run, ROWS, size(f"{name}/temperature=4")))
    targets = PLACE / "top-20/temperature=4"
    run = stage("dk-distill", PLACE / "shards/train", "--soft-targets", targets, "--hidden", "1200,1200",
                "--epochs", 2, "--output", PLACE / "student")  # fmt: skip
    rows.append(row(f"dk-distill 1200,1200: an epoch, {THREADS} threads", run, ROWS, None, epochs=2))
    run = stage("dk-evaluate", PLACE / "student", *images)
    rows.append(row("dk-evaluate", run, ROWS, None))
    print(f"{ROWS:,} images of {CLASSES:,} classes; all: {WHOLE:,} in {-(-WHOLE // SHARD):,} shards of {SHARD:,}\n")
    print(table(rows))
    shutil.rmtree(PLACE)


prepare() if sys.argv[1:] else main()
