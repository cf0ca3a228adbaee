"""Images per second of the training step, beside PyTorch, on images whose pixels are not zero."""

import random
import shutil
import statistics
from pathlib import Path

from files import idx
from measure import MNIST, ROUNDS, THREADS, WORK, in_turns, peer, ratio, spread, stage, table
from training import SECONDS, logged_rate, torch_setting

EPOCHS = 3


def make_sets() -> dict[str, Path]:
    """Dark digits on white, and the same pixels with noise: no two are alike, and none shows a background."""
    WORK.mkdir(parents=True, exist_ok=True)
    images, labels = ((MNIST / f"train-{name}-ubyte").read_bytes() for name in ("images-idx3", "labels-idx1"))
    rows = idx(MNIST / "train-images-idx3-ubyte")[:20_000]
    generator = random.Random(1503)
    noise = generator.randbytes(rows.size)
    sets = {
        "dark on white": bytes(255 - pixel for pixel in rows.tobytes()),
        "noisy": bytes(1 + pixel // 2 + other // 2 for pixel, other in zip(rows.tobytes(), noise, strict=True)),
    }
    for name, pixels in sets.items():
        path = WORK / f"dense-{name.split()[0]}"
        header = images[:4] + len(rows).to_bytes(4, "big") + images[8:16]
        path.with_suffix(".images").write_bytes(header + pixels)
        path.with_suffix(".labels").write_bytes(labels[:4] + header[4:8] + labels[8 : 8 + len(rows)])
        stage("dk-ingest", path.with_suffix(".images"), path.with_suffix(".labels"), "--output", path)
        stage("dk-teach", path / "train", "--epochs", 1, "--output", path / "teacher")
        stage("dk-soften", path / "teacher", "--images", path / "train", "--temperatures", 20, "--output", path / "soft")
    return {name: WORK / f"dense-{name.split()[0]}" for name in sets}


def case(name: str, path: Path, hidden: int, optimizer: str) -> list[str]:
    """The row of one set, net and optimiser: the large net with dropout, the small one distilled."""
    dropout = hidden == 1200
    arguments: list[object] = [path / "train", "--hidden", hidden, "--optimizer", optimizer]
    arguments += [] if dropout else ["--targets", path / "soft/temperature=20"]
    setting = torch_setting(arguments)

    def ours() -> float:
        output = WORK / "trained"
        shutil.rmtree(output, ignore_errors=True)
        settings = ["--epochs", EPOCHS, "--optimizer", optimizer, "--average-weights", 0, "--output", output]
        if dropout:
            stage("dk-teach", path / "train", *settings)
        else:
            stage("dk-distill", path / "train", "--soft-targets", path / "soft/temperature=20", *settings)
        return logged_rate(output)

    def theirs() -> float:
        return peer("torch_step.py", *arguments, *setting, "--seconds", SECONDS)["images_per_second"]

    found = in_turns(f"{name}, {hidden}, {optimizer}", {"ours": ours, "PyTorch eager": theirs}, ROUNDS)
    rates = [f"{statistics.median(values):,.0f} ({spread(values)})" for values in found.values()]
    return [name, f"784-{hidden}-{hidden}-10 {optimizer}", *rates, ratio(found["ours"], found["PyTorch eager"])]


def main() -> None:
    rows = [["set", "net, optimiser", "ours, images/s", "PyTorch eager", "ours is faster by"]]
    for name, path in make_sets().items():
        for hidden in (1200, 800):
            for optimizer in ("sgd", "adam"):
                rows.append(case(name, path, hidden, optimizer))
    table(rows)
    print(f"""
Medians of {ROUNDS} rounds, in turns, on {THREADS} threads, batch 128, 20,000 images. 1200: dropout, by batch in ours and by
example in PyTorch, and max-norm; 800: distilled at T=20. Ours: epochs 1 to {EPOCHS} of dk-teach and dk-distill,
reading included. PyTorch by the fastest of its optimisers and thread counts.""")


if __name__ == "__main__":
    main()
