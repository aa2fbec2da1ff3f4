"""The metrics themselves: scikit-learn computes, what has no value says why."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.metrics.rows import Rows, UndefinedMetricError

# Probabilities are clipped here before their logarithm is taken, as scikit-learn does in float64.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)

# Ranking every class against the rest sorts rows times classes scores: beyond this many it takes minutes.
LARGEST_RANKING = 20_000_000


def _sklearn() -> Any:
    # Loaded when first needed: the table itself is read by what must start fast.
    import sklearn.metrics

    return sklearn.metrics


def _ranked(rows: Rows, function: str) -> float:
    """Mean of a ranking metric over the columns that are positive in some rows and negative in others."""
    if rows.probabilities.size > LARGEST_RANKING:
        n, count = rows.probabilities.shape
        raise UndefinedMetricError(f"ranking {n:,} rows for each of {count:,} classes takes too long")
    values = [
        value
        for positive, scores in columns_to_rank(rows)
        if (value := ranking_score(function, positive, scores, rows.weights)) is not None
    ]
    if not values:
        raise UndefinedMetricError("no class is present in some of these rows and absent in others")
    return float(np.mean(values))


def ranking_score(
    function: str, positive: np.ndarray, scores: np.ndarray, weights: np.ndarray | None = None
) -> float | None:
    """Return a ranking metric of scikit-learn by its name, or None when all rows are of one kind.

    Args:
        function: "roc_auc_score" or "average_precision_score".
        positive: which rows are positive (n,).
        scores: higher for what looks positive (n,).
        weights: of the rows (n,), or None.
    """
    counted = positive if weights is None else positive[weights > 0]
    if not counted.any() or counted.all():
        return None
    return float(getattr(_sklearn(), function)(positive, scores, sample_weight=weights))


def columns_to_rank(rows: Rows) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (is positive, score) for the positive class, for every class, or for every label.

    Of two classes the second is the positive one; its ranking is the first's reversed.
    """
    scores = rows.probabilities
    if rows.truth.ndim == 2:
        return [(rows.truth[:, label] == 1, scores[:, label]) for label in range(scores.shape[1])]
    first = 1 if scores.shape[1] == 2 else 0
    return [(rows.truth == index, scores[:, index]) for index in range(first, scores.shape[1])]


def roc_auc(rows: Rows) -> float:
    """P(score of a positive > score of a negative), ties half; averaged over classes or labels."""
    return _ranked(rows, "roc_auc_score")


def average_precision(rows: Rows) -> float:
    """Sum of precision times gain in recall over all thresholds; averaged over labels."""
    return _ranked(rows, "average_precision_score")


def accuracy(rows: Rows) -> float:
    """Share of rows that are right; with several labels, right in all of them."""
    return float(_sklearn().accuracy_score(rows.truth, rows.predictions, sample_weight=rows.weights))


def balanced_accuracy(rows: Rows) -> float:
    """Mean over the classes that occur of the share of their rows that is found."""
    recall = _sklearn().recall_score(
        rows.truth,
        rows.predictions,
        labels=np.unique(rows.counted),
        average="macro",
        sample_weight=rows.weights,
        zero_division=0.0,
    )
    return float(recall)


def f1(rows: Rows) -> float:
    """2 TP / (2 TP + FP + FN) of the second class."""
    score = _sklearn().f1_score
    value = score(rows.truth == 1, rows.predictions == 1, sample_weight=rows.weights, zero_division=np.nan)
    if np.isnan(value):
        raise UndefinedMetricError("the second class occurs neither in the truth nor in the predictions")
    return float(value)


def macro_f1(rows: Rows) -> float:
    """Mean of F1 over the classes or labels that occur in the truth or in the predictions."""
    score = _sklearn().f1_score
    value = score(
        rows.truth, rows.predictions, average="macro", sample_weight=rows.weights, zero_division=np.nan
    )
    if np.isnan(value):
        raise UndefinedMetricError("no label occurs in the truth or in the predictions")
    return float(value)


def log_loss(rows: Rows) -> float:
    """Mean of -log p(true class)."""
    return float(np.average(surprise(rows), weights=rows.weights))


def surprise(rows: Rows) -> np.ndarray:
    """Return -log p(true class) of every row (n,); scikit-learn's refuses classes that do not occur."""
    given = np.take_along_axis(rows.probabilities, rows.truth.astype(np.int64)[:, None], axis=1)[:, 0]
    return np.asarray(-np.log(np.clip(given, SMALLEST_PROBABILITY, 1.0)))


def brier(rows: Rows) -> float:
    """Mean of (p(second class) - truth)^2 (Brier, 1950)."""
    return float(np.average((rows.probabilities[:, 1] - rows.truth) ** 2, weights=rows.weights))


def rmse(rows: Rows) -> float:
    """Root of the mean squared error; averaged over outputs."""
    error = _sklearn().root_mean_squared_error
    return float(error(rows.truth, rows.predictions, sample_weight=rows.weights))


def mae(rows: Rows) -> float:
    """Mean absolute error; averaged over outputs."""
    return float(_sklearn().mean_absolute_error(rows.truth, rows.predictions, sample_weight=rows.weights))


def r2(rows: Rows) -> float:
    """1 - sum of squared errors / sum of squared distances to the mean."""
    if (rows.counted.min(axis=0) == rows.counted.max(axis=0)).any():
        raise UndefinedMetricError("all true values in these rows are equal")
    return float(_sklearn().r2_score(rows.truth, rows.predictions, sample_weight=rows.weights))


def median_absolute_error(rows: Rows) -> float:
    """Median of the absolute errors; averaged over outputs."""
    error = _sklearn().median_absolute_error
    return float(error(rows.truth, rows.predictions, sample_weight=rows.weights))


def mape(rows: Rows) -> float:
    """Mean of |truth - prediction| / truth: sensible only for a target that is above zero."""
    if rows.truth.min() <= 0:
        raise UndefinedMetricError("a share of the true value needs true values above zero")
    error = _sklearn().mean_absolute_percentage_error
    return float(error(rows.truth, rows.predictions, sample_weight=rows.weights))
