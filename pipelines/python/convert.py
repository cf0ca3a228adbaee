"""Makes one safetensors file for dk-ingest of what others publish:

    convert.py parquet train-*.parquet --output train.safetensors [--image image] [--label label]
    convert.py folder photos --output photos.safetensors

`parquet` takes Hugging Face's tables of images (needs pyarrow and Pillow), `folder` a folder for each class with image
files of any format that Pillow reads. All images must be of one size; if one is in colour all are. Label names go to
NAME.labels.txt beside the output, for dk-ingest --label-names.
"""

import argparse
import io
import json
import sys
from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image

FORMATS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}


def from_parquet(paths, image, label):
    """Images, labels (or none) and label names (or none)."""
    import pyarrow.parquet

    images, labels, names = [], [], None
    for path in paths:
        table = pyarrow.parquet.read_table(path)
        if image not in table.column_names:
            sys.exit(f"convert: error: {path}: expected a column {image}, found {', '.join(table.column_names)}")
        for cell in table[image].to_pylist():
            data = cell["bytes"] if isinstance(cell, dict) else cell
            if data is None:
                sys.exit(f"convert: error: {path}: expected images in the table, found paths alone")
            images.append(Image.open(io.BytesIO(data)))
        if label in table.column_names:
            labels += table[label].to_pylist()
        # Names of the classes, where the table's own description has them.
        described = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))
        feature = described.get("info", {}).get("features", {}).get(label, {})
        names = names or feature.get("names")
    return images, labels or None, names


def from_folder(path):
    names = sorted(folder.name for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    if not names:
        sys.exit(f"convert: error: {path}: expected a folder for each class, found none")
    images, labels = [], []
    for label, name in enumerate(names):
        for file in sorted((path / name).iterdir()):
            if file.suffix.lower() in FORMATS:
                images.append(Image.open(file))
                labels.append(label)
    return images, labels, names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=["parquet", "folder"])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--image", default="image")
    parser.add_argument("--label", default="label")
    options = parser.parse_args()
    if options.form == "parquet":
        images, labels, names = from_parquet(options.paths, options.image, options.label)
    else:
        images, labels, names = from_folder(options.paths[0])
    if not images:
        sys.exit(f"convert: error: {options.paths[0]}: expected at least one image, found none")
    sizes = {image.size for image in images}
    if len(sizes) > 1:
        sys.exit(f"convert: error: expected images of one size, found {sorted(sizes)[:4]}; resize them first")
    mode = "L" if all(image.mode in ("1", "L") for image in images) else "RGB"
    tensors = {"images": np.stack([np.asarray(image.convert(mode)) for image in images])}
    if labels is not None:
        tensors["labels"] = np.array([-1 if label is None else label for label in labels], dtype=np.int64)
    safetensors.numpy.save_file(tensors, options.output)
    if names:
        options.output.with_suffix(".labels.txt").write_text("".join(f"{name}\n" for name in names))
    print(f"convert: {options.output}: {len(images)} images {tensors['images'].shape[1:]}", file=sys.stderr)


main()
