"""The work of sweep.sh, which says how it is used."""

import hashlib
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from table import table

BIN = Path(os.environ["DK_BIN"])


class Failure(Exception):
    """A line for the user, and an exit status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def usage(text):
    return Failure(64, f"{text}; see --help")


def pair(option, text):
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise usage(f"{option}: expected NAME=..., found '{text}'")
    return name, value


def seed_list(text):
    seeds = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise usage(f"--seeds: expected a list such as 0-4 or 1,3, found '{text}'")
        seeds += range(int(first), int(last or first) + 1)
    return list(dict.fromkeys(seeds))


class Children:
    """Programs that run for us, and are told when we are to end."""

    def __init__(self):
        self.lock, self.running, self.ended = threading.Lock(), set(), False

    def run(self, words):
        with self.lock:
            if self.ended:
                raise Failure(143, "ended")
            child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            self.running.add(child)
        error = child.communicate()[1].strip()
        with self.lock:
            self.running.remove(child)
        if child.returncode:
            raise Failure(child.returncode if child.returncode > 0 else 128 - child.returncode, error)
        if error:
            print(error, file=sys.stderr, flush=True)

    def end(self):
        """Each keeps what it has done, and a later sweep goes on from there."""
        with self.lock:
            self.ended = True
            for child in self.running:
                child.terminate()


class Sweep:
    """What is asked for."""

    def __init__(self, arguments):
        self.each, self.sets, self.seeds, self.children = {}, {}, [0], Children()
        self.output, self.csv, self.jobs = None, False, len(os.sched_getaffinity(0))
        if "--" not in arguments:
            raise usage("expected '-- PROGRAM ARGUMENTS', found none")
        cut = arguments.index("--")
        options, self.command = iter(arguments[:cut]), arguments[cut + 1 :]
        for option in options:
            if option == "--csv":
                self.csv = True
                continue
            if option not in ("--output", "--seeds", "--each", "--evaluate", "--jobs"):
                raise usage(f"unknown option '{option}'")
            value = next(options, None)
            if value is None:
                raise usage(f"{option}: expected a value, found none")
            self.take(option, value)
        if self.output is None:
            raise usage("--output: expected a directory, found none")
        if not self.command:
            raise usage("expected a program behind '--', found none")
        if not (BIN / self.command[0]).is_file():
            raise Failure(66, f"{BIN / self.command[0]}: no such program; run pipelines/build.sh")

    def take(self, option, value):
        if option == "--output":
            self.output = Path(value)
        elif option == "--seeds":
            self.seeds = seed_list(value)
        elif option == "--jobs":
            if not value.isdigit() or int(value) < 1:
                raise usage(f"--jobs: expected 1 or more, found '{value}'")
            self.jobs = int(value)
        elif option == "--evaluate":
            name, places = pair(option, value)
            self.sets[name] = places.split(",")
        else:
            name, values = pair(option, value)
            if "/" in values:
                raise usage(f"--each {name}: expected values that can name a directory, found '{values}'")
            self.each[name] = list(dict.fromkeys(values.split(":")))

    def runs(self):
        """Every combination of values, each with every seed."""
        for values in itertools.product(*self.each.values()):
            setting = dict(zip(self.each, values))
            for seed in self.seeds:
                yield Run(self, setting, seed)


class Run:
    """One net."""

    def __init__(self, sweep, setting, seed):
        self.sweep, self.setting, self.seed = sweep, setting, seed
        self.fields = {**setting, "seed": str(seed)}
        self.folder = sweep.output.joinpath(*(f"{name}={value}" for name, value in setting.items()))
        self.path = self.folder / f"seed={seed}"
        self.evaluations = {}

    def filled(self, text):
        """With the values in the places of their names."""
        for name, value in self.fields.items():
            text = text.replace("{" + name + "}", value)
        return text

    def command(self):
        words = [self.filled(word) for word in self.sweep.command]
        for name, value in self.fields.items():
            if not any("{" + name + "}" in word for word in self.sweep.command):
                words += [f"--{name}", value]
        threads = [] if "--threads" in words else ["--threads", "1"]
        return [str(BIN / words[0]), *words[1:], *threads, "--output", str(self.path)]

    def make(self):
        self.sweep.children.run([*self.command(), "--quiet"])
        for name, places in self.sweep.sets.items():
            self.evaluations[name] = self.evaluate(name, *map(self.filled, places))
        words = [f"{name} {value['errors']} errors of {value['examples']}" for name, value in self.evaluations.items()]
        print(f"sweep: {self.path}: " + (", ".join(words) or "done"), file=sys.stderr, flush=True)

    def evaluate(self, name, images, soft_targets=None):
        """The evaluation of the model as it is now, made once."""
        place = self.folder / "evaluation" / f"{name},seed={self.seed}.json"
        model, pictures = identity(self.path), identity(Path(images))
        teacher = soft_targets and identity(Path(soft_targets))
        if place.exists():
            old = json.loads(place.read_text())
            known = (old["models"], old["images"], old.get("fidelity", {}).get("softTargets"))
            if known == ([model], pictures, teacher):
                return old
        place.parent.mkdir(exist_ok=True)
        words = ["--soft-targets", soft_targets] if soft_targets else []
        self.sweep.children.run(
            [str(BIN / "dk-evaluate"), str(self.path), "--images", images, *words, "--output", str(place), "--threads", "1",
             "--quiet"])
        return json.loads(place.read_text())


def identity(directory):
    """As evaluations name a finished directory."""
    try:
        return hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()
    except OSError as error:
        raise Failure(66, f"{directory}: expected a finished directory, found none: {error.strerror}") from error


def spread(values):
    deviation = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{deviation}"


def means(sweep, runs):
    """Means and standard deviations over the seeds, a setting a line, each set a column."""
    heading = [*sweep.each, "seeds"]
    for name, places in sweep.sets.items():
        heading += [f"{name} errors"] + ([f"{name} agreement"] if len(places) > 1 else [])
    rows = [heading]
    for _, own in itertools.groupby(runs, lambda run: run.folder):
        own = list(own)
        row = [*own[0].setting.values(), str(len(own))]
        for name, places in sweep.sets.items():
            found = [run.evaluations[name] for run in own]
            row.append(f"{spread([value['errors'] for value in found])} of {found[0]['examples']}")
            if len(places) > 1:
                row.append(f"{statistics.mean(value['fidelity']['agreement'] for value in found):.2%}")
        rows.append(row)
    return table(rows)


def comma_separated(sweep, runs):
    def cell(value):
        text = str(value)
        return f'"{text}"' if "," in text else text

    judged = ["set", "errors", "examples", "nll", "ece", "agreement", "kl"] if sweep.sets else []
    lines = [[*sweep.each, "seed", *judged, "model"]]
    for run in runs:
        if not judged:
            lines.append([*run.setting.values(), run.seed, identity(run.path)])
        for name, found in run.evaluations.items():
            near = found.get("fidelity", {})
            lines.append(
                [*run.setting.values(), run.seed, name, found["errors"], found["examples"], found["negativeLogLikelihood"],
                 found["expectedCalibrationError"], near.get("agreement", ""), near.get("divergence", ""), *found["models"]])
    return "\n".join(",".join(map(cell, line)) for line in lines)


def main():
    sweep = Sweep(sys.argv[1:])
    runs = list(sweep.runs())
    with ThreadPoolExecutor(sweep.jobs) as pool:
        jobs = [pool.submit(run.make) for run in runs]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            sweep.children.end()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if sweep.sets or sweep.csv:
        print(comma_separated(sweep, runs) if sweep.csv else means(sweep, runs))


try:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
except Failure as failure:
    print(f"sweep: error: {failure}", file=sys.stderr)
    sys.exit(failure.status)
except KeyboardInterrupt:
    sys.exit(130)
