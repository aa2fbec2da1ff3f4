"""Bootstrap resamples, as the number of times that every row was drawn."""

from __future__ import annotations

import numpy as np

# A class of k rows is missing from a resample with probability about exp(-k): below this many rows it
# would vanish in some of a thousand resamples, so that classes are then resampled one by one.
FEWEST_ROWS_OF_A_CLASS = 20


def draw_counts(
    generator: np.random.Generator, rows: int, resamples: int, strata: np.ndarray | None = None
) -> np.ndarray:
    """Return how often each row is drawn, float64 (resamples, rows); every resample sums to `rows`.

    Args:
        generator: where the random numbers come from.
        rows: n.
        resamples: how many.
        strata: class of every row (n,) when each class shall keep its number of rows, else None.

    >>> counts = draw_counts(np.random.default_rng(0), rows=5, resamples=2)
    >>> counts.sum(axis=1)
    array([5., 5.])
    """
    places = generator.random((resamples, rows))
    if strata is None:
        drawn = (places * rows).astype(np.int64)
    else:
        order = np.argsort(strata, kind="stable")
        _, start, position, size = np.unique(
            strata[order], return_index=True, return_inverse=True, return_counts=True
        )
        drawn = order[start[position] + (places * size[position]).astype(np.int64)]
    drawn += rows * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * rows)
    return counts.reshape(resamples, rows).astype(np.float64)


def strata_of(truth: np.ndarray) -> np.ndarray | None:
    """Return the classes to resample within when the smallest could vanish, else None.

    Args:
        truth: class indices (n,); numbers and label matrices are never stratified.
    """
    if truth.ndim != 1 or not np.issubdtype(truth.dtype, np.integer) or len(truth) == 0:
        return None
    sizes = np.unique(truth, return_counts=True)[1]
    return truth if sizes.min() < FEWEST_ROWS_OF_A_CLASS else None
