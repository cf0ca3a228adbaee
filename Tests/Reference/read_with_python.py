"""Reads shards, soft targets and a model as the README shows, and evaluates the model with PyTorch.

Prints one JSON object: examples, errors, and whether the soft targets' rows are those of the images.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch
import zstandard
from safetensors.torch import load_file

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--shards", required=True)
parser.add_argument("--soft-targets")
arguments = parser.parse_args()


def load(path):
    return safetensors.numpy.load(zstandard.decompress(open(path, "rb").read()))


model = Path(arguments.model) / "model.safetensors"
with safetensors.safe_open(model, "pt") as file:
    metadata = file.metadata()
weights = load_file(model)
sizes = [int(size) for size in metadata["sizes"].split(",")]
net = torch.nn.Module()
net.layers = torch.nn.ModuleList(torch.nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
net.load_state_dict(weights)

examples = errors = 0
joined = None
for path in sorted(Path(arguments.shards).rglob("shard-*.safetensors.zst")):
    shard = load(path)
    values = torch.tensor(shard["images"].reshape(len(shard["images"]), -1).astype(np.float32))
    values = values * float(metadata["input_scale"])
    with torch.no_grad():
        for layer in net.layers[:-1]:
            values = torch.relu(layer(values))
        predicted = net.layers[-1](values).argmax(1).numpy()
    examples += len(predicted)
    errors += int((predicted != shard["labels"]).sum())
    if arguments.soft_targets:
        soft = load(Path(arguments.soft_targets) / path.relative_to(arguments.shards))
        same = (soft["indices"] == shard["indices"]).all() and (soft["shifts"] == shard["shifts"]).all()
        whole = np.allclose(soft["soft_targets"].sum(1), 1, atol=1e-5)
        joined = bool(same and whole) and joined is not False

print(json.dumps({"examples": examples, "errors": errors, "joined": joined}))
