# The experiments with specialists: generalists side by side, then each one's specialists, then their students.

PANELS = config["specialists"]["output"]
SETS = config["specialists"]["sets"]


def specialist_lists():
    """Of each set the generalists of all ensembles, and the numbers of the specialists."""
    settings = config["specialists"]["settings"]
    found = lists(["pipelines/specialists.sh", "lists"], settings | {"SETS": " ".join(SETS)})
    return {(name, what): values for name, what, *values in found}


PANEL_VALUES = specialist_lists()
PANEL_SEEDS = [seed for seed in PANEL_VALUES[SETS[0], "GENERALISTS"] if int(seed) < 1000]


def panel_made(name):
    return f"{PANELS}/.done/{name}"


def step(name, **values):
    """The command of a step of specialists.sh, of the set and seed of a rule."""
    return command("pipelines/specialists.sh", config["specialists"]["settings"], PANELS, f"STEPS={name}", SETS="set",
                   **values)


rule panel_images:
    input: done("fetch")
    output: touch(panel_made("{set}/images"))
    shell: step("make_images")

rule generalist:
    input: panel_made("{set}/images")
    output: touch(panel_made("{set}/generalist-{seed}"))
    shell: step("make_generalists", GENERALISTS="seed", SEEDS="seed")

rule sets:
    input: panel_made("{set}/generalist-{seed}")
    output: touch(panel_made("{set}/sets-{seed}"))
    shell: step("make_sets", SEEDS="seed")

rule specialist:
    input: panel_made("{set}/sets-{seed}")
    output: touch(panel_made("{set}/specialist-{seed}-{number}"))
    shell: step("make_specialists", SEEDS="seed", PANEL="number")

rule joint:
    input:
        lambda wildcards: [panel_made(f"{wildcards.set}/specialist-{wildcards.seed}-{number}")
                           for number in PANEL_VALUES[wildcards.set, "PANEL"]],
        lambda wildcards: [panel_made(f"{wildcards.set}/generalist-{seed}")
                           for seed in PANEL_VALUES[wildcards.set, "GENERALISTS"]
                           if int(seed) % 1000 == int(wildcards.seed)]
    output: touch(panel_made("{set}/joint-{seed}"))
    shell: step("make_joint", SEEDS="seed")

rule panel_student:
    input: panel_made("{set}/joint-{seed}")
    output: touch(panel_made("{set}/student-{seed}"))
    shell: step("make_students", SEEDS="seed")

rule panel_table:
    input: lambda wildcards: [panel_made(f"{wildcards.set}/student-{seed}") for seed in PANEL_SEEDS]
    output: touch(panel_made("{set}/table"))
    shell: step("make_table")

rule specialists:
    input: [panel_made(f"{name}/table") for name in SETS]
