"""What a classifier gets right and wrong: confusion matrix, scores by class, ROC and precision-recall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import precision_recall_curve, precision_recall_fscore_support, roc_curve

from netwright.metrics import Rows
from netwright.metrics.functions import LARGEST_RANKING, columns_to_rank, ranking_score

MOST_POINTS = 200

# More curves than this in one figure, or more rows in one matrix, cannot be told apart.
MOST_CURVES = 10
MOST_CONFUSED = 40


@dataclass(frozen=True)
class Confusion:
    """Counts of rows by true class (row) and predicted class (column).

    Attributes:
        labels: of the classes; the last may stand for all rarer classes together.
        counts: (labels, labels), one tuple a row.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ClassScores:
    """How well one class or label is found; None where nothing was to be found or was named so.

    Attributes:
        label: of the class.
        count: rows that have it.
        precision: share of the rows predicted so that are so.
        recall: share of the rows that are so that were predicted so.
        f1: their harmonic mean.
    """

    label: str
    count: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class Curve:
    """One ROC or precision-recall curve.

    Attributes:
        name: the class that is told from the rest.
        x: false positive rate, or recall.
        y: true positive rate, or precision.
        area: ROC AUC, or average precision.
        share: share of the rows that are of that class: the precision of guessing.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    area: float
    share: float


def confusion(truth: np.ndarray, predictions: np.ndarray, labels: Sequence[str]) -> Confusion:
    """Return the confusion matrix; beyond 40 classes the rarer ones are counted together.

    Args:
        truth: class indices (n,).
        predictions: class indices (n,).
        labels: of all classes.

    >>> confusion(np.array([0, 1, 1]), np.array([0, 0, 1]), ["no", "yes"]).counts
    ((1, 0), (1, 1))
    """
    count = len(labels)
    names = list(labels)
    if count > MOST_CONFUSED:
        sizes = np.bincount(truth, minlength=count)
        kept = np.sort(np.argsort(-sizes, kind="stable")[: MOST_CONFUSED - 1])
        place = np.full(count, len(kept))
        place[kept] = np.arange(len(kept))
        truth, predictions = place[truth], place[predictions]
        names = [*(labels[index] for index in kept), f"{count - len(kept):,} rarer classes"]
    size = len(names)
    matrix = np.bincount(truth * size + predictions, minlength=size * size).reshape(size, size)
    return Confusion(tuple(names), tuple(tuple(int(cell) for cell in row) for row in matrix))


def class_scores(
    truth: np.ndarray, predictions: np.ndarray, labels: Sequence[str], weights: np.ndarray | None = None
) -> tuple[ClassScores, ...]:
    """Return precision, recall and F1 of every class or label.

    Args:
        truth: class indices (n,), or 0/1 (n, labels).
        predictions: likewise.
        labels: of all classes.
        weights: of the rows (n,), or None.
    """
    columns = precision_recall_fscore_support(
        truth, predictions, labels=np.arange(len(labels)), sample_weight=weights, zero_division=np.nan
    )
    counts = truth.sum(axis=0) if truth.ndim == 2 else np.bincount(truth, minlength=len(labels))
    shares = ([None if np.isnan(share) else float(share) for share in column] for column in columns[:3])
    return tuple(
        ClassScores(label, int(count), precision, recall, f1)
        for label, count, precision, recall, f1 in zip(labels, counts, *shares, strict=True)
    )


def roc(rows: Rows, labels: Sequence[str]) -> tuple[Curve, ...]:
    """Return the ROC curve of the second of two classes, or of the most frequent classes or labels."""

    def points(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        false, true, _ = roc_curve(positive, scores, sample_weight=rows.weights)
        return false, true

    return _curves(rows, labels, "roc_auc_score", points)


def precision_recall(rows: Rows, labels: Sequence[str]) -> tuple[Curve, ...]:
    """Return the precision-recall curve of the second of two classes, or of the most frequent ones."""

    def points(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        precision, recall, _ = precision_recall_curve(
            positive, scores, sample_weight=rows.weights, drop_intermediate=True
        )
        return recall[::-1], precision[::-1]

    return _curves(rows, labels, "average_precision_score", points)


def _curves(
    rows: Rows,
    labels: Sequence[str],
    score: str,
    points: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> tuple[Curve, ...]:
    scores = rows.answers.probabilities
    if scores is None or not np.isfinite(scores).all() or scores.size > LARGEST_RANKING:
        return ()
    columns = columns_to_rank(rows)
    frequent = sorted(range(len(columns)), key=lambda index: -int(columns[index][0].sum()))[:MOST_CURVES]
    curves = []
    for index in sorted(frequent):
        positive, column = columns[index]
        area = ranking_score(score, positive, column, rows.weights)
        if area is not None:
            x, y = thinned(*points(positive, column))
            share = float(np.average(positive, weights=rows.weights))
            # Of two classes only the second has a curve.
            curves.append(Curve(labels[index + len(labels) - len(columns)], x, y, area, share))
    return tuple(curves)


def thinned(
    x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return at most so many of the points, evenly spaced along the curve, with both ends.

    >>> thinned(np.linspace(0, 1, 1001), np.linspace(0, 1, 1001), most=3)
    ((0.0, 0.5, 1.0), (0.0, 0.5, 1.0))
    """
    if len(x) > most:
        length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        kept = np.unique(np.searchsorted(length, np.linspace(0, length[-1], most)).clip(0, len(x) - 1))
        kept[-1] = len(x) - 1
        x, y = x[kept], y[kept]
    return tuple(float(value) for value in x), tuple(float(value) for value in y)
