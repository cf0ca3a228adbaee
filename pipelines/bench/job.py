"""Seconds of the main job, pipelines/run.sh from stage 1 on, beside the same job in PyTorch."""

import os
import shutil
import statistics
import time

from measure import MNIST, THREADS, WORK, Numbers, keep, peer, ratio, run, say, table

JOB_ROUNDS = int(os.environ["JOB_ROUNDS"])


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    settings = {
        "TEACHER_EPOCHS": "60", "BASELINE_EPOCHS": "12", "STUDENT_EPOCHS": "30", "COPIES": "25",
        "INPUT_DROPOUT": "0.1", "HIDDEN_DROPOUT": "0.4",
    }  # fmt: skip
    settings = {name: os.environ.get(name, value) for name, value in settings.items()}
    seconds: Numbers = {"ours": [], "PyTorch": []}
    errors: dict[str, list[str]] = {"ours": [], "PyTorch": []}
    for number in range(JOB_ROUNDS):
        output = WORK / "job"
        shutil.rmtree(output, ignore_errors=True)
        environment = settings | {"STAGE": "1", "DK_OUTPUT": str(output.absolute())}
        done = run("pipelines/run.sh", environment=environment)
        seconds["ours"].append(done.seconds)
        errors["ours"].append(" ".join(line.split()[-3] for line in done.output.splitlines()[-3:]))
        say(f"round {number + 1}/{JOB_ROUNDS}, ours: {done.seconds:.0f} s, errors {errors['ours'][-1]}")
        flags = [
            word for name, value in settings.items() for word in (f"--{name.lower().replace('_', '-')}", value)
        ]
        start = time.perf_counter()
        found = peer("torch_job.py", MNIST, WORK / "job-torch", *flags, "--threads", THREADS)
        seconds["PyTorch"].append(time.perf_counter() - start)
        errors["PyTorch"].append(" ".join(map(str, found["errors"])))
        say(f"round {number + 1}/{JOB_ROUNDS}, PyTorch: {seconds['PyTorch'][-1]:.0f} s, {found}")
    for name, values in seconds.items():
        for number, (value, found) in enumerate(zip(values, errors[name], strict=True)):
            keep(program=name, round=number + 1, seconds=f"{value:.1f}", errors=found)
    rows = [["job", "program", "seconds", "test errors", "ours is faster by"]]
    for name, values in seconds.items():
        faster = "" if name == "ours" else ratio(values, seconds["ours"])
        rows.append(["main job", name, f"{statistics.median(values):.0f}", "; ".join(errors[name]), faster])
    table(rows)
    print(
        "\nErrors of the baseline, the teacher and the student, of 10,000. PyTorch eager with fused optimisers, in"
    )
    print(f"one process, everything in memory, on {THREADS} threads.")
    print(" ".join(f"{name}={value}" for name, value in settings.items()))


if __name__ == "__main__":
    main()
