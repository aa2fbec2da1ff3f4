"""Leaks: columns that alone give the answer away, because they were written down after it was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.randomness import numpy_generator

MOST_CLASSES = 32
"""Rarer classes beyond are taken as one, which bounds time and memory and hides no leak."""

NEIGHBOURS = 2
"""Rows on either side, in the order of a column, that tell what to expect at a row."""

FEW_VALUES = 10
"""Ordered columns with more values than this, and than twice the classes, are judged by neighbouring
values; values that make up a tenth of the rows by themselves."""

CERTAINTY = 2.5
"""How many standard errors a score must stay above its threshold: few rows prove little."""

ENOUGH_CLASS = 0.92
ENOUGH_NUMBER = 0.97
ENOUGH_STEPS = 0.995
"""Scores from which a column is suspected. They were set on forty public tables, with and without
planted leaks. A column much coarser than a numeric target needs more: measurements on a grid explain
nearly all of some physical quantities."""

SAME_MATTER = 0.75
"""Columns whose own score reaches this share of the suspect's may stem from the same leak. They do not
count among the others that the suspect is compared with."""

TIMES_WORSE = 3.0
LEAST_ERROR = 0.05
"""A suspect is a leak when the other columns together err this many times as much, and at least this
much: where an answer is easy from everything else as well, a strong column is no wonder."""

ROWS_OF_REPETITION = 20
"""Fewer rows may repeat the target by chance."""

ROWS_OF_COMPARISON = 5_000
TREES = 40


@dataclass(frozen=True)
class Leak:
    """One column that gives the answer away.

    Attributes:
        column: its position.
        score: how well it alone tells the target of rows left out: Matthews' correlation of true and
            told classes, or R² of the ranks of a number.
        others: the score of the other columns together; None where the column repeats the target exactly.
    """

    column: int
    score: float
    others: float | None


def find_leaks(
    codes: np.ndarray, ordered: np.ndarray, y: np.ndarray, *, classes: int, seed: int
) -> list[Leak]:
    """Return the columns that alone give the target away.

    Args:
        codes: the rank of each value among the distinct values of its column (n, d), 0 where missing.
        ordered: whether the order of a column's codes means anything (d,).
        y: class indices, or numbers (n,).
        classes: the number of classes; 0 for numbers.
        seed: for the comparison with the other columns.
    """
    if len(y) < 2 or y.min() == y.max():
        return []
    target = _ranks(y) if classes == 0 else _frequent(y, classes)
    few, classes = max(FEW_VALUES, 2 * classes), min(classes, MOST_CLASSES)
    scores = _scores(codes, ordered, target, classes, few)
    rows = len(y) if classes == 0 else min(len(y), 2 * (len(y) - int(np.bincount(target).max())))
    suspects = [
        column
        for column in np.argsort(-scores, kind="stable").tolist()
        if scores[column] >= _enough(codes[:, column], target, classes)
    ]
    if not suspects:
        return []
    # What tells rows of equal values apart may well stem from the same leak: here those rows count.
    liberal = _scores(codes, ordered, target, classes, len(y))
    compared: dict[bytes, float] = {}
    leaks = []
    for column in suspects:
        found, values = float(scores[column]), codes[:, column]
        if rows >= ROWS_OF_REPETITION and _repeats(values, target, classes):
            leaks.append(Leak(column, found, None))
            continue
        if found - CERTAINTY * np.sqrt((1 - found**2 + 4 / rows) / rows) < _enough(values, target, classes):
            continue
        others = liberal < SAME_MATTER * found
        if others.tobytes() not in compared:
            compared[others.tobytes()] = _told_by_others(codes[:, others], target, classes, seed)
        told = compared[others.tobytes()]
        if 1 - told >= max(TIMES_WORSE * (1 - found), LEAST_ERROR):
            leaks.append(Leak(column, found, told))
    return leaks


def _scores(
    codes: np.ndarray, ordered: np.ndarray, y: np.ndarray, classes: int, few_values: int
) -> np.ndarray:
    """Return how well each column alone tells the target of rows left out (d,)."""
    return np.array(
        [
            score(_expected(column, y, classes, bool(order), few_values), y, classes)
            for column, order in zip(codes.T, ordered, strict=True)
        ]
    )


def score(expected: np.ndarray, y: np.ndarray, classes: int) -> float:
    """Return R² for numbers, and for classes Matthews' correlation, 0 for guessing and 1 for all right.

    >>> score(np.array([0, 1, 1]), np.array([0, 1, 1]), classes=2)
    1.0
    """
    if classes == 0:
        return float(1 - np.sum((y - expected) ** 2) / np.sum((y - y.mean()) ** 2))
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (y, expected), 1)
    true, told, rows = confusion.sum(axis=1), confusion.sum(axis=0), len(y)
    spread = np.sqrt((rows**2 - true @ true) * (rows**2 - told @ told))
    return float((np.trace(confusion) * rows - true @ told) / spread) if spread > 0 else 0.0


def _expected(codes: np.ndarray, y: np.ndarray, classes: int, ordered: bool, few_values: int) -> np.ndarray:
    """Return what other rows of the same value, and where values have an order their neighbours, let expect.

    Where an ordered column has more than `few_values`, rows of the very same value do not count unless
    they are many: they may be the visits of one patient, whom the value names without telling anything
    about the others.
    """
    rows = len(y)
    order = np.argsort(codes, kind="stable")
    sorted_codes, sorted_y = codes[order], y[order]
    weight = np.eye(classes)[sorted_y] if classes else np.column_stack([sorted_y, np.ones(rows)])
    first = np.searchsorted(sorted_codes, sorted_codes, side="left")
    last = np.searchsorted(sorted_codes, sorted_codes, side="right")
    until = np.vstack([np.zeros(weight.shape[1]), np.cumsum(weight, axis=0)])
    near = until[last] - until[first] - weight
    if ordered:
        if len(np.unique(codes)) > few_values:
            near[(last - first) * FEW_VALUES < rows] = 0
        near += until[first] - until[np.maximum(first - NEIGHBOURS, 0)]
        near += until[np.minimum(last + NEIGHBOURS, rows)] - until[last]
    # Where no other row is near, all the others decide.
    near += 1e-9 * (until[-1] - weight)
    expected = np.empty(rows, dtype=y.dtype)
    expected[order] = near.argmax(axis=1) if classes else near[:, 0] / near[:, 1]
    return expected


def _told_by_others(codes: np.ndarray, y: np.ndarray, classes: int, seed: int) -> float:
    """Return the score of extremely randomised trees on the other columns, each half told by the other."""
    if codes.shape[1] == 0:
        return 0.0
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    chosen = numpy_generator(seed, "leaks").permutation(len(y))[:ROWS_OF_COMPARISON]
    halves = chosen[::2], chosen[1::2]
    trees = ExtraTreesClassifier if classes else ExtraTreesRegressor
    told = [
        trees(TREES, random_state=seed % 2**32).fit(codes[known], y[known]).predict(codes[asked])
        for known, asked in (halves, halves[::-1])
    ]
    return score(np.concatenate(told), y[np.concatenate(halves[::-1])], classes)


def _repeats(codes: np.ndarray, y: np.ndarray, classes: int) -> bool:
    """Return whether values and classes go one with one, or the order of numbers is the same or reversed."""
    if classes == 0:
        ranks = _ranks(codes)
        return bool(np.array_equal(ranks, y) or np.array_equal(ranks, len(y) - 1 - y))
    values = len(np.unique(codes))
    return values == len(np.unique(y)) == len(np.unique(codes.astype(np.int64) * classes + y))


def _enough(codes: np.ndarray, y: np.ndarray, classes: int) -> float:
    if classes:
        return ENOUGH_CLASS
    return ENOUGH_NUMBER if 2 * len(np.unique(codes)) >= len(np.unique(y)) else ENOUGH_STEPS


def _frequent(y: np.ndarray, classes: int) -> np.ndarray:
    """Return the classes numbered by frequency, those beyond the most frequent ones as one."""
    order = np.argsort(-np.bincount(y, minlength=classes), kind="stable")
    number = np.empty(classes, dtype=np.int64)
    number[order] = np.minimum(np.arange(classes), MOST_CLASSES - 1)
    return np.asarray(number[y])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value from 0, equal values sharing their middle rank (n,)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(middle[place])
