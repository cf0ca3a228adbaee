"""The trainings of grid.sh: grid.py DIRECTORY MNIST FASHION RUNS writes a table to stdout, and a line
for each net to the file RUNS."""

import gzip
import hashlib
import json
import random
import struct
import subprocess
import sys
from pathlib import Path

SHAPES = ["30", "2000", "100,100", "300,300", "800,800", "30,30,30", "100,100,100,100", "300,300,300,300"]
TEMPERATURES = [1, 4, 20, 100]
OPTIMIZERS = ["sgd", "adam"]
SEEDS = "0-1"
EPOCHS = 3
EXAMPLES, VALIDATION, CLASSES = 10_000, 1_000, 10
BIN = Path(".build/release")


def idx(path):
    data = path.read_bytes() if path.exists() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    return data[4 + 4 * data[3] :]


def write(directory, name, images, shape, labels):
    (directory / f"{name}-images").write_bytes(
        bytes([0, 0, 8, 1 + len(shape)]) + struct.pack(f">{1 + len(shape)}I", len(labels), *shape) + images
    )
    (directory / f"{name}-labels").write_bytes(bytes([0, 0, 8, 1]) + struct.pack(">I", len(labels)) + labels)


def make_sets(directory, mnist, fashion):
    count = EXAMPLES + VALIDATION
    digits, labels = (idx(mnist / f"train-{name}-ubyte")[: count * size] for name, size in
                      [("images-idx3", 784), ("labels-idx1", 1)])
    write(directory, "mnist", digits, (28, 28), labels)
    write(directory, "dark", bytes(255 - pixel for pixel in digits), (28, 28), labels)
    clothes, kinds = (idx(fashion / f"train-{name}-ubyte")[: count * size] for name, size in
                      [("images-idx3", 784), ("labels-idx1", 1)])
    write(directory, "fashion", clothes, (28, 28), kinds)
    # Every pixel is noise around 128; a class lifts 64 of them, its own, by 24.
    generator = random.Random(1503)
    inputs = 32 * 32 * 3
    signals = [generator.sample(range(inputs), 64) for _ in range(CLASSES)]
    noise = bytearray()
    kinds = bytes(generator.randrange(CLASSES) for _ in range(count))
    for kind in kinds:
        image = bytearray(generator.randbytes(inputs))
        for pixel in range(inputs):
            image[pixel] = 64 + image[pixel] // 2
        for pixel in signals[kind]:
            image[pixel] += 24
        noise += image
    header = json.dumps({
        "images": {"dtype": "U8", "shape": [count, 32, 32, 3], "data_offsets": [0, count * inputs]},
        "labels": {"dtype": "U8", "shape": [count], "data_offsets": [count * inputs, count * (inputs + 1)]},
    }).encode()
    header += b" " * (-len(header) % 8)
    (directory / "noise.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + noise + kinds)
    pairs = {name: [directory / f"{name}-images", directory / f"{name}-labels"] for name in ("mnist", "dark", "fashion")}
    return pairs | {"noise": [directory / "noise.safetensors"]}


def run(program, *arguments):
    return subprocess.run([BIN / program, *map(str, arguments), "--quiet"], check=False, capture_output=True, text=True)


def need(program, *arguments):
    process = run(program, *arguments)
    if process.returncode:
        sys.exit(f"grid: {process.stderr}")


class Grid:
    """Trains the cells of a table, and counts."""

    def __init__(self, directory, runs):
        self.directory, self.runs = directory, runs
        runs.write_text("path,seed,set,errors,examples,model\n")
        self.trainings = self.failures = self.again = self.worst = 0

    def cell(self, name, program, *arguments):
        """Mean errors of the seeds, as text."""
        shards = self.directory / f"{name}-shards"
        process = run(program, shards / "train", *arguments, "--epochs", EPOCHS, "--seeds", SEEDS,
                      "--validation", shards / "validation", "--json")
        self.again += process.stderr.count("begins again")
        if process.returncode:
            self.failures += 1
            print(process.stderr, file=sys.stderr)
            return "FAILED"
        errors = [net["validationErrors"] for net in json.loads(process.stdout)["results"]]
        self.keep(Path(arguments[-1]), errors)
        self.trainings += len(errors)
        self.worst = max(self.worst, *errors)
        return f"{sum(errors) / len(errors):.1f}"

    def keep(self, nets, errors):
        """A line for each seed."""
        with self.runs.open("a") as file:
            for path, found in zip(sorted(nets.glob("seed=*")), errors, strict=True):
                model = hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()
                place = path.parent.relative_to(self.directory)
                print(f'"{place}",{path.name[5:]},validation,{found},{VALIDATION},{model}', file=file)

    def targets(self, name, words):
        """The options for hard targets, T=..., or logits."""
        if words == "hard":
            return []
        soft = self.directory / f"{name}-soft"
        if words == "logits":
            return ["--soft-targets", soft / "logits", "--loss", "logits"]
        return ["--soft-targets", soft / f"temperature={words[2:]}"]


def line(heads, cells):
    print("".join(f"{head:9}" for head in heads) + "".join(f"{cell:>17}" for cell in cells), flush=True)


def main():
    directory, mnist, fashion, runs = map(Path, sys.argv[1:])
    grid = Grid(directory, runs)
    print(f"validation errors of {VALIDATION}, mean of seeds {SEEDS}, {EPOCHS} epochs of {EXAMPLES} images, "
          f"{CLASSES} classes")
    line(["set", "targets", "by"], SHAPES)
    for name, files in make_sets(directory, mnist, fashion).items():
        shards, teacher = directory / f"{name}-shards", directory / f"{name}-teacher"
        need("dk-ingest", *files, "--validation", VALIDATION, "--output", shards)
        need("dk-teach", shards / "train", "--hidden", "400,400", "--epochs", 10, "--output", teacher)
        need("dk-soften", teacher, "--images", shards / "train", "--temperatures",
             ",".join(map(str, TEMPERATURES)), "--output", directory / f"{name}-soft")
        for targets in ["hard"] + [f"T={temperature}" for temperature in TEMPERATURES]:
            for optimizer in OPTIMIZERS:
                line([name, targets, optimizer], [
                    grid.cell(name, "dk-distill", *grid.targets(name, targets), "--hidden", shape, "--optimizer",
                              optimizer, "--output", directory / "nets" / name / targets / optimizer / shape)
                    for shape in SHAPES])
    print("\nMNIST, other settings")
    shapes = ["none", "800,800", "100,100,100,100"]
    line(["batch", "targets", "by"], shapes)
    for batch in [16, 32, 512, 1024]:
        for targets in ["hard", "T=20", "logits"]:
            for optimizer in OPTIMIZERS:
                line([str(batch), targets, optimizer], [
                    grid.cell("mnist", "dk-distill", *grid.targets("mnist", targets), "--batch-size", batch,
                              "--hidden", shape, "--optimizer", optimizer,
                              "--output", directory / "batches" / str(batch) / targets / optimizer / shape)
                    for shape in shapes])
    for optimizer in OPTIMIZERS:
        line(["teachers", "hard", optimizer], [
            grid.cell("mnist", "dk-teach", "--hidden", shape, "--optimizer", optimizer,
                      "--output", directory / "teachers" / optimizer / shape)
            for shape in shapes + ["300,300,300,300"]])
    print(f"\n{grid.trainings} trainings, {grid.failures} commands failed, {grid.again} trainings began again at half "
          f"the rate, most errors {grid.worst}")


main()
