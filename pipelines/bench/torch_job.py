"""The main job in PyTorch: what pipelines/run.sh does from stage 1 on, with the same settings, in one process."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
from torch import nn
from torch.nn import functional as F

from files import idx, report

VALIDATION = 5000
BATCH = 128


@dataclass
class Split:
    """Images [n, 28, 28] and labels [n]."""

    images: torch.Tensor
    labels: torch.Tensor


def load(mnist: Path, name: str) -> Split:
    """One of MNIST's two sets."""
    images = torch.from_numpy(idx(mnist / f"{name}-images-idx3-ubyte").copy())
    return Split(images, torch.from_numpy(idx(mnist / f"{name}-labels-idx1-ubyte").astype(np.int64)))


def jittered(images: torch.Tensor, pixels: int) -> torch.Tensor:
    """A copy in which each image is shifted by up to `pixels`."""
    padded = F.pad(images, (pixels,) * 4)
    shifts = torch.randint(0, 2 * pixels + 1, (len(images), 2))
    result = torch.empty_like(images)
    for dy in range(2 * pixels + 1):
        for dx in range(2 * pixels + 1):
            chosen = (shifts == torch.tensor([dy, dx])).all(1)
            result[chosen] = padded[chosen, dy : dy + 28, dx : dx + 28]
    return result


def net(hidden: list[int], inputs: float = 0, units: float = 0) -> nn.Sequential:
    """A perceptron with dropout shares for inputs and hidden units."""
    layers: list[nn.Module] = [nn.Dropout(inputs)] if inputs else []
    for before, after in zip([784, *hidden[:-1]], hidden, strict=True):
        layers += [nn.Linear(before, after), nn.ReLU()] + ([nn.Dropout(units)] if units else [])
    return nn.Sequential(*layers, nn.Linear(hidden[-1], 10))


def pixels(images: torch.Tensor) -> torch.Tensor:
    """As a net takes them."""
    return images.flatten(1).float() * (1 / 255)


@torch.inference_mode()
def logits(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Of all images."""
    model.eval()
    result = torch.cat([model(pixels(part)) for part in images.split(1000)])
    model.train()
    return result


def errors(model: nn.Module, split: Split) -> int:
    """Wrong answers."""
    return int((logits(model, split.images).argmax(1) != split.labels).sum())


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    copies: list[torch.Tensor],
    targets: torch.Tensor,
    loss,
    epochs: int,
    validation: Split,
    max_norm: float = 0,
    average: float = 0,
) -> nn.Module:
    """Cosine schedule after one epoch of warm-up; returns the model or the average of its weights."""
    steps = len(targets) // BATCH
    total, warm_up = steps * epochs, steps
    peak = optimizer.param_groups[0]["lr"]
    averaged = (
        torch.optim.swa_utils.AveragedModel(
            model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(average)
        )
        if average
        else None
    )
    hidden = [layer for layer in model if isinstance(layer, nn.Linear)][:-1]
    number = 0
    for epoch in range(epochs):
        images = copies[epoch % len(copies)]
        for rows in torch.randperm(len(targets))[: steps * BATCH].split(BATCH):
            share = (number - warm_up) / max(1, total - warm_up)
            rate = peak * (number / warm_up if number < warm_up else 0.5 * (1 + np.cos(np.pi * share)))
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            loss(model(pixels(images[rows])), targets[rows]).backward()
            optimizer.step()
            if max_norm:
                with torch.no_grad():
                    for layer in hidden:
                        norms = torch.linalg.vector_norm(layer.weight, dim=1, keepdim=True)
                        layer.weight.mul_((max_norm / norms).clamp_(max=1))
            # As ours: every eighth step, which costs less.
            if averaged is not None and number % 8 == 0:
                averaged.update_parameters(model)
            number += 1
        errors(averaged or model, validation)
    return averaged.module if averaged else model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("mnist", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    for name, default in (("teacher-epochs", 60), ("baseline-epochs", 12), ("student-epochs", 30), ("copies", 25)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--input-dropout", type=float, required=True)
    parser.add_argument("--hidden-dropout", type=float, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    options.output.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name] = time.perf_counter() - clock
        clock = time.perf_counter()

    train_set, test = load(options.mnist, "train"), load(options.mnist, "t10k")
    order = torch.randperm(len(train_set.images))
    held, kept = order[:VALIDATION], order[VALIDATION:]
    validation = Split(train_set.images[held], train_set.labels[held])
    images, labels = train_set.images[kept], train_set.labels[kept]
    copies = [jittered(images, 2) for _ in range(options.copies)]
    lap("ingest")
    teacher = net([1200, 1200], options.input_dropout, options.hidden_dropout)
    adam = torch.optim.Adam(teacher.parameters(), 1e-3, fused=True)
    teacher = train(
        teacher, adam, copies, labels, F.cross_entropy, options.teacher_epochs, validation, 2, 0.999**8
    )
    lap("teach")
    teacher_logits = logits(teacher, images)
    for temperature in (1, 2, 4, 8, 20):
        soft = torch.softmax(teacher_logits / temperature, 1)
        safetensors.numpy.save_file({"soft_targets": soft.numpy()}, options.output / f"{temperature}.safetensors")
    lap("soften")
    baseline = net([800, 800])
    sgd = torch.optim.SGD(baseline.parameters(), 0.1, momentum=0.9, fused=True)
    baseline = train(baseline, sgd, [images], labels, F.cross_entropy, options.baseline_epochs, validation)
    lap("baseline")

    def divergence(values: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return 400 * F.kl_div(F.log_softmax(values / 20, 1), target, reduction="batchmean")

    student = net([800, 800])
    sgd = torch.optim.SGD(student.parameters(), 0.1, momentum=0.9, fused=True)
    student = train(student, sgd, [images], soft, divergence, options.student_epochs, validation)
    lap("distil")
    found = [errors(model, test) for model in (baseline, teacher, student)]
    lap("evaluate")
    report(seconds=seconds, errors=found)


if __name__ == "__main__":
    main()
