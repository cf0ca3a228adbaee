"""The paper's two claims about temperature, with 95 % intervals over the seeds: claims.py SWEEP SEED,....

A difference is that of two students of one teacher and seed, so that what a seed does to both is left out.
"""

import json
import statistics
import sys
from pathlib import Path

# Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom.
QUANTILES = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]


SEEDS = sys.argv[2].split(",")


def errors(sweep, hidden, temperature):
    folder = sweep / f"hidden={hidden}" / f"temperature={temperature}" / "evaluation"
    places = {seed: folder / f"test,seed={seed}.json" for seed in SEEDS}
    return {seed: json.loads(path.read_text())["errors"] for seed, path in places.items() if path.exists()}


def mean_errors(sweep, hidden, temperatures):
    """By seed, over some temperatures."""
    each = [errors(sweep, hidden, temperature) for temperature in temperatures]
    return {seed: statistics.mean(own[seed] for own in each) for seed in set.intersection(*map(set, each))}


def interval(first, second):
    differences = [first[seed] - second[seed] for seed in sorted(first.keys() & second.keys())]
    mean = statistics.mean(differences)
    if len(differences) < 2:
        return mean, float("inf")
    quantile = QUANTILES[min(len(differences) - 1, len(QUANTILES)) - 1]
    return mean, quantile * statistics.stdev(differences) / len(differences) ** 0.5


def row(text, first, second, holds):
    # Of fewer widths or temperatures less can be claimed.
    if not first.keys() & second.keys():
        return
    mean, half = interval(first, second)
    # Of one seed no interval is known, and so no verdict.
    verdict = "-" if half == float("inf") else "yes" if holds(mean, half) else "no"
    print(f"{text:<58} {mean:+7.1f} ± {half:.1f}  {verdict}")


def main():
    sweep = Path(sys.argv[1])
    print(f"{'errors, mean difference and 95 % interval':<58} {'':>7}     as the paper says")
    for hidden in ("300,300", "800,800"):
        for temperature in ("20", "40"):
            row(
                f"{hidden}: T={temperature} beside T=8, fairly similar", errors(sweep, hidden, temperature),
                errors(sweep, hidden, "8"), lambda mean, half: abs(mean) <= half)
    for name, others in (("lower", ("1", "2")), ("higher", ("8", "20", "40"))):
        row(
            f"30,30: T of 2.5 and 4 better than {name} ones", mean_errors(sweep, "30,30", ("2.5", "4")),
            mean_errors(sweep, "30,30", others), lambda mean, half: mean + half < 0)


main()
