"""Renders the 94 printable ASCII characters of many fonts as 28x28 grey images, centred by mass as MNIST's digits are.

    glyphs.py FONTS OUTPUT

FONTS is a folder of font files, OUTPUT gets IDX files of three splits, label-names.txt, and faces.tsv, which says where
every face came from. No font family is in two splits, nor are families of which faces are drawn alike.
"""

import hashlib
import struct
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

CHARACTERS = [chr(code) for code in range(33, 127)]
SIDE = 28  # of an image, in pixels
LETTER_BOX = 20  # the largest letter or digit of a face fits in, as a digit of MNIST does
LARGEST_BOX = 26  # no other character of it is larger
DETAIL = 8  # drawn so much larger, then averaged
LEAST_DISTINCT = 88  # characters of a face that are drawn each in its own way; what draws boxes has few
LEAST_LIKENESS = 0.55  # mean correlation of a face's characters with what is common; symbols have less
MOST_STRANGE = 11  # characters of a face that are nearer to half of the others; Greek in place of Latin has more
SAME_DESIGN = 0.97  # mean correlation of two faces above which their families are one
SHARES = [("test", 0.15), ("validation", 0.15), ("train", 1.0)]


def name_of(font, *numbers):
    return next((name for number in numbers if (name := font["name"].getDebugName(number))), "")


def family_of(path):
    """Family and style of a face that has all characters, or None."""
    try:
        font = TTFont(path, lazy=True)
        codes = font.getBestCmap() or {}
        if not all(ord(character) in codes for character in CHARACTERS):
            return None
        # A name may hold a line break.
        return tuple(" ".join(name.split()) for name in (name_of(font, 16, 1) or path.stem, name_of(font, 17, 2)))
    except Exception:  # noqa: BLE001 - whatever a damaged or strange font makes of the reader
        return None


def draw(font, character):
    """The character's ink on a canvas of its own size."""
    left, top, right, bottom = font.getbbox(character)
    if right <= left or bottom <= top:
        return None
    image = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), character, font=font, fill=255)
    box = image.getbbox()
    return image.crop(box) if box else None


def centred(ink):
    """28x28, the centre of mass in the middle."""
    pixels = numpy.asarray(ink, dtype=numpy.float64)
    side = SIDE * DETAIL
    weights = pixels / pixels.sum()
    middle = [
        float((weights.sum(axis=1 - axis) * numpy.arange(pixels.shape[axis])).sum()) + 0.5 for axis in (0, 1)
    ]
    canvas = Image.new("L", (side, side))
    places = []
    for axis in (0, 1):
        extent = pixels.shape[axis]
        # Not over the edge: what is very uneven is as near to the middle as there is room.
        places.append(min(max(round(side / 2 - middle[axis]), 0), side - extent))
    canvas.paste(ink, (places[1], places[0]))
    return numpy.asarray(canvas.reduce(DETAIL), dtype=numpy.uint8)


def render(path):
    """[94, 28, 28], or None for a face that lacks characters or draws them alike."""
    try:
        return render_face(path)
    except Exception:  # noqa: BLE001 - as above
        return None


def render_face(path):
    def face(size):
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)

    trial = face(100)
    extents = []
    for character in CHARACTERS:
        ink = draw(trial, character)
        if ink is None:
            return None
        extents.append(max(ink.size))
    letters = max(extent for extent, character in zip(extents, CHARACTERS) if character.isalnum())
    size = 100 * LETTER_BOX * DETAIL / letters
    images = []
    for extent, character in zip(extents, CHARACTERS):
        ink = draw(face(min(size, 100 * LARGEST_BOX * DETAIL / extent)), character)
        # Rounding may make it a little larger than asked for.
        if ink is None or max(ink.size) > SIDE * DETAIL:
            return None
        images.append(centred(ink))
    images = numpy.stack(images)
    distinct = len({image.tobytes() for image in images})
    return images if distinct >= LEAST_DISTINCT and images.reshape(len(images), -1).max(axis=1).all() else None


