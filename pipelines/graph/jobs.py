#!/usr/bin/env python3
"""Which job waits for which, described here and nowhere else: pipelines/Snakefile and pipelines/slurm/submit.sh read it.

    python3 pipelines/graph/jobs.py main|paper|specialists OUTPUT

prints the jobs of a graph, one a line: its array, the arrays that it waits for, and its command, with tabs between. Settings
are variables, as for the scripts: SEEDS (of main) and PARTS, in how many parts soft targets are made, are read here; FORM,
SETS and others by the scripts, which name the seeds and values of their experiments when they are asked for their `lists`.
"""

from __future__ import annotations

import os
import sys

from graph import Graph, GraphError, ask, union


def main(output, settings, seeds, parts):
    """The main job: the stages of run.sh, for each seed."""
    graph = Graph("main", output, settings)
    fetch = graph.fetch()
    seeds = seed_list(seeds)

    def stage(number, kind, seed, after, makes=(), share=None):
        place = f"seed={seed}"
        return graph.add(
            kind, seed, *numbered(share), after=after, makes=[f"{place}/{name}" for name in makes], script="pipelines/run.sh",
            DK_OUTPUT=f"{output}/{place}", SEED=seed, STAGE=number, LAST=number, PART=share)

    for seed in seeds:
        ingest = stage(1, "ingest", seed, [fetch], ["shards", "jittered"])
        teach = stage(2, "teach", seed, [ingest], ["teacher"])
        soften = [stage(3, "soften", seed, [teach], share=share) for share in shares(parts)]
        finish = stage(3, "finish", seed, soften, ["soft"], share="finish")
        baseline = stage(4, "baseline", seed, [ingest], ["baseline"])
        distil = stage(5, "distil", seed, [finish], ["student"])
        stage(6, "evaluate", seed, [teach, baseline, distil], ["evaluation", "summary.txt", "report.html"])
    return graph


def paper(output, settings, parts):
    """The experiments of hinton2015.sh: a job for each net or few nets, and at last the tables of all."""
    graph = Graph("paper", output, settings)
    fetch = graph.fetch()
    lists = {name: values for name, *values in ask(["pipelines/paper/shared.sh", "lists"], settings)}
    seeds, few_seeds, ensemble = (numbers(lists, name) for name in ("SEEDS", "FEW_SEEDS", "ENSEMBLE"))

    def job(kind, *which, script=None, **more):
        return graph.add(kind, *which, script=f"pipelines/paper/{script or kind + '.sh'}", DK_OUTPUT=output, TABLES=0, **more)

    def soft_targets(what, after, makes, *which, **more):
        made = [job(f"{what}-part", *which, *numbered(share), script=f"shared.sh {what}", after=after, PART=share, **more)
                for share in shares(parts)]
        return job(what, *which, script=f"shared.sh {what}", after=made, makes=makes, PART="finish", **more)

    data = job("data", script="shared.sh data", after=[fetch], makes=["shards", "jittered", "split"])
    baseline, teacher, soft = {}, {}, {}
    for seed in union(seeds, few_seeds):
        baseline[seed] = job("baseline", seed, after=[data], makes=net("baseline", seed), SEEDS=seed)
    for seed in union(seeds, few_seeds, ensemble):
        teacher[seed] = job("teacher", seed, after=[data], makes=net("teachers", seed), SEEDS=seed)
    for seed in union(seeds, few_seeds):
        soft[seed] = soft_targets("soft", [teacher[seed]], [f"soft/seed={seed}"], seed, SEEDS=seed)
    teachers = [teacher[seed] for seed in ensemble]
    panel = soft_targets("ensemble", teachers, ["ensemble-soft"])
    jittered = soft_targets("jittered", teachers, ["jittered-soft"])

    for seed in seeds:
        job("student", seed, after=[soft[seed]], makes=net("student", seed) + [f"soft-test/seed={seed}"], SEEDS=seed)
    for seed in few_seeds:
        after = [soft[seed]]
        for width in listed(lists, "WIDTHS"):
            for temperature in listed(lists, "TEMPERATURES"):
                job("temperature", seed, width, temperature, after=after,
                    makes=net(f"temperature/hidden={width}/temperature={temperature}", seed),
                    FEW_SEEDS=seed, WIDTHS=width, TEMPERATURES=temperature)
        for digit in listed(lists, "DIGITS"):
            job("omitted", seed, digit, after=after,
                makes=net(f"omitted/omit={digit}", seed) + net(f"corrected/digit={digit}", seed), FEW_SEEDS=seed, DIGITS=digit)
        job("sevens-and-eights", seed, after=after, makes=net("only", seed) + net("only-corrected", seed), FEW_SEEDS=seed)
        job("few", seed, after=[*after, baseline[seed]],
            makes=net("few-hard", seed) + net("few-stopped", seed) + net("few-soft", seed), FEW_SEEDS=seed)
        job("logits", seed, after=after, makes=net("limit/*", seed) + net("logits", seed), FEW_SEEDS=seed)
        for combine in listed(lists, "COMBINE"):
            job("ensemble-student", seed, combine, script="ensemble.sh", after=[panel],
                makes=net(f"ensemble-student/combine={combine}", seed), FEW_SEEDS=seed, COMBINE=combine)
        job("beyond", seed, after=[jittered], makes=net("beyond", seed), FEW_SEEDS=seed)
        for width in listed(lists, "SMALLER"):
            job("smaller", seed, width, after=[jittered], makes=net(f"smaller/hidden={width}", seed),
                FEW_SEEDS=seed, SMALLER=width)
    # similarity.sh trains no net: it is done here, of the nets that are there by then.
    graph.add("tables", script="pipelines/hinton2015.sh", after=graph.leaves(), DK_OUTPUT=output)
    return graph


