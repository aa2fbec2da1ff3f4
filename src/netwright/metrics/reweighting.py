"""Metrics as functions of the row weights, so that thousands of resamples cost little.

A bootstrap resample is a new weight for every row: how often it was drawn. All that depends on the
answers alone (the sorting of scores, the error of every row) is done once here; what is left for each
resample are sums. Every function returns a `Reweighted`: from weights (resamples, n) to values
(resamples,), NaN where the metric is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.metrics.functions import columns_to_rank, surprise
from netwright.metrics.rows import Rows, UndefinedMetricError

Reweighted = Callable[[np.ndarray], np.ndarray]

# Every resample sums over rows times classes: beyond this many an interval would take minutes.
LARGEST_RESAMPLED_RANKING = 1_000_000

# The product with a dense table of few columns is faster than the one with a sparse table.
MOST_DENSE_CLASSES = 16


def accuracy(rows: Rows) -> Reweighted:
    """Share of rows that are right; with several labels, right in all of them."""
    correct = rows.truth == rows.predictions
    return _mean(correct.all(axis=1) if correct.ndim == 2 else correct)


def log_loss(rows: Rows) -> Reweighted:
    """Mean of -log p(true class)."""
    return _mean(surprise(rows))


def brier(rows: Rows) -> Reweighted:
    """Mean of (p(second class) - truth)^2."""
    return _mean((rows.probabilities[:, 1] - rows.truth) ** 2)


def mae(rows: Rows) -> Reweighted:
    """Mean absolute error."""
    return _mean(_per_row(np.abs(rows.truth - rows.predictions)))


def mape(rows: Rows) -> Reweighted:
    """Mean of |truth - prediction| / truth, for true values above zero."""
    return _mean(_per_row(np.abs((rows.truth - rows.predictions) / rows.truth)))


def rmse(rows: Rows) -> Reweighted:
    """Root of the mean squared error, averaged over outputs."""
    return _average([_root(_mean(error**2)) for error in _columns(rows.truth - rows.predictions)])


def r2(rows: Rows) -> Reweighted:
    """1 - sum of squared errors / sum of squared distances to the mean, averaged over outputs."""
    pairs = zip(_columns(rows.truth), _columns(rows.predictions), strict=True)
    return _average([_r2(truth, predictions) for truth, predictions in pairs])


def median_absolute_error(rows: Rows) -> Reweighted:
    """Weighted median of the absolute errors, averaged over outputs."""
    return _average([_median(error) for error in _columns(np.abs(rows.truth - rows.predictions))])


def balanced_accuracy(rows: Rows) -> Reweighted:
    """Mean over the classes that occur of the share of their rows that is found."""
    counts = _class_counts(rows)

    def value(weights: np.ndarray) -> np.ndarray:
        hits, support, _ = counts(weights)
        return _mean_where(hits, support, support > 0)

    return value


def f1(rows: Rows) -> Reweighted:
    """2 TP / (2 TP + FP + FN) of the second class."""
    counts = _class_counts(rows)

    def value(weights: np.ndarray) -> np.ndarray:
        hits, support, predicted = (totals[:, 1] for totals in counts(weights))
        return _divide(2 * hits, support + predicted)

    return value


def macro_f1(rows: Rows) -> Reweighted:
    """Mean of F1 over the classes or labels that occur in the truth or in the predictions."""
    counts = _class_counts(rows)

    def value(weights: np.ndarray) -> np.ndarray:
        hits, support, predicted = counts(weights)
        both = support + predicted
        return _mean_where(2 * hits, both, both > 0)

    return value


def roc_auc(rows: Rows) -> Reweighted:
    """P(score of a positive > score of a negative), ties half; averaged over classes or labels."""
    return _average([ranking.area for ranking in _rankings(rows)])


def average_precision(rows: Rows) -> Reweighted:
    """Mean over the positives of the precision at their score; averaged over classes or labels."""
    return _average([ranking.precision for ranking in _rankings(rows)])


@dataclass(frozen=True)
class _Ranking:
    """Rows of both kinds sorted by score, and where each positive stands among them."""

    positives: np.ndarray
    negatives: np.ndarray
    positives_below: np.ndarray
    negatives_below: np.ndarray
    negatives_up_to: np.ndarray

    @classmethod
    def of(cls, positive: np.ndarray, scores: np.ndarray) -> _Ranking:
        """Sort once."""
        order = np.argsort(scores, kind="stable")
        positives, negatives = order[positive[order]], order[~positive[order]]
        return cls(
            positives,
            negatives,
            np.searchsorted(scores[positives], scores[positives], side="left"),
            np.searchsorted(scores[negatives], scores[positives], side="left"),
            np.searchsorted(scores[negatives], scores[positives], side="right"),
        )

    def area(self, weights: np.ndarray) -> np.ndarray:
        """Return the area under the ROC curve: the share of pairs in the right order."""
        positive, negative = weights[:, self.positives], _cumulative(weights, self.negatives)
        wins = (negative[:, self.negatives_below] + negative[:, self.negatives_up_to]) / 2
        return _divide((positive * wins).sum(axis=1), positive.sum(axis=1) * negative[:, -1])

    def precision(self, weights: np.ndarray) -> np.ndarray:
        """Return the average precision: over the positives, the precision at their score."""
        drawn = weights[:, self.positives]
        positive, negative = _cumulative(weights, self.positives), _cumulative(weights, self.negatives)
        true = positive[:, -1:] - positive[:, self.positives_below]
        false = negative[:, -1:] - negative[:, self.negatives_below]
        precision = np.divide(true, true + false, out=np.zeros_like(true), where=drawn > 0)
        mean = _divide((drawn * precision).sum(axis=1), positive[:, -1])
        return np.where(negative[:, -1] > 0, mean, np.nan)


def _rankings(rows: Rows) -> list[_Ranking]:
    columns = columns_to_rank(rows)
    if len(columns) * len(rows.truth) > LARGEST_RESAMPLED_RANKING and len(columns) > 1:
        raise UndefinedMetricError(
            f"resampling {len(rows.truth):,} rows ranked for each of {len(columns):,} classes takes too long"
        )
    return [_Ranking.of(positive, scores) for positive, scores in columns]


def _class_counts(rows: Rows) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return the function from weights to hits, support and predicted rows, each (resamples, classes)."""
    truth, predictions = rows.truth, rows.predictions
    if truth.ndim == 2:
        table: Any = np.hstack([truth * predictions, truth, predictions]).astype(np.float64)
    else:
        classes = max(2, int(truth.max()) + 1, int(predictions.max()) + 1)
        table = _indicators(truth, predictions, classes)

    def counts(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        hits, support, predicted = np.split(weights @ table, 3, axis=1)
        return hits, support, predicted

    return counts


def _indicators(truth: np.ndarray, predictions: np.ndarray, classes: int) -> Any:
    """Return the table (n, 3 classes) of ones where a class is hit, true and predicted."""
    from scipy.sparse import csr_array

    columns = np.column_stack([truth, truth + classes, predictions + 2 * classes])
    ones = np.ones(columns.shape)
    ones[:, 0] = truth == predictions
    starts = 3 * np.arange(len(truth) + 1)
    table = csr_array((ones.ravel(), columns.ravel(), starts), shape=(len(truth), 3 * classes))
    return table.toarray() if classes <= MOST_DENSE_CLASSES else table


def _r2(truth: np.ndarray, predictions: np.ndarray) -> Reweighted:
    # Centred first, so that the difference of squares below loses no digits.
    distance = truth - truth.mean()
    table = np.column_stack([(truth - predictions) ** 2, distance, distance**2])

    def value(weights: np.ndarray) -> np.ndarray:
        error, first, second = (weights @ table).T
        spread = second - first**2 / weights.sum(axis=1)
        return 1 - _divide(error, np.where(spread > 1e-12 * second, spread, 0.0))

    return value


def _median(errors: np.ndarray) -> Reweighted:
    order = np.argsort(errors, kind="stable")
    ascending = errors[order]

    def value(weights: np.ndarray) -> np.ndarray:
        cumulative = np.cumsum(weights[:, order], axis=1)
        half = cumulative[:, -1:] / 2
        lower, upper = (cumulative >= half).argmax(axis=1), (cumulative > half).argmax(axis=1)
        return np.where(half[:, 0] > 0, (ascending[lower] + ascending[upper]) / 2, np.nan)

    return value


def _root(square: Reweighted) -> Reweighted:
    return lambda weights: np.sqrt(square(weights))


def _mean(contributions: np.ndarray) -> Reweighted:
    column = contributions.astype(np.float64)
    return lambda weights: _divide(weights @ column, weights.sum(axis=1))


def _average(parts: Sequence[Reweighted]) -> Reweighted:
    """Return the mean over the parts that have a value."""

    def value(weights: np.ndarray) -> np.ndarray:
        if len(parts) == 1:
            return parts[0](weights)
        total, defined = np.zeros(len(weights)), np.zeros(len(weights))
        for part in parts:
            values = part(weights)
            total += np.nan_to_num(values)
            defined += np.isfinite(values)
        return _divide(total, defined)

    return value


def _mean_where(numerator: np.ndarray, denominator: np.ndarray, defined: np.ndarray) -> np.ndarray:
    shares = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=defined)
    return _divide(shares.sum(axis=1), defined.sum(axis=1))


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    missing = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=missing, where=denominator > 0)
    return missing


def _cumulative(weights: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the running sums over rows in that order, (resamples, rows + 1), from 0."""
    cumulative = np.zeros((len(weights), len(order) + 1))
    np.cumsum(weights[:, order], axis=1, out=cumulative[:, 1:])
    return cumulative


def _columns(matrix: np.ndarray) -> list[np.ndarray]:
    return [matrix] if matrix.ndim == 1 else list(matrix.T)


def _per_row(matrix: np.ndarray) -> np.ndarray:
    return matrix if matrix.ndim == 1 else np.asarray(matrix.mean(axis=1))
