"""Images per second of the training step, beside PyTorch and JAX."""

import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from measure import (
    ROUNDS,
    THREADS,
    WORK,
    Numbers,
    Run,
    in_turns,
    peer,
    prepare,
    ratio,
    run,
    say,
    spread,
    stage,
    table,
)

SECONDS = os.environ["SECONDS_EACH"]
EPOCHS = 8


def sgemm_peak() -> float:
    """GFLOP/s of numpy's dense product on all threads."""
    code = (
        "import numpy, time\n"
        "a, b = (numpy.random.rand(1536, 1536).astype('f') for _ in range(2))\n"
        "best = 0.0\n"
        "for _ in range(30):\n"
        "    start = time.perf_counter(); a @ b\n"
        "    best = max(best, 2 * 1536**3 / (time.perf_counter() - start) / 1e9)\n"
        "print(best)"
    )
    return float(run(sys.executable, "-c", code, environment={"OPENBLAS_NUM_THREADS": str(THREADS)}).output)


def multiply_adds(hidden: int) -> int:
    """Of a dense step for one example: forward, gradients of weights, derivatives by the hidden layers."""
    first, second, last = 784 * hidden, hidden * hidden, hidden * 10
    return 2 * first + 3 * second + 3 * last


def logged_rate(output: Path) -> float:
    """Images per second of all epochs in the logs below a directory, summed over the nets."""
    logs = [path.read_text().splitlines() for path in output.rglob("log.jsonl")]
    return sum(statistics.harmonic_mean(json.loads(line)["imagesPerSecond"] for line in log) for log in logs)


def ours(optimizer: str, scope: str | None, nets: int = 1) -> tuple[float, Run]:
    """Images per second of the first epochs of a real training, with dropout or (no scope) distilled.

    Of more than one net it is their sum.
    """
    output = WORK / "trained"
    shutil.rmtree(output, ignore_errors=True)
    settings = ["--epochs", EPOCHS, "--optimizer", optimizer, "--average-weights", 0, "--output", output]
    settings += ["--seeds", f"0-{nets - 1}"] if nets > 1 else []
    if scope:
        settings += ["--learning-rate", 0.03] if optimizer == "sgd" else []
        settings += ["--dropout", scope]
        trained = stage("dk-teach", WORK / "jittered/train", *settings)
    else:
        soft = ["--soft-targets", WORK / "soft/temperature=20"]
        trained = stage("dk-distill", WORK / "shards/train", *soft, *settings)
    return logged_rate(output), trained


def torch_setting(arguments: list[object]) -> list[object]:
    """The fastest of PyTorch's own optimisers and thread counts for a case, by a short trial."""
    best: tuple[float, list[object]] = (0, [])
    for implementation in ("fused", "foreach"):
        for threads in range(1, THREADS + 1):
            setting = ["--implementation", implementation, "--threads", threads]
            rate = peer("torch_step.py", *arguments, *setting, "--seconds", 2)["images_per_second"]
            best = max(best, (rate, setting), key=lambda pair: pair[0])
    return best[1]


