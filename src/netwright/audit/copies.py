"""Rows that stand in a table more than once: exact copies, and near ones that chance does not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

FEWEST_ROWS = 100
NEAR = 0.05
"""Rows nearer than this part of the usual distance to a tenth neighbour are near copies."""

RANK = 10
BY_CHANCE = 3.0
"""Near copies count when there are this many times as many as chance explains."""

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Copies:
    """Groups of rows that are alike.

    Attributes:
        group: number of the group of each row; a row without copies has one of its own (n,).
        repeated: rows that repeat an earlier row of their group.
    """

    group: np.ndarray
    repeated: np.ndarray


def exact_copies(frame: pl.DataFrame) -> Copies:
    """Return rows that are equal in every column.

    >>> exact_copies(pl.DataFrame({"x": [1, 2, 1], "y": ["a", "b", "a"]})).repeated.tolist()
    [2]
    """
    group = frame.hash_rows().rank("dense").to_numpy().astype(np.int64) - 1
    return _copies(group)


def near_copies(matrix: np.ndarray) -> Copies:
    """Return rows that nearly repeat others: far nearer than rows of this table usually are.

    Where more rows are that near by chance, as the number of dimensions lets expect, none are told. Exact
    copies are not counted.

    Args:
        matrix: standardised numbers without gaps (n, d).
    """
    rows = len(matrix)
    nobody = _copies(np.arange(rows))
    if not FEWEST_ROWS <= rows <= MOST_ROWS or not matrix.shape[1]:
        return nobody
    distances, places = NearestNeighbors(n_neighbors=RANK + 1).fit(matrix).kneighbors(matrix)
    unit = float(np.median(distances[:, -1]))
    if unit <= 0:
        return nobody
    near = (distances[:, 1:] < NEAR * unit) & (distances[:, 1:] > 1e-6 * unit)
    halfway = np.maximum(distances[:, RANK // 2], 1e-12)
    growth = np.log(np.maximum(distances[:, RANK], 1e-12) / halfway)
    dimensions = np.log(2) / max(float(np.median(growth)), 1e-3)
    by_chance = rows * RANK * NEAR**dimensions
    if near.any(axis=1).sum() <= BY_CHANCE * by_chance:
        return nobody
    first, rank = np.nonzero(near)
    links = coo_array((np.ones(len(first)), (first, places[first, rank + 1])), shape=(rows, rows))
    return _copies(connected_components(links, directed=False)[1])


def _copies(group: np.ndarray) -> Copies:
    _, first = np.unique(group, return_index=True)
    return Copies(group, np.setdiff1d(np.arange(len(group)), first))
