"""Does a mirrored picture keep its answer? Asked of the pictures themselves, before training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from netwright.randomness import numpy_generator

MOST_PICTURES = 4000
SIDE = 14
"""Pictures are looked at this small: a flip changes what is large."""

SURVIVES = 0.7
"""Share of what a linear look can tell that must be left after mirroring.

Measured: shirts and shoes .84, photographs of animals and vehicles .96; digits .41, letters .35.
"""

FEWEST = 60
RIDGE = 10.0


def keeps_answer(pictures: Tensor, truth: np.ndarray, classes: int, seed: int) -> tuple[bool, str]:
    """Return whether mirroring left and right leaves the answer as it is, and how that was found.

    A ridge regression reads small pictures; it is fitted to one half and asked about the other, once as it is
    and once mirrored. Where an arrow, a digit or a place counts, its answers to mirrored pictures are wrong.

    Args:
        pictures: (n, channels, height, width).
        truth: class numbers (n,), or real numbers (n,) or (n, outputs).
        classes: how many there are, 0 for numbers.
        seed: of the halves.

    >>> left = torch.zeros(80, 1, 8, 8); left[:40, :, :, :3] = 255; left[40:, :, :, 5:] = 255
    >>> keeps_answer(left, np.repeat([0, 1], 40), 2, seed=0)[0]
    False
    """
    if len(pictures) < FEWEST:
        return False, f"{len(pictures):,} pictures are too few to see whether mirrored ones keep their answer"
    order = numpy_generator(seed, "mirrored").permutation(len(pictures))[:MOST_PICTURES]
    small = _small(pictures[torch.from_numpy(order)])
    wanted = np.eye(classes)[truth[order]] if classes else _standardised(truth[order].reshape(len(order), -1))
    half = len(order) // 2
    weights, middle = _ridge(_flat(small[:half]), wanted[:half])
    plain, mirrored = (
        _skill(_flat(seen) @ weights + middle, wanted[half:], classes)
        for seen in (small[half:], small[half:].flip(3))
    )
    if plain <= 0.02:
        return False, "a linear look at the pictures tells nothing of the answer, mirrored or not"
    share = max(0.0, mirrored) / plain
    kept = share >= SURVIVES
    return kept, (
        f"a linear look is {'nearly as good' if kept else 'much worse'} at mirrored pictures "
        f"({100 * share:.0f} % of its skill): they {'keep' if kept else 'lose'} their answer"
    )


def _small(pictures: Tensor) -> Tensor:
    numbers = pictures.float().mean(dim=1, keepdim=True) if pictures.shape[1] == 3 else pictures.float()
    size = (min(SIDE, pictures.shape[2]), min(SIDE, pictures.shape[3]))
    return torch.nn.functional.interpolate(numbers, size=size, mode="bilinear", antialias=True)


def _flat(small: Tensor) -> np.ndarray:
    pixels = small.flatten(1).double().numpy()
    centred = pixels - pixels.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + 1e-6))


def _standardised(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-12))


def _ridge(rows: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and constant of the regression that the mean of mirrored rows does not favour."""
    centre, middle = rows.mean(axis=0), wanted.mean(axis=0)
    centred = rows - centre
    gram = centred.T @ centred + RIDGE * np.eye(rows.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (wanted - middle))
    return weights, middle - centre @ weights


def _skill(answers: np.ndarray, wanted: np.ndarray, classes: int) -> float:
    """Return accuracy above the commonest class, or the share of the variance that is explained."""
    if classes:
        true = wanted.argmax(axis=1)
        commonest = np.bincount(true, minlength=classes).max() / len(true)
        return float((answers.argmax(axis=1) == true).mean() - commonest)
    return float(1 - ((answers - wanted) ** 2).mean() / (wanted.var() + 1e-12))
