"""Which part of a picture the network looks at: permutation importance of its regions.

One region after the other is taken from another picture of the same rows, and what the answers lose is
measured as for the columns of a table (Breiman, "Random forests", 2001). A region without pixels that
differ between pictures can lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from netwright.explain.shuffling import PermutationImportance, permutation_importance
from netwright.metrics import Metric
from netwright.task import Task

REGIONS = (
    *("top left", "top", "top right"),
    *("left", "centre", "right"),
    *("bottom left", "bottom", "bottom right"),
)
SIDE = 3


def region_importance(
    predict: Callable[[np.ndarray], np.ndarray],
    pictures: np.ndarray,
    truth: np.ndarray,
    task: Task,
    metric: Metric,
    *,
    repeats: int = 2,
    seed: int,
    seconds: float | None = None,
    **settings: Any,
) -> PermutationImportance:
    """Exchange one of nine regions between the pictures and measure how much worse the answers get.

    Args:
        predict: from pictures (n, height, width, channels) to probabilities (n, classes) or numbers.
        pictures: (n, height, width, channels), all of one size.
        truth: class indices (n,), or numbers in the target's unit.
        task: what is asked.
        metric: how answers are measured.
        repeats: how often each region is exchanged.
        seed: of the exchanges.
        seconds: the time it may take.
        settings: further ones of `permutation_importance`.

    >>> from netwright.metrics import find_metric
    >>> pictures = np.random.default_rng(0).random((60, 9, 9, 1))
    >>> found = region_importance(
    ...     lambda some: some[:, 4, 4, 0], pictures, pictures[:, 4, 4, 0], Task.REGRESSION,
    ...     find_metric(Task.REGRESSION, "mae"), seed=0,
    ... )
    >>> found.columns[0].column
    'centre'
    """
    numbers = np.arange(len(pictures))
    frame = pl.DataFrame(dict.fromkeys(REGIONS, numbers))

    def composed(rows: pl.DataFrame) -> np.ndarray:
        made = np.empty((rows.height, *pictures.shape[1:]), dtype=pictures.dtype)
        for name in REGIONS:
            where = region(name, pictures.shape[1], pictures.shape[2])
            made[:, *where] = pictures[rows[name].to_numpy()][:, *where]
        return predict(made)

    return permutation_importance(
        composed,
        frame,
        truth,
        task,
        metric,
        REGIONS,
        repeats=repeats,
        seed=seed,
        seconds=seconds,
        noun="region",
        **settings,
    )


def region(name: str, height: int, width: int) -> tuple[slice, slice]:
    """Return the rows and columns of pixels of a region.

    >>> region("bottom left", 9, 6)
    (slice(6, 9, None), slice(0, 2, None))
    """
    down, right = divmod(REGIONS.index(name), SIDE)
    cut = [round(place * height / SIDE) for place in range(SIDE + 1)]
    edge = [round(place * width / SIDE) for place in range(SIDE + 1)]
    return slice(cut[down], cut[down + 1]), slice(edge[right], edge[right + 1])
