"""Rank correlation of scores: do two explanations put the players in the same order?"""

from __future__ import annotations

import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's correlation of two rows of scores; 1 where both are constant.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    ranks = ranked(first), ranked(second)
    spread = ranks[0].std() * ranks[1].std()
    if not spread:
        return 1.0 if ranks[0].std() == ranks[1].std() else 0.0
    centred = (ranks[0] - ranks[0].mean()) * (ranks[1] - ranks[1].mean())
    return float(round(centred.mean() / spread, 12))


def ranked(values: np.ndarray) -> np.ndarray:
    """Return the ranks of values, equal ones sharing their mean rank.

    >>> ranked(np.array([5.0, 1.0, 5.0])).tolist()
    [1.5, 0.0, 1.5]
    """
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[inverse])
