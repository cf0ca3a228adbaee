"""What specialists add: panels.py DIRECTORY SEEDS, over the evaluations and logs that specialists.sh leaves there."""

import json
import statistics
import sys
from pathlib import Path

from table import table

work, seeds = Path(sys.argv[1]), sys.argv[2].split(",")


def evaluation(name, seed):
    return json.loads((work / name / "evaluation" / f"judged,seed={seed}.json").read_text())


def spread(values, digits=1):
    deviation = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{deviation}"


def training(path):
    """Images that were seen, and seconds on one core or two, as the log has them."""
    manifest = json.loads((path / "manifest.json").read_text())
    entries = [json.loads(line) for line in (path / "log.jsonl").read_text().splitlines()]
    images = manifest["counts"]["examples"]
    return images * len(entries), sum(images / entry["imagesPerSecond"] for entry in entries)


def gain(old, new):
    return 100 * (old - new) / old if old else 0.0


joint = [evaluation("joint", seed) for seed in seeds]
alone = [found["specialists"]["generalistErrors"] for found in joint]
rows = [["", f"errors of {joint[0]['examples']}", "% fewer than the generalist", "each seed"]]
for label, errors in [
    ("generalist", alone),
    ("with its specialists", [found["errors"] for found in joint]),
    ("ensemble of generalists", [evaluation("ensemble", seed)["errors"] for seed in seeds]),
    ("student of the generalist", [evaluation("students/from=generalist", seed)["errors"] for seed in seeds]),
    ("student of all together", [evaluation("students/from=joint", seed)["errors"] for seed in seeds]),
]:
    gains = spread([gain(*pair) for pair in zip(alone, errors)], 2)
    rows.append([label, spread(errors), gains, " ".join(map(str, errors))])
print(table(rows))

print()
counts = sorted({row["specialists"] for found in joint for row in found["specialists"]["coverage"]})
rows = [["specialists covering the class", "images", "generalist's errors", "errors", "% fewer"]]
for count in counts:
    own = [row for found in joint for row in found["specialists"]["coverage"] if row["specialists"] == count]
    sums = [sum(row[key] for row in own) for key in ("examples", "generalistErrors", "errors")]
    rows.append([str(count), *map(str, sums), f"{gain(*sums[1:]):.2f}"])
print(table(rows))

print()
rows = [["only special classes may be named", "images", "generalist's errors", "specialist's errors", "% fewer"]]
own = [row for found in joint for row in found["specialists"]["conditional"]]
sums = [sum(row[key] for row in own) for key in ("examples", "generalistErrors", "errors")]
rows.append([f"{len(own)} specialists", *map(str, sums), f"{gain(*sums[1:]):.2f}"])
print(table(rows))

print()
generalists = [training(work / "generalists" / f"seed={seed}") for seed in seeds]
specialists = [training(path) for seed in seeds for path in sorted(work.glob(f"specialists/set=*/seed={seed}"))]
rows = [["training", "images seen", "seconds"]]
for label, found in [("a generalist", generalists), ("a specialist", specialists)]:
    rows.append([label, f"{statistics.mean(images for images, _ in found):.0f}", spread([time for _, time in found])])
together = sum(images for images, _ in specialists) / len(seeds)
rows.append(["all specialists of one", f"{together:.0f}", ""])
print(table(rows))
