"""Which part of a picture the network looks at: permutation importance of its regions.

One region after the other is taken from another picture of the same rows, and what the answers lose is
measured as for the columns of a table (Breiman, "Random forests", 2001). A region without pixels that
differ between pictures can lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from netwright.explain.shuffling import Parts

REGIONS = (
    *("top left", "top", "top right"),
    *("left", "centre", "right"),
    *("bottom left", "bottom", "bottom right"),
)
SIDE = 3


def regions_to_exchange(predict: Callable[[np.ndarray], np.ndarray], pictures: np.ndarray) -> Parts:
    """Return nine regions that are exchanged between pictures.

    Args:
        predict: from pictures (n, height, width, channels) to probabilities (n, classes) or numbers.
        pictures: (n, height, width, channels), all of one size.

    >>> from netwright.metrics import find_metric
    >>> from netwright.task import Task
    >>> pictures = np.random.default_rng(0).random((60, 9, 9, 1))
    >>> parts = regions_to_exchange(lambda some: some[:, 4, 4, 0], pictures)
    >>> error = find_metric(Task.REGRESSION, "mae")
    >>> parts.importance(pictures[:, 4, 4, 0], Task.REGRESSION, error, seed=0).columns[0].column
    'centre'
    """

    def composed(rows: pl.DataFrame) -> np.ndarray:
        made = np.empty((rows.height, *pictures.shape[1:]), dtype=pictures.dtype)
        for name in REGIONS:
            where = region(name, pictures.shape[1], pictures.shape[2])
            made[:, *where] = pictures[rows[name].to_numpy()][:, *where]
        return predict(made)

    frame = pl.DataFrame(dict.fromkeys(REGIONS, np.arange(len(pictures))))
    return Parts(composed, frame, REGIONS, "region")


def region(name: str, height: int, width: int) -> tuple[slice, slice]:
    """Return the rows and columns of pixels of a region.

    >>> region("bottom left", 9, 6)
    (slice(6, 9, None), slice(0, 2, None))
    """
    down, right = divmod(REGIONS.index(name), SIDE)
    cut = [round(place * height / SIDE) for place in range(SIDE + 1)]
    edge = [round(place * width / SIDE) for place in range(SIDE + 1)]
    return slice(cut[down], cut[down + 1]), slice(edge[right], edge[right + 1])
