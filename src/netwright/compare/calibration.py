"""Calibration: whether what is promised with 80 % comes true in 80 of 100 rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from netwright.compare.intervals import wilson_interval
from netwright.metrics import Answers
from netwright.task import Task

MOST_BINS = 15

# Fewer rows than this tell little about how often something happens.
ROWS_OF_A_BIN = 20


@dataclass(frozen=True)
class CalibrationBin:
    """Rows with similar predicted probability, and how often the prediction came true.

    Attributes:
        predicted: mean predicted probability.
        observed: share of rows in which it came true.
        count: number of rows.
        low: lower end of the 95 % interval of the observed share.
        high: upper end.
    """

    predicted: float
    observed: float
    count: int
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """Promised against observed frequency.

    Attributes:
        bins: of equal numbers of rows, by ascending predicted probability.
        error: expected calibration error: the mean gap |observed - predicted|, weighted by rows.
        about: what the probability is of, such as "malignant" or "the predicted class".
    """

    bins: tuple[CalibrationBin, ...]
    error: float
    about: str


def calibration(
    task: Task,
    truth: np.ndarray,
    answers: Answers,
    weights: np.ndarray | None = None,
    positive: str = "the second class",
) -> Calibration | None:
    """Return how well the probabilities of a classifier are calibrated, or None without probabilities.

    Two classes: of the second class. Many classes: of the predicted class, whether it was right.
    Several labels: of every label in every row.

    Args:
        task: the task.
        truth: class indices (n,), or 0/1 (n, labels).
        answers: what the model says.
        weights: of the rows (n,), or None.
        positive: name of the second class.
    """
    probabilities = answers.probabilities
    if task is Task.REGRESSION or probabilities is None or not len(truth):
        return None
    if not np.isfinite(probabilities).all():
        return None
    if task is Task.BINARY:
        return reliability(probabilities[:, 1], truth == 1, weights, positive)
    if task is Task.MULTICLASS:
        right = probabilities.argmax(axis=1) == truth
        return reliability(probabilities.max(axis=1), right, weights, "the predicted class")
    every = None if weights is None else np.repeat(weights, truth.shape[1])
    return reliability(probabilities.ravel(), truth.ravel() == 1, every, "each label")


def reliability(
    probabilities: np.ndarray, happened: np.ndarray, weights: np.ndarray | None, about: str
) -> Calibration:
    """Return the reliability curve over bins of equal numbers of rows.

        error = sum over bins of (rows of the bin / rows) |observed - predicted|

    Args:
        probabilities: predicted (n,).
        happened: whether it came true (n,).
        weights: of the rows (n,), or None.
        about: what the probability is of.

    Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015.

    >>> promised = np.repeat([0.2, 0.8], 20)
    >>> curve = reliability(promised, promised > 0.5, None, "rain")
    >>> [(round(one.predicted, 1), one.observed) for one in curve.bins]
    [(0.2, 0.0), (0.8, 1.0)]
    >>> round(curve.error, 3)
    0.2
    """
    probabilities = np.clip(np.asarray(probabilities, dtype=np.float64), 0.0, 1.0)
    weights = np.ones(len(probabilities)) if weights is None else weights
    counted = weights > 0
    if not counted.any():
        return Calibration((), 0.0, about)
    probabilities, happened, weights = probabilities[counted], happened[counted], weights[counted]
    order = np.argsort(probabilities, kind="stable")
    pieces = [order[start:stop] for start, stop in _bounds(probabilities[order])]
    bins = tuple(_bin(probabilities[rows], happened[rows], weights[rows]) for rows in pieces)
    gaps = [abs(one.observed - one.predicted) for one in bins]
    error = float(np.average(gaps, weights=[weights[rows].sum() for rows in pieces]))
    return Calibration(bins, error, about)


def _bounds(ascending: np.ndarray) -> list[tuple[int, int]]:
    """Return where bins start and stop; rows with the same probability stay together."""
    n = len(ascending)
    count = max(1, min(MOST_BINS, n // ROWS_OF_A_BIN))
    wished = np.linspace(0, n, count + 1).round().astype(np.int64)[1:-1]
    starts = np.unique(np.searchsorted(ascending, ascending[wished], side="left"))
    edges = [0, *(int(start) for start in starts if start > 0), n]
    return list(pairwise(edges))


def _bin(probabilities: np.ndarray, happened: np.ndarray, weights: np.ndarray) -> CalibrationBin:
    share = float(np.clip(np.average(happened, weights=weights), 0.0, 1.0))
    effective = float(weights.sum() ** 2 / np.square(weights).sum())
    interval = wilson_interval(share, effective)
    predicted = float(np.average(probabilities, weights=weights))
    return CalibrationBin(predicted, share, len(probabilities), interval.low, interval.high)
