"""Quantile scalings with fewer knots: what follows in 8 bits does not tell them apart."""

from __future__ import annotations

import numpy as np
import torch

from netwright.data.scale import SMALLEST_TAIL, QuantileMap

LARGEST_ERROR = 0.01
"""Of a normal score; 8 bits over its range have steps of 0.04."""


def thinned(scaler: QuantileMap, most: float = LARGEST_ERROR) -> QuantileMap:
    """Return a quantile scaling with as few knots as keep every score at a knot within `most`.

    >>> levels = np.linspace(0, 1, 101)[None]
    >>> thinned(QuantileMap(levels, levels, levels)).knots.shape[1] < 60
    True
    """
    columns = []
    for knots, below, above in zip(scaler.knots, scaler.below, scaler.above, strict=True):
        there = np.isfinite(knots)
        kept = _kept(knots[there], below[there], above[there], most)
        columns.append((knots[there][kept], below[there][kept], above[there][kept]))
    longest = max((len(knots) for knots, _, _ in columns), default=0)
    padded = [
        [np.pad(part, (0, longest - len(part)), constant_values=fill) for part in parts]
        for parts, fill in zip(zip(*columns, strict=True), (np.inf, 1.0, 1.0), strict=True)
    ]
    return QuantileMap(*(np.array(part).reshape(len(columns), longest) for part in padded))


def _kept(knots: np.ndarray, below: np.ndarray, above: np.ndarray, most: float) -> list[int]:
    """Return the places of the knots that stay: from each the farthest that a straight line reaches."""
    scores = _score((below + above) / 2)

    def fits(start: int, stop: int) -> bool:
        inner = slice(start + 1, stop)
        line = np.interp(knots[inner], knots[[start, stop]], [above[start], below[stop]])
        return bool((np.abs(_score(line) - scores[inner]) <= most).all())

    places = [0]
    while places[-1] < len(knots) - 1:
        start = places[-1]
        near, reach = start + 1, 2
        while start + reach < len(knots) and fits(start, start + reach):
            near, reach = start + reach, 2 * reach
        far = min(start + reach, len(knots)) - 1
        while near < far:  # the last that fits lies between
            middle = (near + far + 1) // 2
            near, far = (middle, far) if fits(start, middle) else (near, middle - 1)
        places.append(near)
    return places


def _score(levels: np.ndarray) -> np.ndarray:
    clipped = torch.from_numpy(np.clip(levels, SMALLEST_TAIL, 1 - SMALLEST_TAIL))
    return np.asarray(torch.special.ndtri(clipped).numpy())
