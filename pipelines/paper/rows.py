"""Rows of an experiment beside the paper's: rows.py DIRECTORY SEED,..., with `label | paper | target | what | where` on
stdin, and `| SEED,...` behind a row of other seeds.

`where` is a file of evaluations without `,seed=K.json`, below the directory. `what` is one of
    errors               of all test images
    errors of C          those of class C
    % errors             share of all
    % right of C         share of class C
    % of the gap         how far the second of three places gets from the errors of the first to those of the third
"""

import json
import statistics
import sys
from pathlib import Path

from table import table


def value(what, found):
    words = what.split()
    if words[-2:-1] == ["of"]:
        errors, examples = (found[name][int(words[-1])] for name in ("errorsPerClass", "examplesPerClass"))
    else:
        errors, examples = found["errors"], found["examples"]
    if "right" in words:
        return 100 * (1 - errors / examples)
    return 100 * errors / examples if "%" in words else errors


def holds(target, mean):
    if target == "-":
        return ""
    low, dots, high = target.partition("..")
    if dots:
        kept = float(low) <= mean <= float(high)
    else:
        kept = mean <= float(target[2:]) if target.startswith("<=") else mean >= float(target[2:])
    return "yes" if kept else "no"


def read(place, seeds):
    """The evaluations of an experiment, by seed."""
    files = sorted(
        path for path in place.parent.glob(f"{place.name},seed=*.json")
        if path.stem.rpartition("=")[2] in seeds)
    if not files:
        sys.exit(f"paper: error: {place}: expected evaluations, found none; run the experiment to its end")
    return [json.loads(path.read_text()) for path in files]


def values(what, places, seeds):
    """One a seed."""
    found = [read(place, seeds) for place in places]
    if what != "% of the gap":
        return [value(what, one) for one in found[0]]
    # Each seed has a gap of its own; where the third has fewer seeds, the rest is left out, and where there is no gap.
    return [
        100 * (low["errors"] - own["errors"]) / (low["errors"] - high["errors"]) for low, own, high in zip(*found)
        if low["errors"] != high["errors"]]


def main():
    directory, seeds = Path(sys.argv[1]), sys.argv[2]
    rows = [["", "ours", "seeds", "paper", "aim", "reached"]]
    for line in sys.stdin:
        if not line.strip():
            continue
        label, paper, target, what, where, *own = (word.strip() for word in line.split("|"))
        found = values(what, [directory / place for place in where.split()], (own or [seeds])[0].split(","))
        if not found:
            rows.append([label, "-", "0", paper, target, ""])
            continue
        mean = statistics.mean(found)
        digits = 2 if "%" in what else 1
        deviation = f" ± {statistics.stdev(found):.{digits}f}" if len(found) > 1 else ""
        rows.append([label, f"{mean:.{digits}f}{deviation}", str(len(found)), paper, target, holds(target, mean)])
    print(table(rows))


main()
