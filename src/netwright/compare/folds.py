"""Repeated folds: the same divisions of the rows for every model that is compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from netwright.errors import DataError
from netwright.randomness import derive_seed


@dataclass(frozen=True)
class Fold:
    """One division of the rows: the models learn from one part and answer for the other.

    Attributes:
        train: row numbers, sorted.
        test: row numbers, sorted.
    """

    train: np.ndarray
    test: np.ndarray

    @property
    def ratio(self) -> float:
        """Test rows for each training row."""
        return len(self.test) / len(self.train)


def repeated_folds(
    rows: int,
    folds: int = 5,
    repeats: int = 2,
    *,
    seed: int,
    classes: np.ndarray | None = None,
    group: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> list[Fold]:
    """Return folds × repeats divisions of n rows.

    Classes are dealt in proportion, the rows of a group stay together. With `time` the rows are cut into
    folds + 1 stretches; each is told from all that lie before it, once, and rows of one moment stay together.

    Args:
        rows: n.
        folds: parts of the rows, each of which is the test part once in a repeat.
        repeats: how often the rows are dealt anew.
        seed: of the dealing.
        classes: class indices (n,), or None.
        group: numbers of the groups (n,), or None.
        time: ranks of the moments (n,), or None.

    Raises:
        DataError: when there are fewer rows, groups or moments than folds.

    >>> [fold.test.tolist() for fold in repeated_folds(4, 2, 1, seed=0, time=np.arange(4))]
    [[2], [3]]
    """
    available, what = rows, "rows"
    if time is not None:
        available, what = len(np.unique(time)) - 1, "later moments"
    elif group is not None:
        available, what = len(np.unique(group)), "groups"
    if available < folds:
        raise DataError(f"The data has {available:,} {what}; {folds} folds need as many. Ask for fewer.")
    if time is not None:
        return _in_time(time, folds)
    if classes is not None and np.bincount(classes).max() < folds:
        classes = None  # no class is large enough to be dealt in proportion
    dealt = []
    for repeat in range(repeats):
        state = derive_seed(seed, "folds", repeat) % 2**32
        dealt += [
            Fold(np.sort(train), np.sort(test)) for train, test in _deal(rows, folds, state, classes, group)
        ]
    return dealt


def _deal(
    rows: int, folds: int, state: int, classes: np.ndarray | None, group: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Divide the rows once."""
    import warnings

    kind = {
        (False, False): KFold,
        (True, False): StratifiedKFold,
        (False, True): GroupKFold,
        (True, True): StratifiedGroupKFold,
    }[classes is not None, group is not None]
    divider = kind(folds, shuffle=True, random_state=state)
    with warnings.catch_warnings():
        # A class smaller than the number of folds is missing in some of them: no harm to the others.
        warnings.simplefilter("ignore", UserWarning)
        return list(divider.split(np.zeros(rows), classes, group))


def _in_time(time: np.ndarray, folds: int) -> list[Fold]:
    """Cut between moments, so that each test part lies after its training part."""
    moments, place = np.unique(time, return_inverse=True)
    cuts = TimeSeriesSplit(folds).split(moments)
    return [Fold(*(np.flatnonzero(np.isin(place, part)) for part in cut)) for cut in cuts]
