"""What all measurements share: running programs in turns, and one table."""

import csv
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = int(os.environ["ROUNDS"])
THREADS = int(os.environ["THREADS"])
MNIST = Path(os.environ.get("MNIST_DIR", ".cache/mnist"))
BIN = Path(".build/release")
WORK = Path(".cache/bench/speed")
BENCH = Path("pipelines/bench")
# A line for each measurement, kept with the table.
RUNS = Path(os.environ["RUNS"])

Numbers = dict[str, list[float]]


@dataclass
class Run:
    """What a process printed and cost."""

    output: str
    seconds: float
    cpu_seconds: float
    megabytes: float
    # Share of all cores' time that the machine under this virtual one gave to others meanwhile.
    steal: float


def core_time() -> tuple[int, int]:
    """Ticks of all cores since the start of the machine, and those of them that were stolen; zeros where unknown."""
    try:
        # user, nice, system, idle, iowait, irq, softirq, steal; what follows is in the first ones already.
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return 0, 0
    return sum(ticks), ticks[7]


def run(*command: object, environment: dict[str, str] | None = None) -> Run:
    """Runs a command to its end."""
    words = [str(word) for word in command]
    ticks, stolen = core_time()
    start = time.perf_counter()
    with open(WORK / "errors.txt", "wb") as errors:
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=errors, env=os.environ | (environment or {})
        )
        output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"speed: error: {' '.join(words)}: status {status}; see {WORK / 'errors.txt'}")
    seconds = time.perf_counter() - start
    end_ticks, end_stolen = core_time()
    steal = (end_stolen - stolen) / max(1, end_ticks - ticks)
    return Run(output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, steal)


def keep(**values: object) -> None:
    """Adds a line to the measurements, each of which has the same names."""
    new = not RUNS.exists()
    with RUNS.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(values.keys())
        writer.writerow(values.values())


def say(text: str) -> None:
    """Progress, beside the table on stdout."""
    print(f"speed: {text}", file=sys.stderr, flush=True)


def peer(script: str, *arguments: object) -> dict:
    """What a peer's process measured, with the steal time beside it."""
    measured = run(sys.executable, BENCH / script, *arguments)
    return json.loads(measured.output.splitlines()[-1]) | {"steal": measured.steal}


def stage(name: str, *arguments: object, threads: int = THREADS) -> Run:
    """Runs one of our programs."""
    return run(BIN / name, *arguments, "--quiet", "--threads", threads)


def prepare() -> None:
    """Shards, soft targets and the nets that the parts need; done once."""
    WORK.mkdir(parents=True, exist_ok=True)
    idx = [MNIST / "train-images-idx3-ubyte", MNIST / "train-labels-idx1-ubyte"]
    stage("dk-ingest", *idx, "--validation", 5000, "--output", WORK / "shards")
    stage("dk-ingest", *idx, "--validation", 5000, "--jitter", 2, "--copies", 4, "--output", WORK / "jittered")
    stage("dk-teach", WORK / "jittered/train", "--epochs", 2, "--output", WORK / "teacher")
    stage("dk-teach", WORK / "shards/train", "--hidden", "none", "--epochs", 1, "--output", WORK / "linear")
    stage("dk-soften", WORK / "teacher", "--images", WORK / "shards/train", "--temperatures", 20,
          "--output", WORK / "soft")  # fmt: skip


def in_turns(group: str, measures: dict[str, Callable[[], float]], rounds: int) -> Numbers:
    """Calls each measure once a round, the first one later each round, none with another's data left to write."""
    found: Numbers = {name: [] for name in measures}
    names = list(measures)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            os.sync()
            found[name].append(measures[name]())
            keep(group=group, program=name, round=number + 1, rate=f"{found[name][-1]:.0f}")
            say(f"round {number + 1}/{rounds}, {name}: {found[name][-1]:,.0f}")
    return found


def spread(values: list[float], form: str = ",.0f") -> str:
    """Smallest to largest."""
    return f"{min(values):{form}}-{max(values):{form}}"


def ratio(ours: list[float], theirs: list[float]) -> str:
    """Ours to theirs, round by round: median and spread."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({spread(ratios, '.2f')})"


def table(rows: list[list[str]]) -> None:
    """Prints columns of equal width; all but the first two are numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
