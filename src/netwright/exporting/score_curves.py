"""Normal scores between the knots of a column as short polynomials, exact to the last digit of 32 bits."""

from __future__ import annotations

import numpy as np
import torch

from netwright.data.scale import SMALLEST_TAIL

DEGREE = 5
"""Of the polynomials: over one step of scores they leave the curve by less than 32 bits tell."""

STEP = 0.08
"""Of scores, after which another polynomial begins."""

ROUGH_STEP = 0.4
"""The same where 8 bits follow: the polynomials still stay within a thousandth of a score."""

Column = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Knots of one column in ascending order, and the distribution function below and above each (m,)."""


def with_steps(column: Column, dtype: torch.dtype, step: float = STEP) -> Column:
    """Return a column with more knots wherever the score rises by more than a step from one to the next.

    Args:
        column: its knots are told apart in the type.
        dtype: that numbers have; knots that it does not tell apart are not added.
        step: largest difference of the scores of two neighbours.

    >>> knots, below, _ = with_steps((np.array([0.0, 1.0]), np.zeros(2), np.ones(2)), torch.float64, 5)
    >>> len(knots), len(below)
    (2, 2)
    """
    knots, below, above = column
    ends = _score(np.array([SMALLEST_TAIL, 1 - SMALLEST_TAIL]))
    count = int(np.ceil((ends[1] - ends[0]) / step)) + 1
    levels = torch.special.ndtr(torch.linspace(ends[0], ends[1], count, dtype=torch.float64)).numpy()
    rise = np.maximum(below[1:] - above[:-1], np.finfo(np.float64).tiny)
    at = np.searchsorted(above, levels, side="right") - 1
    fits = (at >= 0) & (at < len(knots) - 1)
    at, levels = at[fits], levels[fits]
    between = levels < below[at + 1]
    at, levels = at[between], levels[between]
    places = knots[at] + (levels - above[at]) / rise[at] * (knots[at + 1] - knots[at])
    # Where the type rounds a place, the distribution function there is that of the rounded place.
    places = torch.from_numpy(places).to(dtype).double().numpy()
    rounded = torch.from_numpy(knots).to(dtype).double().numpy()
    kept = (places > rounded[at]) & (places < rounded[at + 1])
    kept &= np.diff(places, prepend=-np.inf) > 0
    at, places = at[kept], places[kept]
    share = (places - knots[at]) / (knots[at + 1] - knots[at])
    levels = above[at] + share * rise[at]
    order = np.argsort(np.concatenate([knots, places]), kind="stable")
    return (
        np.concatenate([knots, places])[order],
        np.concatenate([below, levels])[order],
        np.concatenate([above, levels])[order],
    )


def curves(column: Column) -> np.ndarray:
    """Return what computes the score from each knot on, up to the next (m, DEGREE + 4).

        z(x) = s + c_0 + t (c_1 + t (c_2 + ...)),    t = (x - knot) / (next knot - knot)

    The columns: the score of the knot itself, which lies in the middle of its step; s, the score just above
    it in 32 bits; one over the distance to the next knot, 0 at the last; c_0, which is what 32 bits leave of
    s, and the others.
    """
    knots, below, above = column
    middle, after = _score((below + above) / 2), _score(above)
    after[-1] = middle[-1]  # beyond the outermost knot a number counts as that knot
    start = after.astype(np.float32).astype(np.float64)
    nodes = (1 - np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))) / 2
    levels = above[:-1, None] + (below[1:] - above[:-1])[:, None] * nodes
    inverse = np.linalg.inv(np.vander(nodes, increasing=True))
    rows = (_score(levels) - start[:-1, None]) @ inverse.T
    rows = np.vstack([rows, np.append(after[-1] - start[-1], np.zeros(DEGREE))])
    return np.column_stack([middle, start, np.append(1 / np.diff(knots), 0.0), rows])


def _score(levels: np.ndarray) -> np.ndarray:
    clipped = torch.from_numpy(np.clip(levels, SMALLEST_TAIL, 1 - SMALLEST_TAIL))
    return np.asarray(torch.special.ndtri(clipped).numpy())