def case(hidden: int, optimizer: str, memory: list[float], notes: list[str]) -> list[list[str]]:
    """The rows of one net and optimiser: the large net with dropout, the small one distilled."""
    dropout = hidden == 1200
    arguments: list[object] = [WORK / ("jittered/train" if dropout else "shards/train")]
    arguments += [] if dropout else ["--targets", WORK / "soft/temperature=20"]
    arguments += ["--hidden", hidden, "--optimizer", optimizer]
    setting = torch_setting(arguments)
    title = f"784-{hidden}-{hidden}-10 {optimizer}"
    notes.append(f"{title}: PyTorch {' '.join(map(str, setting)).replace('--', '')}")
    say(notes[-1])

    steals: Numbers = {}

    def rate(name: str, script: str, *more: object) -> Callable[[], float]:
        def measure() -> float:
            measured = peer(script, *arguments, *more, "--seconds", SECONDS)
            steals.setdefault(name, []).append(measured["steal"])
            return measured["images_per_second"]

        return measure

    def own_rate(name: str, scope: str | None, nets: int = 1) -> Callable[[], float]:
        def measure() -> float:
            images, trained = ours(optimizer, scope, nets)
            steals.setdefault(name, []).append(trained.steal)
            if nets == 1:
                memory.append(trained.megabytes)
            return images

        return measure

    scopes = {"ours": "example", "ours, dropout batch": "batch"} if dropout else {"ours": None}
    measures: dict[str, Callable[[], float]] = {"sgemm": sgemm_peak}
    for name, scope in scopes.items():
        measures[name] = own_rate(name, scope)
    pair = f"ours, {THREADS} nets at once"
    measures[pair] = own_rate(pair, "batch" if dropout else None, THREADS)
    measures["PyTorch eager"] = rate("PyTorch eager", "torch_step.py", *setting)
    measures["PyTorch compiled"] = rate("PyTorch compiled", "torch_step.py", *setting, "--compile")
    measures["JAX"] = rate("JAX", "jax_step.py")
    found = in_turns(title, measures, ROUNDS)
    peak = statistics.median(found.pop("sgemm"))
    rows = []
    for name, values in found.items():
        images = statistics.median(values)
        flops = 2 * multiply_adds(hidden) * images / 1e9
        faster = "" if name in scopes or name == pair else "; ".join(ratio(found[own], values) for own in scopes)
        steal = spread(steals[name], ".1%")
        rows.append(
            [title, name, f"{images:,.0f}", spread(values), steal, f"{flops:.0f}", f"{flops / peak:.0%}", faster]
        )
    return rows + [[title, "(sgemm)", "", "", "", f"{peak:.0f}", "100%", ""]]


def reading_cost() -> tuple[float, float]:
    """Microseconds of a core for an image: read (and put through a net without hidden layers), and trained on."""
    images = WORK / "jittered/train"
    read = stage("dk-evaluate", WORK / "linear", "--images", images, threads=1).cpu_seconds / (4 * 55_000)
    output = WORK / "trained"
    shutil.rmtree(output, ignore_errors=True)
    trained = stage("dk-teach", images, "--epochs", EPOCHS, "--output", output).cpu_seconds / (EPOCHS * 55_000)
    return 1e6 * read, 1e6 * trained


def main() -> None:
    prepare()
    memory: list[float] = []
    notes: list[str] = []
    columns = ["images/s", "spread", "steal", "GFLOP/s", "of sgemm", "ours is faster by"]
    rows = [["net, optimiser", "program", *columns]]
    for hidden in (1200, 800):
        for optimizer in ("sgd", "adam"):
            rows += case(hidden, optimizer, memory, notes)
    read, trained = reading_cost()
    table(rows)
    print(f"""
Medians of {ROUNDS} rounds, all programs in turns, on {THREADS} threads, batch 128. 1200: dropout, max-norm, jitter;
800: distilled at T=20. Ours: epochs 1 to {EPOCHS} of dk-teach and dk-distill, reading included; the first is the
slowest. GFLOP/s count the arithmetic of dense products, which ours
skips where a factor is zero; so ours can have more than sgemm's 100%. Where ours has two rates, the first ratio
is for masks by example, the second for masks by batch; the peers have masks by example. Nets at once are those
of --seeds, one a core, with masks by batch; their rate is the sum.
Steal: smallest to largest share of the cores' time, round by round, that the machine under a virtual one gave to
others; a round with much of it is slow for no fault of the program.
Peak memory of our trainings: {max(memory):.0f} MB. Reading an image costs at most {read:.1f} µs of a core, training
on it {trained:.0f} µs (teacher, Adam): {read / trained:.1%}.""")
    for note in notes:
        print(f"Fastest setting for {note}.")


if __name__ == "__main__":
    main()
