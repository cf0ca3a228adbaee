"""Jobs, what they wait for, and which files prove them done. The jobs themselves are in jobs.py."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class GraphError(ValueError):
    """Settings of which no graph can be made."""


@dataclass(frozen=True)
class Job:
    """A command, with what has to be done before it.

    `kind` names its rule of Snakemake and its array of Slurm, `after` the jobs that it waits for. `makes` are the files and
    directories of its results, seen from the output of the graph, with * as in the shell; it is empty for a part of the
    results of another job, and for tables that are only printed. A job with `here` needs the network: it runs on the machine
    where the graph is started.
    """

    name: str
    kind: str
    command: str
    after: tuple[str, ...]
    makes: tuple[str, ...]
    here: bool

    @property
    def listing(self):
        """A command that lists the files of the results, run in the output of the graph; it fails if a result is missing."""
        if not self.makes:
            return ":"
        places = ("*".join(shlex.quote(part) if part else "" for part in place.split("*")) for place in self.makes)
        return f"find {' '.join(places)} -type f ! -path '*/.*'"


class Graph:
    """Jobs by their names, each behind those that it waits for."""

    def __init__(self, name, output, settings):
        self.name, self.output, self.settings = name, checked("output", output), settings
        self.jobs: dict[str, Job] = {}
        if not self.output:
            raise GraphError("output: expected a directory, found nothing")
        for setting in settings:
            if not re.fullmatch(r"[A-Za-z_]\w*", str(setting)):
                raise GraphError(f"settings: expected names such as TEACHER_EPOCHS, found '{setting}'")

    def add(self, kind, *which, script, after, makes=(), folder=None, here=False, **settings):
        """Adds the job of a script with settings of its own, None for those that are unset; returns its name."""
        # A comma in a name would end a value where Snakemake hands its jobs to Slurm.
        name = "-".join([kind, *which]).replace(",", "-")
        name = f"{folder}/{name}" if folder else name
        if not re.fullmatch(r"[\w./-]+", name, re.ASCII) or name in self.jobs:
            raise GraphError(f"{kind}: expected values that name a job of their own, found '{' '.join(which)}'")
        if missing := [other for other in after if other not in self.jobs]:
            raise GraphError(f"{name}: waits for {missing[0]}, which is not described before it")
        own = {key: value for key, value in settings.items() if value is not None}
        chosen = own | {key: value for key, value in self.settings.items() if key not in own}
        words = [f"{key}={shlex.quote(checked(key, value))}" for key, value in chosen.items()]
        self.jobs[name] = Job(name, kind, " ".join([*words, script]), tuple(after), tuple(makes), here)
        return name

    def fetch(self):
        """The built programs, and the images unless MNIST_DIR names some."""
        command = "root=$PWD; source pipelines/shared/data.sh; make_programs"
        return self.add("fetch", script=f"bash -euo pipefail -c {shlex.quote(command)}", after=[], here=True)

    def leaves(self):
        """The jobs that no other waits for."""
        awaited = {other for job in self.jobs.values() for other in job.after}
        return [name for name in self.jobs if name not in awaited]

    def kinds(self):
        """The jobs of each kind, in the order of the first of them."""
        found: dict[str, list[Job]] = {}
        for job in self.jobs.values():
            found.setdefault(job.kind, []).append(job)
        return found

    def arrays(self):
        """Each kind with the kinds that it waits for and its jobs; jobs that run here are done before any array starts."""
        done: list[str] = []
        for kind, jobs in self.kinds().items():
            others = union(self.jobs[other].kind for job in jobs for other in job.after if not self.jobs[other].here)
            if behind := [other for other in others if other not in done]:
                raise GraphError(f"{kind}: waits for {behind[0]}, which is an array behind it")
            done.append(kind)
            yield kind, others, jobs

    def marker(self, name):
        """The file that says that a job is done, and lists what it has made."""
        return f"{self.output}/.done/{name}"

    def lost(self):
        """Jobs that have a marker and yet must be done again, with the reason, None for parts, programs and tables."""
        behind: dict[str, list[str]] = {name: [] for name in self.jobs}
        found: dict[str, str | None] = {}
        # From the end, because a part is made again with its whole. Tables, which no job waits for, are printed each time.
        for job in reversed(list(self.jobs.values())):
            for other in job.after:
                behind[other].append(job.name)
            marker = Path(self.marker(job.name))
            if not marker.exists():
                continue
            if job.makes:
                places = [Path(self.output, line) for line in os.fsdecode(marker.read_bytes()).split("\n") if line]
                if gone := [place for place in places if not place.exists()]:
                    found[job.name] = f"{gone[0]} is missing"
                elif not places:
                    found[job.name] = "its marker does not list what it has made"
            elif not behind[job.name] or any(other in found for other in behind[job.name]):
                found[job.name] = None
        return found


def checked(name, value):
    """A value as text of one line."""
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)) or "\n" in str(value):
        raise GraphError(f"{name}: expected a word or number in one line, found {value!r}")
    return str(value)


def union(*lists):
    """Each value once, in the order of the first of its kind."""
    return list(dict.fromkeys(value for values in lists for value in values))


def ask(command, settings):
    """The lines that a script prints about itself, as lists of words."""
    environment = {**os.environ, **{name: checked(name, value) for name, value in settings.items()}}
    result = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", errors="surrogateescape")
    # The scripts print a list without the values that they could not read, and end with 0. Warnings are about locales.
    complaints = [line for line in result.stderr.splitlines() if line.strip() and "warning" not in line]
    if result.returncode != 0 or complaints:
        raise GraphError(f"{command[0]}: {complaints[0] if complaints else f'left with {result.returncode}'}")
    return [line.split() for line in result.stdout.splitlines()]
