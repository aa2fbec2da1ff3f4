"""How well the classes are mixed in a batch: its entropy against that of a random draw."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import lgamma
from typing import Any

import numpy as np
from torch import Tensor

LARGEST_BATCH = 4096
"""Rows above which a batch chosen at random has as good as the entropy of all classes."""


class Mixture:
    """Counts the classes of the batches that were looked at."""

    def __init__(self) -> None:
        self._seen: Counter[Any] = Counter()

    def observe(self, target: object) -> float | None:
        """Return the entropy of a batch's classes over what a random draw of as many rows would have.

        None where the targets are no classes, or only one class was seen so far.
        """
        if not isinstance(target, Tensor) or target.is_floating_point() or target.dim() != 1:
            return None
        counts = Counter(target.tolist())
        self._seen.update(counts)
        if len(self._seen) < 2:
            return None
        shares = np.array(sorted(self._seen.values()), dtype=float) / self._seen.total()
        batch = np.array(list(counts.values()), dtype=float) / counts.total()
        return float(_entropy(batch) / expected_entropy(tuple(shares), counts.total()))


def expected_entropy(shares: tuple[float, ...], rows: int) -> float:
    """Return the mean entropy of the classes of as many rows drawn at random.

    E[H] = - sum over classes of E[(c/n) log(c/n)], c binomial (n, p).

    >>> round(expected_entropy((0.5, 0.5), 2) / np.log(2), 3).item()
    0.5
    """
    if rows > LARGEST_BATCH:
        return float(_entropy(np.array(shares)))
    log_binomial, terms = _terms(rows)
    counts = np.arange(1, rows + 1)
    # Many classes are as frequent as another: each frequency is worked out once.
    different, times = np.unique([share for share in shares if share < 1], return_counts=True)
    mixed = different[:, None]
    chances = np.exp(log_binomial + counts * np.log(mixed) + (rows - counts) * np.log1p(-mixed))
    total = float(times @ (chances @ terms))
    return max(total, 1e-12)


@lru_cache(maxsize=8)
def _terms(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return log(n over c) and -(c/n) log(c/n) for c from 1 to n."""
    counts = range(1, rows + 1)
    binomial = [lgamma(rows + 1) - lgamma(c + 1) - lgamma(rows - c + 1) for c in counts]
    shares = np.arange(1, rows + 1) / rows
    return np.array(binomial), -shares * np.log(shares)


def _entropy(shares: np.ndarray) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())
