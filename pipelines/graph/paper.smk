# The paper's experiments: a job for each net or few nets, and at last the tables, of what is there by then.

PAPER = config["paper"]["output"]
VALUES = {name: values for name, *values in lists(["pipelines/paper/shared.sh", "lists"], config["paper"]["settings"])}


def made(name):
    return f"{PAPER}/.done/{name}"


def experiment(script, **values):
    """The command of a script, with lists of one value each in the place of all."""
    return command(f"pipelines/paper/{script}", config["paper"]["settings"], PAPER, "TABLES=0", **values)


def shared(what, part, **values):
    """The command of a part of what experiments share, or of the joining of all parts."""
    return f"PART={part} " + experiment(f"shared.sh {what}", **values)


rule data:
    input: done("fetch")
    output: touch(made("data"))
    shell: experiment("shared.sh data")

rule paper_baseline:
    input: made("data")
    output: touch(made("baseline-{seed}"))
    shell: experiment("baseline.sh", SEEDS="seed")

rule paper_teacher:
    input: made("data")
    output: touch(made("teacher-{seed}"))
    shell: experiment("teacher.sh", SEEDS="seed")

rule paper_soft_part:
    input: made("teacher-{seed}")
    output: touch(made("soft-{seed}-{part}"))
    shell: shared("soft", f"{{wildcards.part}}/{PARTS}", SEEDS="seed")

rule paper_soft:
    input: expand(made("soft-{{seed}}-{part}"), part=range(1, PARTS + 1))
    output: touch(made("soft-{seed}"))
    shell: shared("soft", "finish", SEEDS="seed")

rule student:
    input: made("soft-{seed}")
    output: touch(made("student-{seed}"))
    shell: experiment("student.sh", SEEDS="seed")

rule temperature:
    input: made("soft-{seed}")
    output: touch(made("temperature-{seed}-{width}-{temperature}"))
    shell: experiment("temperature.sh", FEW_SEEDS="seed", WIDTHS="width", TEMPERATURES="temperature")

rule omitted:
    input: made("soft-{seed}")
    output: touch(made("omitted-{seed}-{digit}"))
    shell: experiment("omitted.sh", FEW_SEEDS="seed", DIGITS="digit")

rule of_one_seed:
    input: made("soft-{seed}"), made("baseline-{seed}")
    output: touch(made("{script}-{seed}"))
    wildcard_constraints: script="sevens-and-eights|few|logits"
    shell: experiment("{wildcards.script}.sh", FEW_SEEDS="seed")

rule panel_soft_part:
    input: [made(f"teacher-{seed}") for seed in VALUES["ENSEMBLE"]]
    output: touch(made("{images}-part-{part}"))
    wildcard_constraints: images="ensemble|jittered"
    shell: shared("{wildcards.images}", f"{{wildcards.part}}/{PARTS}")

rule panel_soft:
    input: expand(made("{{images}}-part-{part}"), part=range(1, PARTS + 1))
    output: touch(made("{images}"))
    wildcard_constraints: images="ensemble|jittered"
    shell: shared("{wildcards.images}", "finish")

rule ensemble_student:
    input: made("ensemble")
    output: touch(made("ensemble-{seed}-{combine}"))
    wildcard_constraints: combine="arithmetic|geometric"
    shell: experiment("ensemble.sh", FEW_SEEDS="seed", COMBINE="combine")

rule beyond:
    input: made("jittered")
    output: touch(made("beyond-{seed}"))
    shell: experiment("beyond.sh", FEW_SEEDS="seed")

rule smaller:
    input: made("jittered")
    output: touch(made("smaller-{seed}-{width}"))
    shell: experiment("smaller.sh", FEW_SEEDS="seed", SMALLER="width")

rule paper:
    input:
        expand(made("{name}-{seed}"), name=["baseline", "student"], seed=VALUES["SEEDS"]),
        expand(made("{name}-{seed}"), name=["sevens-and-eights", "few", "logits", "beyond"], seed=VALUES["FEW_SEEDS"]),
        expand(made("temperature-{seed}-{width}-{temperature}"), seed=VALUES["FEW_SEEDS"], width=VALUES["WIDTHS"],
               temperature=VALUES["TEMPERATURES"]),
        expand(made("omitted-{seed}-{digit}"), seed=VALUES["FEW_SEEDS"], digit=VALUES["DIGITS"]),
        expand(made("ensemble-{seed}-{combine}"), seed=VALUES["FEW_SEEDS"], combine=VALUES["COMBINE"]),
        expand(made("smaller-{seed}-{width}"), seed=VALUES["FEW_SEEDS"], width=VALUES["SMALLER"])
    shell: command("pipelines/hinton2015.sh", config["paper"]["settings"], PAPER)