def specialists(output, settings, sets=None):
    """The steps of specialists.sh, for each of some sets, by default for those that it names itself."""
    settings = {**settings, "SETS": words(sets)} if sets else settings
    graph = Graph("specialists", output, settings)
    fetch = graph.fetch()
    script = "pipelines/experiments/specialists.sh"
    lists = {(name, what): values for name, what, *values in ask([script, "lists"], settings)}

    def step(name, kind, *which, steps, after, makes=(), **more):
        return graph.add(kind, *which, folder=name, script=script, after=after, makes=[f"{name}/{place}" for place in makes],
                         DK_OUTPUT=output, STEPS=steps, SETS=name, **more)

    for name in union(name for name, _ in lists):
        images = step(name, "images", steps="make_images", after=[fetch], makes=["shards", "jittered"])
        members = numbers(lists, (name, "GENERALISTS"))
        generalist = {
            seed: step(name, "generalist", seed, steps="make_generalists", after=[images], makes=net("generalists", seed),
                       GENERALISTS=seed, SEEDS=seed)
            for seed in members}
        students = []
        # The others of the ensemble of seed 2 have the seeds 1002, 2002, ...
        for seed in [seed for seed in members if int(seed) < 1000]:
            ensemble = [generalist[other] for other in members if int(other) % 1000 == int(seed)]
            sets = step(name, "sets", seed, steps="make_sets", after=[generalist[seed]],
                        makes=[f"sets/seed={seed}", f"soft/from=generalist/seed={seed}"], SEEDS=seed)
            panel = [step(name, "specialist", seed, number, steps="make_specialists", after=[sets],
                          makes=[f"specialists/set={number}/seed={seed}"], SEEDS=seed, PANEL=number)
                     for number in numbers(lists, (name, "PANEL"))]
            joint = step(name, "joint", seed, steps="make_joint", after=[*panel, *ensemble],
                         makes=[f"joint/evaluation/*,seed={seed}.json", f"ensemble/evaluation/*,seed={seed}.json",
                                f"soft/from=joint/seed={seed}"], SEEDS=seed)
            students.append(step(name, "student", seed, steps="make_students", after=[joint],
                                 makes=net("students/from=*", seed), SEEDS=seed))
        # All steps, which return at once: the script keeps a record of what it has made or found itself.
        step(name, "table", steps=None, after=students)
    return graph


def shares(parts):
    """The parts of which soft targets are made, as the scripts name them: 1/4, 2/4, ..."""
    if not str(parts).isdecimal() or int(parts) < 1:
        raise GraphError(f"parts: expected 1 or more, found '{parts}'")
    return [f"{k}/{parts}" for k in range(1, int(parts) + 1)]


def numbered(share):
    """What tells a job from those of the other parts: nothing for the job that joins them."""
    return [share.split("/")[0]] if share and "/" in share else []


def net(place, seed):
    """A net of a sweep, with its evaluations."""
    return [f"{place}/seed={seed}", f"{place}/evaluation/*,seed={seed}.json"]


def listed(lists, name):
    """The values of a list that a script has named, of which there has to be one."""
    if not lists.get(name):
        raise GraphError(f"{name if isinstance(name, str) else ' '.join(name)}: expected one value or more, found none")
    return union(lists[name])


def numbers(lists, name):
    """The seeds of a list, or other numbers."""
    values = listed(lists, name)
    if wrong := [value for value in values if not value.isdecimal()]:
        raise GraphError(f"{name}: expected whole numbers, found '{wrong[0]}'")
    return values


def words(value):
    """A list of a configuration, or what stands there in its place, as the scripts take it."""
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def seed_list(text):
    """The seeds of a list such as 0-4 or 1,3, read as the scripts read theirs."""
    text = words(text)
    command = "source pipelines/shared/lists.sh; seeds_of \"$SEEDS\""
    try:
        lines = ask(["bash", "-euo", "pipefail", "-c", command], {"SEEDS": text})
    except GraphError:
        raise GraphError(f"SEEDS: expected a list such as 0-9 or 1,3, found '{text}'") from None
    return numbers({"SEEDS": [word for line in lines for word in line]}, "SEEDS")


def print_arrays(name, output):
    """What submit.sh reads."""
    parts = os.environ.get("PARTS") or 4
    if name == "main":
        graph = main(output, {}, os.environ.get("SEEDS") or 0, parts)
    else:
        graph = paper(output, {}, parts) if name == "paper" else specialists(output, {})
    # Paths may have bytes that are no text.
    sys.stdout.reconfigure(errors="surrogateescape")
    for kind, others, jobs in graph.arrays():
        for job in jobs:
            print(kind, "here" if job.here else ",".join(others) or "-", job.command, sep="\t")


def fail(message):
    print(f"jobs: error: {message}", file=sys.stderr)
    sys.exit(64)


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__.strip())
    elif len(sys.argv) != 3 or sys.argv[1] not in ("main", "paper", "specialists"):
        fail("usage: [SETTING=VALUE ...] jobs.py main|paper|specialists OUTPUT")
    else:
        try:
            print_arrays(*sys.argv[1:])
        except GraphError as error:
            fail(error)
