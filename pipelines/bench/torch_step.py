"""PyTorch's training step of one net, timed: eager or compiled."""

import argparse
import resource
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from files import report, shards


def net(hidden: int, dropout: bool) -> nn.Sequential:
    """784-hidden-hidden-10; dropout as in our teacher's long training."""
    layers: list[nn.Module] = [nn.Dropout(0.1)] if dropout else []
    for inputs in (784, hidden):
        layers += [nn.Linear(inputs, hidden), nn.ReLU()]
        layers += [nn.Dropout(0.4)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(hidden, 10))


def limit_norms(layers: list[nn.Linear], limit: float) -> None:
    """Scales the incoming weights of each hidden unit down to the norm `limit`."""
    with torch.no_grad():
        for layer in layers:
            norms = torch.linalg.vector_norm(layer.weight, dim=1, keepdim=True)
            layer.weight.mul_((limit / norms).clamp_(max=1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path)
    parser.add_argument("--targets", type=Path, help="soft targets at T=20; else hard targets and dropout")
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--optimizer", choices=["sgd", "adam"], required=True)
    parser.add_argument("--implementation", choices=["fused", "foreach"], default="fused")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    images = torch.from_numpy(shards(options.images, "images")).flatten(1)
    labels = torch.from_numpy(shards(options.images, "labels")).long()
    dropout = options.targets is None
    soft = None if dropout else torch.from_numpy(shards(options.targets, "soft_targets"))
    model = net(options.hidden, dropout)
    implementation = {options.implementation: True}
    optimizer = (
        torch.optim.SGD(model.parameters(), 0.03, momentum=0.9, **implementation)
        if options.optimizer == "sgd"
        else torch.optim.Adam(model.parameters(), 1e-3, **implementation)
    )
    hidden = [layer for layer in model if isinstance(layer, nn.Linear)][:2]

    def loss(pixels: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        logits = model(pixels.float() * (1 / 255))
        if dropout:
            return F.cross_entropy(logits, target)
        return 400 * F.kl_div(F.log_softmax(logits / 20, 1), target, reduction="batchmean")

    if options.compile:
        loss = torch.compile(loss)
    order = torch.randperm(len(images))
    batch = 128

    def step(number: int) -> None:
        start = number * batch % (len(order) - batch)
        rows = order[start : start + batch]
        optimizer.zero_grad()
        loss(images[rows], (labels if soft is None else soft)[rows]).backward()
        optimizer.step()
        if dropout:
            limit_norms(hidden, 2)

    for number in range(30):
        step(number)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < options.seconds:
        step(30 + count)
        count += 1
    seconds = time.perf_counter() - start
    report(
        images_per_second=count * batch / seconds,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    )


if __name__ == "__main__":
    main()
