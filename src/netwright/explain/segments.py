"""Pictures cut into regions of similar pixels, series into stretches of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PASSES = 8
COMPACTNESS = 0.6
"""How much a step of one region's width counts against a step from black to white: more makes them round."""


def regions_of(pixels: np.ndarray, count: int) -> np.ndarray:
    """Return which region each pixel belongs to (height, width), numbered from 0 without gaps.

    Centres on a grid gather the pixels that are near in place and colour, and move to their middle.

    Args:
        pixels: (height, width, channels), from 0 to 1.
        count: about how many regions.

    Source: Achanta et al. (2012), "SLIC superpixels compared to state-of-the-art superpixel methods".

    >>> int(regions_of(np.zeros((12, 12, 1)), 9).max()) + 1
    9
    """
    height, width, _ = pixels.shape
    down = max(1, min(height, round(np.sqrt(count * height / width))))
    right = max(1, min(width, round(count / down)))
    side = np.sqrt(height * width / (down * right))
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([rows, columns], axis=-1) * (COMPACTNESS / side)
    points = np.concatenate([places, pixels], axis=-1).reshape(height * width, -1)
    grid = np.minimum(rows * down // height, down - 1) * right + np.minimum(
        columns * right // width, right - 1
    )
    owner = grid.ravel()
    near = _neighbours(grid.ravel(), down, right)
    for _ in range(PASSES):
        counts = np.bincount(owner, minlength=down * right)
        sums = np.stack([np.bincount(owner, axis, minlength=down * right) for axis in points.T], axis=1)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], np.inf)
        distances = np.full(near.shape, np.inf)
        for place in range(near.shape[1]):
            found = near[:, place] >= 0
            gap = points[found] - centres[near[found, place]]
            distances[found, place] = (gap**2).sum(axis=1)
        moved = near[np.arange(len(near)), distances.argmin(axis=1)]
        if (moved == owner).all():
            break
        owner = moved
    return np.unique(owner, return_inverse=True)[1].reshape(height, width)


def _neighbours(home: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return the cell of the grid that a pixel lies in and the eight around it (pixels, 9), -1 for none."""
    row, column = np.divmod(home, right)
    found = []
    for up in (-1, 0, 1):
        for left in (-1, 0, 1):
            inside = (row + up >= 0) & (row + up < down) & (column + left >= 0) & (column + left < right)
            found.append(np.where(inside, (row + up) * right + column + left, -1))
    return np.stack(found, axis=1)


def stretches_of(
    length: int, channels: Sequence[str], count: int, few_channels: int
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return which stretch each step of each channel belongs to (length, channels), their names and steps.

    Few channels, given by their names, are cut each by itself, many together.

    >>> stretches_of(4, ["x"], 2, 3)[0].ravel().tolist(), stretches_of(4, ["x"], 2, 3)[1]
    ([0, 0, 1, 1], ('steps 1–2', 'steps 3–4'))
    """
    apart = len(channels) if len(channels) <= few_channels else 1
    count = max(1, min(length, count if apart == 1 else max(4, count // apart)))
    stretch = np.arange(length) * count // length
    ends = [np.flatnonzero(stretch == one)[[0, -1]] + 1 for one in range(count)]
    steps = [f"steps {first}–{last}" if first != last else f"step {first}" for first, last in ends]
    if apart == 1:
        owner = np.repeat(stretch[:, None], len(channels), axis=1)
        return owner, tuple(steps), ("",) * count
    owner = stretch[:, None] + count * np.arange(len(channels))
    names = [f"{channel}, {text}" for channel in channels for text in steps]
    return owner, tuple(names), ("",) * len(names)
