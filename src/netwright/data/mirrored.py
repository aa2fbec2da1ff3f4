"""Does a mirrored picture keep its answer? Asked of the pictures themselves, before training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from netwright.randomness import numpy_generator

MOST_PICTURES = 3_000
MOST_FITTED = 1_000
SIDE = 14
"""Pictures are looked at this small: a flip changes what is large."""

SURVIVES = 0.55
"""Share of the skill that must be left on mirrored pictures.

Measured with two seeds: clothes .69 and .68, photographs .94 and 1.04; handwritten digits .40 and .35.
"""

HARM = 0.95
"""Share of the skill that must be left when mirrored pictures are learnt from as well.

Measured: clothes .99 and 1.01, photographs 1.14 and 1.09. Arrows, which are nothing but their side, lose all.
"""

FEWEST = 60
RIDGE = 0.1
WIDTH = 0.5
"""Of the kernel, times the root of the number of pixels: that far are pictures with deviation 1 apart."""


def keeps_answer(pictures: Tensor, truth: np.ndarray, classes: int, seed: int) -> tuple[bool, str]:
    """Return whether mirroring left and right leaves the answer as it is, and how that was found.

    A kernel ridge regression reads small pictures; it is fitted to some and asked about others, as they are
    and mirrored, and once more after learning from mirrored ones too. Where an arrow, a digit or a place
    counts, its answers to mirrored pictures are wrong, and learning from them does harm.

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
    count = min(MOST_FITTED, len(order) // 2)
    fitted, asked = small[:count], small[count:]
    known, true = wanted[:count], wanted[count:]
    mirrored, both = fitted.flip(3), np.vstack([known, known])
    plain = _skill(_answers(_flat(fitted), known, _flat(asked)), true, classes)
    if plain <= 0.02:
        return False, "a simple model sees nothing of the answer in the pictures, mirrored or not"
    share = _skill(_answers(_flat(fitted), known, _flat(asked.flip(3))), true, classes) / plain
    taught = _skill(_answers(np.vstack([_flat(fitted), _flat(mirrored)]), both, _flat(asked)), true, classes)
    kept = share >= SURVIVES and taught / plain >= HARM
    return kept, (
        f"mirrored pictures {'keep' if kept else 'lose'} their answer (a simple model has {_percent(share)} "
        f"of its skill on them, and {_percent(taught / plain)} after learning from them)"
    )


def _percent(share: float) -> str:
    return f"{100 * max(0.0, share):.0f} %"


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


def _answers(rows: np.ndarray, wanted: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return what a kernel ridge regression, fitted to rows (n, p), answers to others (m, p)."""
    middle = wanted.mean(axis=0)
    kernel = _kernel(rows, rows) + RIDGE * np.eye(len(rows))
    weights = np.linalg.solve(kernel, wanted - middle)
    return np.asarray(_kernel(asked, rows) @ weights + middle)


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return exp(-d² / (2 w²)) for the distances d of all pairs."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1) - 2 * first @ second.T
    return np.asarray(np.exp(-squares / (2 * WIDTH**2 * first.shape[1])))


def _skill(answers: np.ndarray, wanted: np.ndarray, classes: int) -> float:
    """Return accuracy above the commonest class, or the share of the variance that is explained."""
    if classes:
        true = wanted.argmax(axis=1)
        commonest = np.bincount(true, minlength=classes).max() / len(true)
        return float((answers.argmax(axis=1) == true).mean() - commonest)
    return float(1 - ((answers - wanted) ** 2).mean() / (wanted.var() + 1e-12))
