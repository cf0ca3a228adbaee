"""Writes what a teacher says of 40 images of 4 classes in every form that people have, with torch and numpy.

    .cache/python/bin/python Tests/Reference/write_logits.py DIRECTORY

DIRECTORY gets one file or folder a form, and `expected.raw`: the class probabilities, F32 [40, 4].
"""

import sys
from pathlib import Path

import numpy as np
import safetensors.numpy

try:
    import safetensors.torch
    import torch
except ImportError:
    torch = None

out = Path(sys.argv[1])
generator = np.random.default_rng(5)
# Exact in 8 bits of a mantissa, so that every type holds the same numbers.
logits = (generator.integers(-16, 17, (40, 4)) / 4).astype(np.float32)
wide = logits.astype(np.float64)
log_probabilities = wide - np.logaddexp.reduce(wide, axis=1, keepdims=True)
probabilities = np.exp(log_probabilities)
(out / "expected.raw").write_bytes(probabilities.astype(np.float32).tobytes())
order = generator.permutation(40)
indices = order.astype(np.int64)
save = safetensors.numpy.save_file

save({"logits": logits}, out / "in-order.safetensors")
save({"logits": logits[order], "indices": indices}, out / "shuffled.safetensors")
save({"logits": logits[order].astype(np.float16), "indices": indices.astype(np.int32)}, out / "half.safetensors")
save({"logits": wide[order], "indices": indices.astype(np.uint8)}, out / "double.safetensors")
save({"log_probabilities": log_probabilities[order].astype(np.float32), "indices": indices}, out / "log.safetensors")
save({"probabilities": probabilities[order].astype(np.float32), "indices": indices}, out / "probable.safetensors")
if torch:
    safetensors.torch.save_file(
        {"logits": torch.tensor(logits[order]).bfloat16(), "indices": torch.tensor(indices)},
        out / "torch.safetensors")
    model = torch.nn.Identity()
    safetensors.torch.save_file(
        {"log_probabilities": torch.log_softmax(model(torch.tensor(logits)), 1)}, out / "torch-log.safetensors")
else:
    for name in ("torch", "torch-log"):
        save({"logits": logits}, out / f"{name}.safetensors")
# One table in several files, and in a folder.
(out / "parts").mkdir()
for part in range(3):
    own = slice(part * 15, part * 15 + 15)
    for path in (out / f"part-{part}.safetensors", out / "parts" / f"{part}.safetensors"):
        save({"logits": logits[order][own].copy(), "indices": indices[own].copy()}, path)
# Two teachers of which the first says it and the second the same but for a constant, which means nothing.
save({"logits": np.stack([logits, logits + 3], axis=1)}, out / "two.safetensors")
# All classes, and all but the least probable.
ranks = np.argsort(-probabilities, axis=1)
top = lambda k: {
    "classes": ranks[:, :k].astype(np.int64).copy(),
    "probabilities": np.take_along_axis(probabilities, ranks[:, :k], 1).astype(np.float32),
}
save(top(4), out / "top-4.safetensors")
save(top(3), out / "top-3.safetensors")
save({**top(3), "tail": probabilities.min(1).astype(np.float32)}, out / "top-3-tail.safetensors")
named = top(3)
named["log_probabilities"] = np.log(named.pop("probabilities"))
save(named, out / "top-3-log.safetensors")
# A class that is masked: the others share its probability.
masked = logits.copy()
masked[:, 2] = -np.inf
save({"logits": masked}, out / "masked.safetensors")

# What is refused.
save({"logits": logits[:39].copy()}, out / "bad-count.safetensors")
save({"logits": logits, "probabilities": probabilities.astype(np.float32)}, out / "bad-both.safetensors")
save({"scores": logits}, out / "bad-none.safetensors")
save({"probabilities": (probabilities * 2).astype(np.float32)}, out / "bad-sum.safetensors")
save({"logits": logits, "classes": ranks.astype(np.int64)}, out / "bad-top.safetensors")
twice = top(3)
twice["classes"][7, 1] = twice["classes"][7, 0]
save(twice, out / "bad-twice.safetensors")
broken = logits.copy()
broken[3, 1] = np.nan
save({"logits": broken}, out / "bad-nan.safetensors")
save({"logits": logits[:20].copy(), "indices": indices[:20].copy()}, out / "overlap.safetensors")
