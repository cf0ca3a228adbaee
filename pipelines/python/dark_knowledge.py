"""Image shards and soft targets for PyTorch, with the checks that dk-distill makes, and the way back: logits for
dk-soften. Needs torch, numpy, safetensors and zstandard; the pipeline itself needs nothing of this.

    dataset = ShardDataset("shards/train", "soft/temperature=20")
    for image, label, target in torch.utils.data.DataLoader(dataset, batch_size=128, shuffle=True): ...

    write_logits("logits.safetensors", "shards/train", predict(model, "shards/train"), teacher=model)
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch
import zstandard


class DataError(ValueError):
    """What is wrong with files: path, expected, found."""


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


class _Directory:
    """A finished directory: its manifest and its shards, each checked against it."""

    def __init__(self, path, *kinds):
        self.path = Path(path)
        try:
            data = (self.path / "manifest.json").read_bytes()
        except FileNotFoundError:
            raise DataError(f"{path}: expected a finished directory, found no manifest.json") from None
        self.digest = _sha256(data)
        self.manifest = json.loads(data)
        if self.manifest["kind"] not in kinds:
            raise DataError(f"{path}: expected {' or '.join(kinds)}, found {self.manifest['kind']}")
        # The shards: beside those of examples there is a file of statistics.
        self.outputs = [output for output in self.manifest["outputs"] if "examples" in output]

    def shard(self, number):
        """Tensors and metadata of a shard."""
        output = self.outputs[number]
        path = self.path / output["path"]
        frame = path.read_bytes()
        if _sha256(frame) != output["sha256"]:
            raise DataError(f"{path}: expected SHA-256 {output['sha256']}, found another; rebuild it")
        content = zstandard.decompress(frame)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return safetensors.numpy.load(content), header["__metadata__"]


class _Joined:
    """Image shards, and soft targets row for row beside them."""

    def __init__(self, images, soft_targets=None):
        self.images = _Directory(images, "images")
        self.soft = None if soft_targets is None else _Directory(soft_targets, "soft-targets", "logits")
        self.places = {}
        if self.soft:
            self.places = {output["path"]: number for number, output in enumerate(self.soft.outputs)}
        self.counts = [output["examples"] for output in self.images.outputs]

    def load(self, number):
        """Tensors of an image shard, and `targets` [n, classes] where there are soft targets."""
        tensors, metadata = self.images.shard(number)
        if self.soft is None:
            return tensors, metadata
        output = self.images.outputs[number]
        if output["path"] not in self.places:
            raise DataError(f"{self.soft.path}: no soft targets for {self.images.path / output['path']}")
        targets, words = self.soft.shard(self.places[output["path"]])
        self._check(tensors, metadata, targets, words, output)
        return {**tensors, "targets": self._dense(targets)}, metadata

    def _check(self, images, metadata, targets, words, output):
        """Row i of both is one picture, and the shard is the one that the teachers saw."""
        path = self.soft.path / output["path"]
        for row in range(min(len(images["indices"]), len(targets["indices"]))):
            own = (metadata["source"], images["indices"][row], images["variants"][row])
            other = (words["source"], targets["indices"][row], targets["variants"][row])
            if own != other:
                raise DataError(f"{path}: soft targets of other images: row {row}: expected {own}, found {other}")
        if len(images["indices"]) != len(targets["indices"]):
            raise DataError(f"{path}: expected {len(images['indices'])} rows, found {len(targets['indices'])}")
        if words["image_shard"] != output["sha256"]:
            raise DataError(f"{path}: soft targets of other images: made from another shard of the same rows")

    def _dense(self, targets):
        if "logits" in targets:
            logits = targets["logits"]
            return logits if logits.ndim == 2 else logits.mean(1)
        values = targets["soft_targets"].astype(np.float32)
        if "classes" in targets:
            rows, kept = values.shape
            classes = self.soft.manifest["counts"]["classes"]
            tail = targets["tail"][:, None] / max(1, classes - kept)
            dense = np.broadcast_to(tail, (rows, classes)).copy() if kept < classes else np.zeros((rows, classes))
            np.put_along_axis(dense, targets["classes"].astype(np.int64), values, 1)
            values = dense.astype(np.float32)
        return values / values.sum(1, keepdims=True)


def _item(tensors, row, transform):
    image = torch.from_numpy(tensors["images"][row].copy())
    # [rows, columns] becomes [1, rows, columns], and channels come first.
    image = image[None] if image.ndim == 2 else image.permute(2, 0, 1)
    image = transform(image) if transform else image.float() / 255
    label = int(tensors["labels"][row]) if "labels" in tensors else -1
    if "targets" not in tensors:
        return image, label
    return image, label, torch.from_numpy(tensors["targets"][row].copy())


class ShardDataset(torch.utils.data.Dataset):
    """Every row of every copy, in the order of the shards: image [channels, rows, columns], 0 to 1 unless `transform`
    makes something else of the bytes; label, -1 without labels; and with soft targets the target [classes]. Shards are
    kept in memory once they were read, `keep` of them at most."""

    def __init__(self, images, soft_targets=None, transform=None, keep=None):
        self.joined, self.transform = _Joined(images, soft_targets), transform
        self.starts = np.cumsum([0] + self.joined.counts)
        self.load = lru_cache(maxsize=keep)(self.joined.load)

    def __len__(self):
        return int(self.starts[-1])

    def __getitem__(self, place):
        if not 0 <= place < len(self):
            raise IndexError(place)
        number = int(np.searchsorted(self.starts, place, side="right")) - 1
        return _item(self.load(number)[0], place - int(self.starts[number]), self.transform)

    def __getstate__(self):
        # For workers, which read for themselves.
        return {**self.__dict__, "load": None, "keep": self.load.cache_info().maxsize}

    def __setstate__(self, state):
        keep = state.pop("keep")
        self.__dict__.update(state)
        self.load = lru_cache(maxsize=keep)(self.joined.load)


class ShardStream(torch.utils.data.IterableDataset):
    """The same row by row, for sets larger than memory: shards in an order of the seed and the epoch, rows mixed within
    each, shards shared out among the workers. `epoch` is to be set before each pass."""

    def __init__(self, images, soft_targets=None, transform=None, seed=0, copy=None):
        self.joined, self.transform, self.seed, self.epoch = _Joined(images, soft_targets), transform, seed, 0
        folder = None if copy is None else f"copy={copy:02}"
        self.numbers = [
            number for number, output in enumerate(self.joined.images.outputs)
            if folder is None or output["path"].startswith(folder + "/")]
        if not self.numbers:
            raise DataError(f"{images}: no copy {copy}")

    def __len__(self):
        return sum(self.joined.counts[number] for number in self.numbers)

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        generator = np.random.default_rng([self.seed, self.epoch])
        order = generator.permutation(self.numbers)
        for number in order[worker.id :: worker.num_workers] if worker else order:
            tensors, _ = self.joined.load(number)
            rows = np.random.default_rng([self.seed, self.epoch, number]).permutation(len(tensors["indices"]))
            for row in rows:
                yield _item(tensors, row, self.transform)


def predict(model, images, batch_size=512, transform=None, device="cpu"):
    """Logits [n, classes] of a PyTorch model for every row of a directory of image shards, in their order."""
    loader = torch.utils.data.DataLoader(ShardDataset(images, transform=transform, keep=2), batch_size)
    model = model.to(device).eval()
    with torch.inference_mode():
        return torch.cat([model(batch[0].to(device)).float().cpu() for batch in loader])


def weights_sha256(model):
    """The digest of a PyTorch model's weights, by their names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        # As bytes, because numpy lacks some of the types.
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def write_logits(path, images, logits, teacher=None):
    """A file for `dk-soften --logits`: logits [n, classes] or [n, teachers, classes] of every row of a directory of
    image shards, in their order, with indices and variants, and the digest of the directory, which dk-soften compares.
    `teacher` is a name, for people, or the PyTorch model: then the digest of its weights says that logits of several sets
    are of one teacher, so that their soft targets can be joined."""
    joined = _Joined(images)
    logits = np.ascontiguousarray(torch.as_tensor(logits).float().cpu().numpy())
    if len(logits) != sum(joined.counts):
        raise DataError(f"{images}: expected logits of {sum(joined.counts)} rows, found {len(logits)}")
    sources = joined.images.manifest["sources"]
    parts = [joined.load(number) for number in range(len(joined.counts))]
    tensors = {
        "logits": logits,
        "indices": np.concatenate([tensors["indices"] for tensors, _ in parts]),
        "variants": np.concatenate([tensors["variants"] for tensors, _ in parts]),
    }
    if len(sources) > 1:
        tensors["sources"] = np.concatenate(
            [np.full(len(own["indices"]), sources.index(metadata["source"]), np.uint16) for own, metadata in parts])
    metadata = {"images": joined.images.digest}
    if isinstance(teacher, torch.nn.Module):
        metadata |= {"teacher": type(teacher).__name__, "teacher_sha256": weights_sha256(teacher)}
    elif teacher:
        metadata["teacher"] = teacher
    safetensors.numpy.save_file(tensors, path, metadata)
