"""A teacher of one's own, as an example: a small convolutional net in PyTorch, trained on jittered image shards.

    convolutional.py train jittered/train --output teacher.pt [--epochs 16] [--seed 0] [--validation shards/validation]
    convolutional.py answer teacher.pt shards/train --output logits.safetensors

Epoch e reads copy e of the set, modulo the number of copies. A training that was stopped goes on after its last epoch.
`answer` writes the logits of every image of a directory, for dk-soften --logits.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import torch
from torch import nn

from dark_knowledge import DataError, ShardDataset, ShardStream, predict, write_logits


class Net(nn.Sequential):
    """Four convolutions, with pooling, batch normalisation and ReLU, and two linear layers."""

    def __init__(self, shape, classes):
        channels, rows, columns = shape
        layers = []
        sizes = (channels, 24, 5, True), (24, 48, 3, True), (48, 64, 3, False), (64, 64, 3, True)
        for inputs, outputs, size, pools in sizes:
            # Pooling first: it leaves a quarter of the pixels to what follows.
            layers += [nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)]
            layers += [nn.MaxPool2d(2)] if pools else []
            layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
        super().__init__(*layers, nn.Flatten(), nn.Linear(64 * (rows // 8) * (columns // 8), 128), nn.ReLU(),
                         nn.Dropout(0.3), nn.Linear(128, classes))
        # On processors half again as fast.
        self.to(memory_format=torch.channels_last)


def save(value, path):
    """All of it or nothing."""
    part = Path(f"{path}.part")
    torch.save(value, part)
    os.replace(part, path)


def errors(model, images):
    loader = torch.utils.data.DataLoader(ShardDataset(images, keep=2), 512)
    with torch.inference_mode():
        return sum(int((model.eval()(batch).argmax(1) != labels).sum()) for batch, labels in loader)


def train(arguments):
    output, begun = Path(arguments.output), Path(f"{arguments.output}.begun")
    settings = {name: getattr(arguments, name) for name in ("epochs", "seed", "learning_rate", "batch_size")}
    torch.manual_seed(arguments.seed)
    stream = ShardStream(arguments.images, seed=arguments.seed)
    counts = stream.joined.images.manifest["counts"]
    settings["images"] = stream.joined.images.digest
    if output.exists():
        if torch.load(output)["settings"] == settings:
            return print(f"{output}: up to date", file=sys.stderr)
        sys.exit(f"convolutional: error: {output}: made by other settings; remove it, or give another --output")

    image, _ = next(iter(stream))
    net = Net(image.shape, counts["classes"])
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True)
    steps = -(-len(stream) // counts["copies"] // arguments.batch_size)
    optimizer = torch.optim.Adam(net.parameters(), arguments.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, arguments.learning_rate, arguments.epochs * steps, pct_start=0.2)
    parts = {"net": net, "average": average, "optimizer": optimizer, "schedule": schedule}
    first = 0
    if begun.exists():
        state = torch.load(begun)
        if state["settings"] == settings:
            first = state["epoch"]
            for name, part in parts.items():
                part.load_state_dict(state[name])

    loss_of = nn.CrossEntropyLoss()
    for epoch in range(first, arguments.epochs):
        start, total, seen = time.monotonic(), 0.0, 0
        torch.manual_seed(arguments.seed * 10000 + epoch)  # of dropout: the same after a stop
        stream = ShardStream(arguments.images, seed=arguments.seed, copy=epoch % counts["copies"])
        stream.epoch = epoch
        net.train()
        for images, labels in torch.utils.data.DataLoader(stream, arguments.batch_size):
            loss = loss_of(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(net)
            total, seen = total + loss.item() * len(labels), seen + len(labels)
        save({"settings": settings, "epoch": epoch + 1, **{name: part.state_dict() for name, part in parts.items()}},
             begun)
        print(f"epoch {epoch + 1}/{arguments.epochs}, loss {total / seen:.4f}, {time.monotonic() - start:.0f} s",
              file=sys.stderr)
    if arguments.validation:
        print(f"{errors(average.module, arguments.validation)} validation errors", file=sys.stderr)
    save({"settings": settings, "shape": tuple(image.shape), "classes": counts["classes"],
          "model": average.module.state_dict()}, output)
    begun.unlink(missing_ok=True)


def answer(arguments):
    kept = torch.load(arguments.model)
    net = Net(kept["shape"], kept["classes"])
    net.load_state_dict(kept["model"])
    part = f"{arguments.output}.part"
    write_logits(part, arguments.images, predict(net, arguments.images), teacher=Path(arguments.model).name)
    os.replace(part, arguments.output)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("images")
    training.add_argument("--output", required=True)
    training.add_argument("--epochs", type=int, default=16)
    training.add_argument("--batch-size", type=int, default=128)
    training.add_argument("--learning-rate", type=float, default=0.003)
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--validation", help="image shards to count errors on at the end")
    training.set_defaults(run=train)
    answering = commands.add_parser("answer")
    answering.add_argument("model")
    answering.add_argument("images")
    answering.add_argument("--output", required=True)
    answering.set_defaults(run=answer)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except DataError as error:
        sys.exit(f"convolutional: error: {error}")


if __name__ == "__main__":
    main()
