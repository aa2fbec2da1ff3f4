"""Small pictures that tests draw: bars that stand or lie, and squares that are full or hollow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

KINDS = ("lying", "standing", "full", "hollow")


def drawn(rows: int = 160, size: int = 16, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return grey pictures (rows, size, size), bytes, and what each one shows."""
    generator = np.random.default_rng(seed)
    pictures = generator.integers(0, 60, (rows, size, size)).astype(np.uint8)
    kinds = np.arange(rows) % len(KINDS)
    for picture, kind in zip(pictures, kinds, strict=True):
        top, left = generator.integers(2, size - 9, 2)
        height, width = ((2, 8), (8, 2), (7, 7), (7, 7))[kind]
        picture[top : top + height, left : left + width] = generator.integers(150, 255)
        if kind == 3:
            picture[top + 2 : top + 5, left + 2 : left + 5] = 30
    return pictures, np.array(KINDS)[kinds]


def write_folders(place: Path, rows: int = 80, seed: int = 0) -> Path:
    """Write pictures of unequal sizes, a folder for each kind, and return where they are."""
    pictures, labels = drawn(rows, seed=seed)
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        folder = place / label
        folder.mkdir(parents=True, exist_ok=True)
        size = (16 + number % 3, 16 + number % 2)
        Image.fromarray(picture).resize(size).save(folder / f"{number:03}.png")
    return place
