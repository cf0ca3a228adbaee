"""Writes twelve small images, grey and in colour, and their labels in every form that people have.

    .cache/python/bin/python Tests/Reference/write_forms.py DIRECTORY

DIRECTORY gets one file or folder a form, and `grey.raw`, `colour.raw` and `labels.raw`: the bytes that each must give,
[12, 5, 6], [12, 5, 6, 3] and [12].
"""

import struct
import sys
from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image

out = Path(sys.argv[1])
generator = np.random.default_rng(3)
colour = generator.integers(0, 256, (12, 5, 6, 3), dtype=np.uint8)
grey = generator.integers(0, 256, (12, 5, 6), dtype=np.uint8)
labels = np.array([0, 2, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2], dtype=np.uint8)
for name, values in [("grey", grey), ("colour", colour), ("labels", labels)]:
    (out / f"{name}.raw").write_bytes(values.tobytes())

# numpy
np.save(out / "grey.npy", grey)
np.save(out / "grey-first.npy", grey[:, None])
np.save(out / "grey-last.npy", grey[..., None])
np.save(out / "grey-flat.npy", grey.reshape(12, 30))
np.save(out / "colour-last.npy", colour)
np.save(out / "colour-first.npy", colour.transpose(0, 3, 1, 2).copy())
np.save(out / "ambiguous.npy", colour[:, :3, :, :])
np.save(out / "fortran.npy", np.asfortranarray(grey))
np.save(out / "floats.npy", grey / np.float32(255))
np.save(out / "objects.npy", np.array([{"a": 1}] * 12, dtype=object), allow_pickle=True)
np.save(out / "empty.npy", grey[:0])
for name, shape in [("vast", f"(0, {2**63 - 1})"), ("larger", f"({2**40}, {2**40})"), ("odd", "(12, x)")]:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    (out / f"{name}.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
np.savez(out / "keras.npz", x_train=grey, y_train=labels, x_test=grey[::-1].copy(), y_test=labels[::-1].copy())
np.savez_compressed(out / "packed.npz", x=grey, y=labels.astype(np.int64))
for kind in ["int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", ">i4", ">i8"]:
    np.save(out / f"labels-{kind.replace('>', 'big-')}.npy", labels.astype(kind))
np.save(out / "labels-column.npy", labels[:, None].astype(np.int64))
np.save(out / "labels-float-hot.npy", np.eye(3, dtype=np.float32)[labels])
np.save(out / "labels-bool-hot.npy", np.eye(3, dtype=bool)[labels])
np.save(out / "labels-int-hot.npy", np.eye(3, dtype=np.int64)[labels])
np.save(out / "labels-two-hot.npy", np.eye(3, dtype=np.int64)[labels] + np.eye(3, dtype=np.int64)[0])
np.save(out / "labels-some.npy", np.where(np.arange(12) % 4 == 3, -1, labels.astype(np.int64)))
np.save(out / "labels-none.npy", np.full(12, -1))
np.save(out / "labels-float.npy", labels.astype(np.float32))
table = generator.integers(0, 9, (12, 8))
table[:, 5] = labels
np.save(out / "labels-table.npy", table.astype(np.int32))

# IDX
def idx(name, values, code):
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, code, values.ndim, *values.shape)
    (out / name).write_bytes(header + values.tobytes())


idx("grey.idx", grey, 8)
idx("grey-first.idx", grey[:, None], 8)
idx("colour-last.idx", colour, 8)
idx("colour-first.idx", colour.transpose(0, 3, 1, 2).copy(), 8)
idx("labels.idx", labels, 8)
idx("labels-table.idx", table.astype(">i4"), 12)

# safetensors
save = safetensors.numpy.save_file
save({"images": grey, "labels": labels.astype(np.int64)}, out / "grey.safetensors")
save({"images": grey[:, None].copy(), "labels": labels[:, None].astype(np.int32)}, out / "grey-first.safetensors")
save({"images": colour.transpose(0, 3, 1, 2).copy(), "labels": labels}, out / "colour-first.safetensors")
save({"pictures": colour, "names": labels, "images": grey, "labels": labels[::-1].copy()}, out / "several.safetensors")

# PNG, by class, and as they come
words = ["ape", "bee", "cat"]
for kind, images in [("grey", grey), ("colour", colour)]:
    for word in words:
        (out / f"{kind}-folder" / word).mkdir(parents=True)
    for number, (image, label) in enumerate(zip(images, labels)):
        Image.fromarray(image).save(out / f"{kind}-folder" / words[label] / f"{number:02}.png")
(out / "grey-folder" / "ape" / "notes.txt").write_text("no image")
(out / "flat-folder").mkdir()
for number, image in enumerate(grey):
    Image.fromarray(image).save(out / "flat-folder" / f"{number:02}.PNG")
# A grey one among coloured ones, a palette, and one that is opaque though it need not be.
mixed = out / "mixed-folder"
mixed.mkdir()
Image.fromarray(colour[0]).save(mixed / "0.png")
Image.fromarray(grey[1]).save(mixed / "1.png")
flat = colour[2] // 128 * 255
Image.fromarray(flat).quantize(8).save(mixed / "2.png")
Image.fromarray(np.dstack([colour[3], np.full((5, 6), 255, np.uint8)])).save(mixed / "3.png")
(out / "mixed.raw").write_bytes(
    np.stack([colour[0], np.repeat(grey[1][..., None], 3, 2), flat, colour[3]]).tobytes())
for name, image in [
    ("sizes", Image.fromarray(grey[0][:, :3])),
    ("clear", Image.fromarray(np.dstack([colour[3], np.full((5, 6), 128, np.uint8)]))),
    ("deep", Image.fromarray(grey[0].astype(np.uint16) * 257)),
]:
    (out / f"{name}-folder").mkdir()
    Image.fromarray(grey[0]).save(out / f"{name}-folder" / "0.png")
    image.save(out / f"{name}-folder" / "1.png")
(out / "broken-folder").mkdir()
Image.fromarray(grey[0]).save(out / "broken-folder" / "0.png")
whole = (out / "broken-folder" / "0.png").read_bytes()
(out / "broken-folder" / "1.png").write_bytes(whole[:-30])
(out / "jpeg-folder").mkdir()
Image.fromarray(grey[0]).save(out / "jpeg-folder" / "0.png", format="JPEG")
