# The main job: teachers of all seeds side by side, soft targets by parts.

def run(stage, more=""):
    """The command of one stage of run.sh, of the seed of a rule."""
    return command("pipelines/run.sh", config["settings"], f"{OUTPUT}/seed={{wildcards.seed}}",
                   f"STAGE={stage} LAST={stage} {more}", SEED="seed")


rule ingest:
    input: done("fetch")
    output: touch(done("ingest-{seed}"))
    shell: run(1)

rule teach:
    input: done("ingest-{seed}")
    output: touch(done("teach-{seed}"))
    shell: run(2)

rule soften_part:
    input: done("teach-{seed}")
    output: touch(done("soften-{seed}-{part}"))
    shell: run(3, f"PART={{wildcards.part}}/{PARTS}")

rule soften:
    input: expand(done("soften-{{seed}}-{part}"), part=range(1, PARTS + 1))
    output: touch(done("soften-{seed}"))
    shell: run(3, "PART=finish")

rule baseline:
    input: done("ingest-{seed}")
    output: touch(done("baseline-{seed}"))
    shell: run(4)

rule distil:
    input: done("soften-{seed}")
    output: touch(done("distil-{seed}"))
    shell: run(5)

rule evaluate:
    input: done("teach-{seed}"), done("baseline-{seed}"), done("distil-{seed}")
    output: touch(done("evaluate-{seed}"))
    shell: run(6)
