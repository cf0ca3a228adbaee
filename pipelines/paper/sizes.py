"""Parameters, bytes and speed of the nets of a sweep over `hidden`: sizes.py BIN SWEEP IMAGES HIDDEN:... SEED,...."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from table import table

ROUNDS = 5


def seconds(words):
    begin = time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin


def main():
    programs, sweep, images, widths, seeds = sys.argv[1:]
    seeds = seeds.split(",")
    rows = [["hidden", "parameters", "bytes", "images/s", "errors"]]
    for hidden in widths.split(":"):
        folder = Path(sweep) / f"hidden={hidden}"
        model = folder / f"seed={seeds[0]}"
        manifest = json.loads((model / "manifest.json").read_text())
        found = [json.loads((folder / "evaluation" / f"test,seed={seed}.json").read_text()) for seed in seeds]
        # Whole processes, start and reading included.
        evaluate = [f"{programs}/dk-evaluate", str(model), "--images", images, "--threads", "1", "--quiet"]
        taken = statistics.median(seconds(evaluate) for _ in range(ROUNDS))
        rows.append([
            hidden, f"{manifest['counts']['parameters']:,}",
            f"{manifest['outputs'][0]['bytes']:,}", f"{found[0]['examples'] / taken:,.0f}",
            f"{statistics.mean(value['errors'] for value in found):.1f}",
        ])
    print(table(rows, align=">"))


main()
