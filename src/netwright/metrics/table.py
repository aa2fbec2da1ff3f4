"""One table of metrics for every task, found by name."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netwright.errors import RecipeError, did_you_mean
from netwright.metrics import functions, reweighting
from netwright.metrics.rows import Answers, Rows, UndefinedMetricError
from netwright.task import Task


@dataclass(frozen=True)
class Score:
    """The value of a metric, or None with the reason why it has none."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class Metric:
    """One measure of quality.

    Attributes:
        name: as written in recipes and files.
        label: as shown to people.
        higher_is_better: the direction.
        style: "fixed" for bounded scales, "units" for the units of the target, "percent" for shares of it.
        function: from rows to the value; raises UndefinedMetricError.
        reweighted: from rows to the function of other row weights, see `netwright.metrics.reweighting`.
    """

    name: str
    label: str
    higher_is_better: bool
    style: Literal["fixed", "units", "percent"]
    function: Callable[[Rows], float]
    reweighted: Callable[[Rows], reweighting.Reweighted]

    def score(self, truth: np.ndarray, answers: Answers, weights: np.ndarray | None = None) -> Score:
        """Return the value, or None with the reason; never warns."""
        rows = Rows(truth, answers, weights)
        try:
            rows.check()
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore", UserWarning)
                value = float(self.function(rows))
        except UndefinedMetricError as error:
            return Score(None, str(error))
        if not math.isfinite(value):
            return Score(None, "the numbers are too large to be squared or divided")
        return Score(value)

    def gain(self, value: float, reference: float) -> float:
        """Return by how much a value is better than a reference; negative when it is worse."""
        return value - reference if self.higher_is_better else reference - value


def metrics_of(task: Task) -> tuple[Metric, ...]:
    """Return the metrics of a task, the deciding one first.

    >>> [metric.name for metric in metrics_of(Task.REGRESSION)]
    ['rmse', 'mae', 'r2', 'median_absolute_error', 'mape']
    """
    return _TABLE[task]


def primary_metric(task: Task) -> Metric:
    """Return the metric by which models are chosen and compared.

    >>> primary_metric(Task.BINARY).label
    'ROC AUC'
    """
    return _TABLE[task][0]


def find_metric(task: Task, name: str) -> Metric:
    """Return a metric of a task by its name.

    Raises:
        RecipeError: for an unknown name, with the nearest known one.
    """
    known = {metric.name: metric for metric in _TABLE[task]}
    if name not in known:
        raise RecipeError(f"Unknown metric {name!r} for a {task} target. {did_you_mean(name, list(known))}")
    return known[name]


def measure(
    task: Task, truth: np.ndarray, answers: Answers, weights: np.ndarray | None = None
) -> dict[str, Score]:
    """Return every metric of a task by name.

    >>> scores = measure(Task.REGRESSION, np.array([1.0, 3.0]), Answers(np.array([1.0, 2.0])))
    >>> scores["mae"].value
    0.5
    """
    return {metric.name: metric.score(truth, answers, weights) for metric in metrics_of(task)}


def typed(task: Task, values: np.ndarray) -> np.ndarray:
    """Return truth or predictions in the type that metrics take: int64 for classes, float64 for numbers."""
    return np.asarray(values).astype(np.int64 if task.is_classification else np.float64)


def answers_from(task: Task, outputs: np.ndarray) -> Answers:
    """Return the answers that a model's outputs stand for.

    Args:
        task: the task.
        outputs: probabilities (n, classes) or (n, labels), or numbers (n,).
    """
    if task is Task.REGRESSION:
        return Answers(outputs)
    if task is Task.MULTILABEL:
        return Answers((outputs > 0.5).astype(np.int64), outputs)
    return Answers(outputs.argmax(axis=1), outputs)


_TABLE: dict[Task, tuple[Metric, ...]] = {
    Task.BINARY: (
        Metric("roc_auc", "ROC AUC", True, "fixed", functions.roc_auc, reweighting.roc_auc),
        Metric(
            "average_precision",
            "average precision",
            True,
            "fixed",
            functions.average_precision,
            reweighting.average_precision,
        ),
        Metric("accuracy", "accuracy", True, "fixed", functions.accuracy, reweighting.accuracy),
        Metric(
            "balanced_accuracy",
            "balanced accuracy",
            True,
            "fixed",
            functions.balanced_accuracy,
            reweighting.balanced_accuracy,
        ),
        Metric("f1", "F1", True, "fixed", functions.f1, reweighting.f1),
        Metric("log_loss", "log loss", False, "fixed", functions.log_loss, reweighting.log_loss),
        Metric("brier", "Brier score", False, "fixed", functions.brier, reweighting.brier),
    ),
    Task.MULTICLASS: (
        Metric("accuracy", "accuracy", True, "fixed", functions.accuracy, reweighting.accuracy),
        Metric(
            "balanced_accuracy",
            "balanced accuracy",
            True,
            "fixed",
            functions.balanced_accuracy,
            reweighting.balanced_accuracy,
        ),
        Metric("macro_f1", "macro F1", True, "fixed", functions.macro_f1, reweighting.macro_f1),
        Metric("log_loss", "log loss", False, "fixed", functions.log_loss, reweighting.log_loss),
        Metric(
            "roc_auc_ovr",
            "ROC AUC, one class against the rest",
            True,
            "fixed",
            functions.roc_auc,
            reweighting.roc_auc,
        ),
    ),
    Task.MULTILABEL: (
        Metric(
            "subset_accuracy", "all labels right", True, "fixed", functions.accuracy, reweighting.accuracy
        ),
        Metric("macro_f1", "macro F1", True, "fixed", functions.macro_f1, reweighting.macro_f1),
        Metric(
            "macro_average_precision",
            "macro average precision",
            True,
            "fixed",
            functions.average_precision,
            reweighting.average_precision,
        ),
    ),
    Task.REGRESSION: (
        Metric("rmse", "RMSE", False, "units", functions.rmse, reweighting.rmse),
        Metric("mae", "mean absolute error", False, "units", functions.mae, reweighting.mae),
        Metric("r2", "R²", True, "fixed", functions.r2, reweighting.r2),
        Metric(
            "median_absolute_error",
            "median absolute error",
            False,
            "units",
            functions.median_absolute_error,
            reweighting.median_absolute_error,
        ),
        Metric("mape", "mean absolute percentage error", False, "percent", functions.mape, reweighting.mape),
    ),
}
