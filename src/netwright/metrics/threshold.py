"""From which probability on a row is called positive: chosen for a metric, or for what mistakes cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from netwright.errors import DataError, RecipeError, did_you_mean
from netwright.metrics.rows import Answers
from netwright.metrics.table import find_metric, metrics_of
from netwright.task import Task

COSTS = ("false_positive", "false_negative")


@dataclass(frozen=True)
class Threshold:
    """A threshold with what it brings and what it costs.

    Attributes:
        value: rows with at least this probability are called positive.
        aim: what it was chosen for, in words.
        before: every metric at one half, by name.
        after: every metric at the threshold, by name.
        cost_before: mean cost of a row at one half, None without costs.
        cost_after: at the threshold.
    """

    value: float
    aim: str
    before: Mapping[str, float | None]
    after: Mapping[str, float | None]
    cost_before: float | None = None
    cost_after: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_json` described."""
        return cls(**data)


def choose_threshold(
    truth: Any,
    probabilities: Any,
    *,
    metric: str | None = None,
    costs: Mapping[str, float] | None = None,
) -> Threshold:
    """Choose from which probability on a row is called positive.

    The rows should be neither trained nor tested on, such as those of the validation part.
    With costs the threshold is the one with the least mean cost on these rows; where probabilities are
    calibrated it comes near to c_fp / (c_fp + c_fn).

    Args:
        truth: 0 or 1 (n,).
        probabilities: of the positive class (n,), or of both (n, 2).
        metric: to be made best: f1, balanced_accuracy or accuracy.
        costs: of mistakes: {"false_positive": 1, "false_negative": 10}.

    Raises:
        RecipeError: unless exactly one of metric and costs is given, and known.
        DataError: when the truth is not 0 and 1, or lengths differ.

    Elkan, "The foundations of cost-sensitive learning", 2001.

    >>> choose_threshold([0, 0, 1, 1], [0.125, 0.25, 0.375, 0.75], metric="f1").value
    0.3125
    """
    true = np.asarray(truth).astype(np.int64)
    scores = np.asarray(probabilities, dtype=np.float64)
    scores = scores[:, 1] if scores.ndim == 2 else scores
    _check(true, scores, metric, costs)
    order = np.unique(scores)
    candidates = np.concatenate([[0.0], (order[1:] + order[:-1]) / 2, [np.nextafter(order[-1], 2.0)]])
    if costs is not None:
        values = -_mean_costs(true, scores, candidates, costs)
        aim = (
            f"least cost, {costs['false_positive']:g} for a false alarm and "
            f"{costs['false_negative']:g} for a miss"
        )
    else:
        assert metric is not None
        values, aim = (
            _values(true, scores, candidates, metric),
            f"best {find_metric(Task.BINARY, metric).label}",
        )
    best = np.flatnonzero(values == values.max())
    # Of several that are as good, the one nearest to one half.
    chosen = float(candidates[best[np.abs(candidates[best] - 0.5).argmin()]])
    means = None if costs is None else _mean_costs(true, scores, np.array([0.5, chosen]), costs)
    before, after = (metrics_at(true, scores, at) for at in (0.5, chosen))
    return Threshold(
        chosen, aim, before, after, *((None, None) if means is None else (float(means[0]), float(means[1])))
    )


def checked_costs(costs: Mapping[str, float]) -> Mapping[str, float]:
    """Return the costs of mistakes, as they are.

    Raises:
        RecipeError: unless both are named, none below 0 and one above.
    """
    if set(costs) != set(COSTS) or min(costs.values()) < 0 or not any(costs.values()):
        raise RecipeError(f"threshold: costs must name {' and '.join(COSTS)}, 0 or more; got {dict(costs)}.")
    return costs


def _check(
    true: np.ndarray, scores: np.ndarray, metric: str | None, costs: Mapping[str, float] | None
) -> None:
    if (metric is None) == (costs is None):
        raise RecipeError("threshold: give either a metric or costs, such as metric='f1'.")
    known = ("f1", "balanced_accuracy", "accuracy")
    if metric is not None and metric not in known:
        raise RecipeError(
            f"threshold: a threshold cannot be chosen for {metric!r}. {did_you_mean(metric, known)}"
        )
    if costs is not None:
        checked_costs(costs)
    if len(true) != len(scores) or not len(true):
        raise DataError(
            f"threshold: {len(true):,} true answers and {len(scores):,} probabilities do not go together."
        )
    if not np.isin(true, (0, 1)).all():
        raise DataError("threshold: the truth must be 0 and 1, with 1 for the positive class.")


def _counts(true: np.ndarray, scores: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return true positives, false positives, false negatives and true negatives at each threshold."""
    order = np.argsort(scores, kind="stable")
    below = np.searchsorted(scores[order], at, side="left")
    positive = np.concatenate([[0], np.cumsum(true[order])])
    missed = positive[below]
    hit = positive[-1] - missed
    false = len(true) - below - hit
    return hit, false, missed, below - missed


def _mean_costs(
    true: np.ndarray, scores: np.ndarray, at: np.ndarray, costs: Mapping[str, float]
) -> np.ndarray:
    _, false, missed, _ = _counts(true, scores, at)
    total = costs["false_positive"] * false + costs["false_negative"] * missed
    return np.asarray(total / len(true))


def _values(true: np.ndarray, scores: np.ndarray, at: np.ndarray, metric: str) -> np.ndarray:
    hit, false, missed, rest = _counts(true, scores, at)
    if metric == "f1":
        return np.asarray(2 * hit / np.maximum(2 * hit + false + missed, 1))
    if metric == "accuracy":
        return np.asarray((hit + rest) / len(true))
    return np.asarray((hit / np.maximum(hit + missed, 1) + rest / np.maximum(rest + false, 1)) / 2)


def metrics_at(true: np.ndarray, scores: np.ndarray, at: float) -> dict[str, float | None]:
    """Return every metric of two classes by name, with rows of at least this probability called positive.

    Args:
        true: 0 or 1 (n,).
        scores: probabilities of the positive class (n,).
        at: the threshold.
    """
    answers = Answers((scores >= at).astype(np.int64), np.column_stack([1 - scores, scores]))
    return {metric.name: metric.score(true, answers).value for metric in metrics_of(Task.BINARY)}


def mean_cost(true: np.ndarray, scores: np.ndarray, at: float, costs: Mapping[str, float]) -> float:
    """Return what a row costs on average at a threshold, see `metrics_at` and `choose_threshold`."""
    return float(_mean_costs(true, scores, np.array([at]), costs)[0])
