"""The measurements of growth.sh."""

import shutil
import struct

from measure import MNIST, THREADS, WORK, Run, stage
from table import table

IMAGES = 40_960
FACTORS = (1, 10, 100)
PLACE = WORK / "growth"


def repeat(factor: int) -> list:
    """IDX files with the first images so many times over."""
    paths = []
    for name, header, size in (("images-idx3", 16, 784), ("labels-idx1", 8, 1)):
        content = (MNIST / f"train-{name}-ubyte").read_bytes()
        path = PLACE / f"{name}-{factor}"
        with open(path, "wb") as file:
            file.write(content[:4] + struct.pack(">I", IMAGES * factor) + content[8:header])
            for _ in range(factor):
                file.write(content[header : header + IMAGES * size])
        paths.append(path)
    return paths


def measure(factor: int) -> dict[str, Run]:
    """What each stage costs for one set, which is removed."""
    files = repeat(factor)
    out = PLACE / str(factor)
    images = ["--images", out / "train"]
    soften = ("dk-soften", PLACE / "teacher", *images, "--temperatures", "20", "--output", out / "soft")
    runs = {"dk-ingest": stage("dk-ingest", *files, "--output", out)}
    if factor == 1:
        stage("dk-teach", out / "train", "--hidden", "64", "--epochs", 1, "--output", PLACE / "teacher")
    runs["dk-soften"] = stage(*soften)
    runs["dk-soften, up to date"] = stage(*soften)
    runs["dk-distill, an epoch"] = stage(
        "dk-distill", out / "train", "--soft-targets", out / "soft/temperature=20", "--hidden", "64", "--epochs", 1,
        "--output", out / "student")  # fmt: skip
    runs["dk-evaluate"] = stage("dk-evaluate", out / "student", *images)
    shutil.rmtree(out)
    for path in files:
        path.unlink()
    return runs


def main() -> None:
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    try:
        found = [measure(factor) for factor in FACTORS]
    finally:
        shutil.rmtree(PLACE)
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


main()
