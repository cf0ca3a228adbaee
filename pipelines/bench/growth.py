"""The measurements of growth.sh."""

import shutil
import struct
import subprocess
import sys

from measure import MNIST, THREADS, WORK, Run, keep, stage
from table import table

IMAGES = 40_960
FACTORS = (1, 10, 100)
PLACE = WORK / "growth"


def files(factor: int) -> list:
    return [PLACE / f"{name}-{factor}" for name in ("images-idx3", "labels-idx1")]


def repeat(factor: int) -> None:
    """IDX files with the first images so many times over."""
    for path, header, size in zip(files(factor), (16, 8), (784, 1)):
        content = (MNIST / f"train-{path.name.rpartition('-')[0]}-ubyte").read_bytes()
        with open(path, "wb") as file:
            file.write(content[:4] + struct.pack(">I", IMAGES * factor) + content[8:header])
            file.writelines(content[header : header + IMAGES * size] for _ in range(factor))


def measure(factor: int) -> dict[str, Run]:
    """What each stage costs for one set, which is removed."""
    # In a process of its own: one that is begun by a large one counts that one's memory as its own peak.
    subprocess.run([sys.executable, __file__, str(factor)], check=True)
    out = PLACE / str(factor)
    images = ["--images", out / "train"]
    soften = ("dk-soften", PLACE / "teacher", *images, "--temperatures", "20", "--output", out / "soft")
    runs = {"dk-ingest": stage("dk-ingest", *files(factor), "--output", out)}
    if factor == 1:
        stage("dk-teach", out / "train", "--hidden", "64", "--epochs", 1, "--output", PLACE / "teacher")
    runs["dk-soften"] = stage(*soften)
    runs["dk-soften, up to date"] = stage(*soften)
    runs["dk-distill, an epoch"] = stage(
        "dk-distill", out / "train", "--soft-targets", out / "soft/temperature=20", "--hidden", "64", "--epochs", 1,
        "--output", out / "student")  # fmt: skip
    runs["dk-evaluate"] = stage("dk-evaluate", out / "student", *images)
    shutil.rmtree(out)
    for path in files(factor):
        path.unlink()
    return runs


def main() -> None:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    try:
        found = [measure(factor) for factor in FACTORS]
    finally:
        shutil.rmtree(PLACE)
    for factor, runs in zip(FACTORS, found, strict=True):
        for name, run in runs.items():
            keep(stage=name, images=IMAGES * factor, seconds=f"{run.seconds:.3f}",
                 processor_seconds=f"{run.cpu_seconds:.3f}", megabytes=f"{run.megabytes:.1f}")
    heading = [""] + [f"{IMAGES * factor:,}" for factor in FACTORS]
    print(f"images, {THREADS} threads")
    for title, value in (
        ("seconds", lambda run, images: f"{run.seconds:.2f}"),
        ("µs of processor time an image", lambda run, images: f"{run.cpu_seconds / images * 1e6:.1f}"),
        ("peak memory, MB", lambda run, images: f"{run.megabytes:.0f}"),
    ):
        rows = [[title, *heading[1:]]]
        for name in found[0]:
            rows.append([name] + [value(runs[name], IMAGES * factor) for runs, factor in zip(found, FACTORS)])
        print()
        print(table(rows))


repeat(int(sys.argv[1])) if sys.argv[1:] else main()
