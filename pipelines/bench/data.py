"""Images per second of the data stages, beside numpy + zstandard + PyTorch and mosaicml-streaming."""

import shutil
import statistics
from collections.abc import Callable
from pathlib import Path

from measure import MNIST, ROUNDS, THREADS, WORK, in_turns, peer, prepare, ratio, spread, stage, table


def main() -> None:
    prepare()
    train = 55_000
    idx = [MNIST / "train-images-idx3-ubyte", MNIST / "train-labels-idx1-ubyte"]

    def fresh(name: str) -> Path:
        shutil.rmtree(WORK / name, ignore_errors=True)
        return WORK / name

    def ingest() -> float:
        settings = ["--validation", 5000, "--jitter", 2, "--copies", 4, "--output", fresh("written")]
        return 4 * train / stage("dk-ingest", *idx, *settings).seconds

    def soften() -> float:
        settings = ["--temperatures", "1,2,4,8,20", "--output", fresh("softened")]
        return train / stage("dk-soften", WORK / "teacher", "--images", WORK / "shards/train", *settings).seconds

    def read() -> float:
        return 4 * train / stage("dk-evaluate", WORK / "linear", "--images", WORK / "jittered/train").seconds

    def evaluate() -> float:
        return 4 * train / stage("dk-evaluate", WORK / "teacher", "--images", WORK / "jittered/train").seconds

    def python(*arguments: object) -> Callable[[], float]:
        return lambda: peer("data_peers.py", *arguments, "--threads", THREADS)["images_per_second"]

    mds = WORK / "mds"
    groups: dict[str, dict[str, Callable[[], float]]] = {
        "ingest, 4 jittered copies": {
            "ours": ingest,
            "numpy + zstandard": python("ingest", MNIST, "--output", WORK / "numpy"),
            "mosaicml-streaming": python("ingest-streaming", MNIST, "--output", mds),
        },
        "read shards": {
            "ours": read,
            "numpy + zstandard": python("read", WORK / "jittered/train"),
            "mosaicml-streaming": python("read-streaming", mds),
            "mosaicml-streaming, 2 workers": python("read-streaming", mds, "--workers", 2),
            "mosaicml-streaming, shuffled": python("read-streaming", mds, "--shuffle"),
        },
        "soften at 5 temperatures": {
            "ours": soften,
            "numpy + PyTorch + zstandard": python(
                "soften", WORK / "shards/train", "--model", WORK / "teacher/model.safetensors", "--output", WORK / "soft-numpy"),
        },
        "evaluate 784-1200-1200-10": {"ours": evaluate},
    }
    shares = {}
    rows = [["stage", "program", "images/s", "spread", "MB/s", "ours is faster by"]]
    for title, measures in groups.items():
        found = in_turns(title, measures, ROUNDS)
        shares[title.split()[0]] = statistics.median(found["ours"])
        for name, values in found.items():
            rate = statistics.median(values)
            ratios = "" if name == "ours" else ratio(found["ours"], values)
            rows.append([title, name, f"{rate:,.0f}", spread(values), f"{rate * 784 / 1e6:.0f}", ratios])
    table(rows)
    print(
        f"\nMedians of {ROUNDS} rounds, all programs in turns, on {THREADS} threads. MB of pixels. Ours are whole"
    )
    print(
        "processes from start to end; of the peers, start and imports are not counted. Reading is dk-evaluate with"
    )
    print("a net without hidden layers: digests, decompression, and 10 sums for each image, which the peers skip.")
    for name in ("soften", "evaluate"):
        print(f"Of the time of dk-{name}, {1 - shares[name] / shares['read']:.0%} is not reading.")


if __name__ == "__main__":
    main()
