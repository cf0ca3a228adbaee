"""Reads a model, image shards and soft targets as any Python user would, and evaluates the model.

Run with the venv of `pipelines/setup.sh --python`:
    .cache/python/bin/python Tests/Reference/read_with_python.py \
        --model .cache/run/student --shards .cache/run/shards/test
Prints one JSON object: examples, errors, nll (nats an example), joined: whether the soft targets' rows are
those of the images, by index and variant (null without --soft-targets), and layers: by what they were computed,
`torch.nn.Linear` or, where there is no torch, numpy.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import zstandard

try:
    import torch
except ImportError:
    torch = None


def shard(path):
    return safetensors.numpy.load(zstandard.decompress(open(path, "rb").read()))


def read_model(path):
    """Tensors by name, and what multiplies a pixel."""
    path = path / "model.safetensors" if path.is_dir() else path
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata() or {}
    assert metadata.get("activation", "relu") == "relu", metadata
    return safetensors.numpy.load_file(path), float(metadata.get("input_scale", 1 / 255))


def torch_forward(weights):
    """[examples, inputs] → logits [examples, classes], by PyTorch's layers."""
    shapes = [weights[f"layers.{k}.weight"].shape for k in range(len(weights) // 2)]
    net = torch.nn.Module()
    net.layers = torch.nn.ModuleList(torch.nn.Linear(inputs, outputs) for outputs, inputs in shapes)
    net.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.items()})

    @torch.no_grad()
    def forward(inputs):
        values = torch.from_numpy(inputs)
        for layer in net.layers[:-1]:
            values = torch.relu(layer(values))
        return net.layers[-1](values).numpy()

    return forward


def numpy_forward(weights):
    """The same by numpy."""
    layers = [(weights[f"layers.{k}.weight"], weights[f"layers.{k}.bias"]) for k in range(len(weights) // 2)]

    def forward(values):
        for weight, bias in layers[:-1]:
            values = np.maximum(values @ weight.T + bias, 0)
        weight, bias = layers[-1]
        return values @ weight.T + bias

    return forward


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True, help="directory of a model, or model.safetensors")
    parser.add_argument("--shards", type=Path, required=True, help="directory of image shards")
    parser.add_argument("--soft-targets", type=Path, help="directory of their soft targets")
    arguments = parser.parse_args()

    weights, input_scale = read_model(arguments.model)
    forward = torch_forward(weights) if torch else numpy_forward(weights)
    examples, errors, nll = 0, 0, 0.0
    joined = True if arguments.soft_targets else None
    for path in sorted(arguments.shards.rglob("shard-*.safetensors.zst")):
        images = shard(path)
        labels = images["labels"]
        pixels = images["images"].reshape(len(labels), -1).astype(np.float32)
        logits = forward(pixels * np.float32(input_scale)).astype(np.float64)
        log_sum = np.logaddexp.reduce(logits, axis=1)
        examples += len(labels)
        errors += int((logits.argmax(1) != labels).sum())
        nll += float((log_sum - logits[np.arange(len(labels)), labels]).sum())
        if arguments.soft_targets:
            soft = shard(arguments.soft_targets / path.relative_to(arguments.shards))
            joined = joined and all(np.array_equal(soft[key], images[key]) for key in ("indices", "variants"))

    layers = "torch" if torch else "numpy"
    print(
        json.dumps(
            {"examples": examples, "errors": errors, "nll": nll / examples, "joined": joined, "layers": layers}))


main()
