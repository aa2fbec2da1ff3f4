"""Which pictures a transfer is measured on: classes for the body, new classes, and a few labelled pictures.

Needs nothing but NumPy, so that a peer in a Python of its own draws the same.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Part = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Draw:
    """Five classes for the body and five new ones.

    Attributes:
        new: the classes to be learnt anew.
        known_rows: whether each training picture belongs to the body's classes.
        asked: whether each test picture belongs to the new classes.
        few: training pictures with a label, for each number of them.
    """

    new: np.ndarray
    known_rows: np.ndarray
    asked: np.ndarray
    few: dict[int, np.ndarray]


def draw(seed: int, truth: np.ndarray, answers: np.ndarray, counts: tuple[int, ...]) -> Draw:
    """Return the division of a seed, and as many labelled pictures of each new class."""
    known, new = np.split(np.random.default_rng(seed).permutation(10), 2)
    few = {}
    for count in counts:
        chance = np.random.default_rng([seed, count])
        few[count] = np.concatenate(
            [chance.choice(np.flatnonzero(truth == one), count // 5, replace=False) for one in new]
        )
    return Draw(np.sort(new), np.isin(truth, known), np.isin(answers, new), few)


def read_idx(place: Path) -> tuple[Part, Part]:
    """Return pictures and classes of the training part and of the test part, from gzip-packed idx files."""
    return _part(place, "train"), _part(place, "t10k")


def _part(place: Path, name: str) -> Part:
    pixels = gzip.decompress((place / f"{name}-images-idx3-ubyte.gz").read_bytes())
    classes = gzip.decompress((place / f"{name}-labels-idx1-ubyte.gz").read_bytes())
    return np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28).copy(), np.frombuffer(
        classes, np.uint8, offset=8
    ).astype(np.int64)
