"""Photographs of digits as people take them: make_photos.py IDX FOLDER COUNT. Each digit of any size, anywhere on a sheet,
dark on light or light on dark, in a light that falls off to one side, with noise and dust; every third in colour."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

source, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
folder.mkdir()
images = np.frombuffer(Path(source).read_bytes(), np.uint8, offset=16).reshape(-1, 28, 28)[:count]
random = np.random.default_rng(4)
for number, image in enumerate(images):
    rows, columns = np.nonzero(image)
    digit = Image.fromarray(image[rows.min():rows.max() + 1, columns.min():columns.max() + 1])
    scale = random.uniform(2, 9)
    digit = np.asarray(
        digit.resize([max(1, int(side * scale)) for side in digit.size], Image.Resampling.BICUBIC), np.float64)
    margins = random.integers(10, 120, 4)
    sheet = np.pad(digit, ((margins[0], margins[1]), (margins[2], margins[3]))) / 255
    y, x = np.mgrid[0:1:sheet.shape[0] * 1j, 0:1:sheet.shape[1] * 1j]
    light = 200 + 25 * y * random.uniform(-1, 1) + 25 * x * random.uniform(-1, 1)
    photo = light - 130 * sheet if number % 2 else 240 - light + 130 * sheet
    photo += random.normal(0, 4, sheet.shape)
    photo[4:6, 5:7] = photo.min()
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    if number % 3 == 0:
        photo = np.stack([photo, photo, np.clip(photo.astype(int) - 20, 0, 255).astype(np.uint8)], 2)
    Image.fromarray(photo).save(folder / f"{number:03}.png")