def standardised(images):
    """[faces, 94, 784], each image with mean 0 and length 1."""
    flat = images.reshape(*images.shape[:2], -1).astype(numpy.float32)
    flat -= flat.mean(axis=2, keepdims=True)
    return flat / numpy.linalg.norm(flat, axis=2, keepdims=True)


def like_the_others(images):
    """Which faces draw the characters and not something else, by the mean of all, then by that of those."""
    flat = standardised(images)
    kept = numpy.ones(len(flat), dtype=bool)
    for _ in range(3):
        common = flat[kept].mean(axis=0)
        common /= numpy.linalg.norm(common, axis=1, keepdims=True)
        likeness = numpy.einsum("fcp,kp->fck", flat, common)
        own = numpy.diagonal(likeness, axis1=1, axis2=2)
        nearer = (likeness > own[:, :, None]).sum(axis=2)
        strange = (nearer >= len(CHARACTERS) // 2).sum(axis=1)
        kept = (own.mean(axis=1) >= LEAST_LIKENESS) & (strange <= MOST_STRANGE)
    return kept


def designs(families, images):
    """A number for each face: equal for those of one family, and for families of which two faces are drawn alike."""
    parent = list(range(len(families)))

    def root(face):
        while parent[face] != face:
            face = parent[face]
        return face

    first = {}
    for face, family in enumerate(families):
        parent[face] = root(first.setdefault(family, face))
    flat = standardised(images).reshape(len(images), -1)
    alike = flat @ flat.T / len(CHARACTERS)
    for one, other in numpy.argwhere(alike > SAME_DESIGN):
        one, other = sorted((root(int(one)), root(int(other))))
        parent[other] = one
    return [root(face) for face in range(len(families))]


def split_of(name):
    share = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32
    for split, part in SHARES:
        if share < part:
            return split
        share -= part
    return SHARES[-1][0]


def write_idx(path, values):
    header = struct.pack(f">{values.ndim + 1}I", 0x00000800 + values.ndim, *values.shape)
    path.write_bytes(header + values.astype(numpy.uint8).tobytes())


def main():
    fonts, output = map(Path, sys.argv[1:])
    paths = sorted(path for path in fonts.rglob("*") if path.suffix.lower() in (".ttf", ".otf") and path.is_file())
    faces, known = [], set()
    with Pool() as pool:
        for path, name in zip(paths, pool.map(family_of, paths)):
            # Packages bring the same face in several formats.
            if name and name not in known:
                known.add(name)
                faces.append((path, *name))
        rendered = pool.map(render, [face[0] for face in faces])
    pairs, seen = [], set()
    for face, images in zip(faces, rendered):
        if images is not None and images.tobytes() not in seen:
            seen.add(images.tobytes())
            pairs.append((face, images))
    images = numpy.stack([images for _, images in pairs])
    kept = like_the_others(images)
    faces = [face for (face, _), keep in zip(pairs, kept) if keep]
    images = images[kept]
    design = designs([family for _, family, _ in faces], images)
    splits = [split_of(faces[root][1]) for root in design]
    for split, _ in SHARES:
        chosen = [number for number, own in enumerate(splits) if own == split]
        write_idx(output / f"{split}-images-idx3-ubyte", images[chosen].reshape(-1, SIDE, SIDE))
        labels = numpy.tile(numpy.arange(len(CHARACTERS)), len(chosen))
        write_idx(output / f"{split}-labels-idx1-ubyte", labels)
    (output / "label-names.txt").write_text("".join(character + "\n" for character in CHARACTERS))
    rows = sorted(zip(splits, design, faces))
    (output / "faces.tsv").write_text(
        "split\tdesign\tfamily\tstyle\tfile\n"
        + "".join(
            f"{split}\t{faces[root][1]}\t{family}\t{style}\t{path.relative_to(fonts)}\n"
            for split, root, (path, family, style) in rows
        )
    )
    print(
        f"{len(paths)} font files, {len(faces)} faces of {len({face[1] for face in faces})} families "
        f"in {len(set(design))} designs: "
        + ", ".join(f"{splits.count(split)} {split}" for split, _ in reversed(SHARES)),
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
