"""The evaluation of one model on rows that it was not trained on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.compare.bootstrap import bootstrap
from netwright.compare.calibration import Calibration, calibration
from netwright.compare.curves import (
    ClassScores,
    Confusion,
    Curve,
    class_scores,
    confusion,
    precision_recall,
    roc,
)
from netwright.compare.measurements import Measurement, measurements
from netwright.compare.plain import from_plain
from netwright.compare.residuals import Residuals, residuals
from netwright.metrics import Answers, Rows, metrics_of, typed
from netwright.task import Task

if TYPE_CHECKING:
    from netwright.data.target import Target


@dataclass(frozen=True)
class Evaluation:
    """How good a model is, with the evidence.

    Attributes:
        task: what was asked.
        rows: how many rows it was measured on.
        weighted: whether rows counted differently.
        metrics: all metrics of the task, the deciding one first.
        note: how the intervals were made.
        confusion: for two and more classes.
        classes: precision, recall and F1 of every class or label.
        roc: one curve for two classes, one a class or label for the ten most frequent of more.
        precision_recall: likewise.
        calibration: for classifiers with probabilities.
        residuals: one for each predicted number.
    """

    task: Task
    rows: int
    weighted: bool
    metrics: tuple[Measurement, ...]
    note: str
    confusion: Confusion | None = None
    classes: tuple[ClassScores, ...] = ()
    roc: tuple[Curve, ...] = ()
    precision_recall: tuple[Curve, ...] = ()
    calibration: Calibration | None = None
    residuals: tuple[Residuals, ...] = ()

    @property
    def primary(self) -> Measurement:
        """The deciding metric."""
        return self.metrics[0]

    def metric(self, name: str) -> Measurement:
        """Return one metric by its name."""
        return next(measured for measured in self.metrics if measured.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Evaluation:
        """Return the evaluation that `to_json` described."""
        return from_plain(cls, data)


def evaluate(
    target: Target,
    truth: np.ndarray,
    predictions: np.ndarray,
    probabilities: np.ndarray | None = None,
    sample_weight: np.ndarray | None = None,
    *,
    seed: int,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Evaluation:
    """Evaluate the answers of a model.

    Args:
        target: what was predicted.
        truth: class indices (n,), 0/1 (n, labels), or numbers in the target's unit (n,) or (n, outputs).
        predictions: likewise.
        probabilities: (n, classes) or (n, labels); None for numbers.
        sample_weight: of the rows (n,), or None.
        seed: of the resamples and of the points that are shown.
        seconds: the time that the intervals may take, or None for as long as it takes.
        clock: returns seconds.

    >>> import polars as pl
    >>> from netwright.data.target import Target
    >>> column = pl.Series("y", ["no", "yes", "yes", "no"])
    >>> target = Target.infer(column)
    >>> certain = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> evaluate(target, target.encode(column), certain.argmax(axis=1), certain, seed=0).primary.value
    1.0
    """
    task = target.task
    truth = typed(task, truth)
    answers = Answers(typed(task, predictions), probabilities)
    rows = Rows(truth, answers, sample_weight)
    metrics = metrics_of(task)
    resampled = bootstrap(
        truth, {"model": answers}, metrics, sample_weight, seed=seed, seconds=seconds, clock=clock
    )
    details = _numbers(target, rows, seed) if task is Task.REGRESSION else _classes(target, rows)
    return Evaluation(
        task=task,
        rows=len(truth),
        weighted=sample_weight is not None,
        metrics=measurements(resampled, "model", metrics),
        note=resampled.note,
        **details,
    )


def _classes(target: Target, rows: Rows) -> dict[str, Any]:
    several = target.task is Task.MULTILABEL
    labels = list(target.names) if several else [str(label) for label in target.classes]
    truth, answers, weights = rows.truth, rows.answers, rows.weights
    if not len(truth) or (weights is not None and not weights.sum() > 0):
        return {}
    return {
        "confusion": None if several else confusion(truth, answers.predictions, labels),
        "classes": class_scores(truth, answers.predictions, labels, weights),
        "roc": roc(rows, labels),
        "precision_recall": precision_recall(rows, labels),
        "calibration": calibration(target.task, truth, answers, weights, labels[-1]),
    }


def _numbers(target: Target, rows: Rows, seed: int) -> dict[str, Any]:
    n, outputs = len(rows.truth), len(target.names)
    columns = zip(
        target.names, rows.truth.reshape(n, outputs).T, rows.predictions.reshape(n, outputs).T, strict=True
    )
    found = (residuals(name, true, said, rows.weights, seed=seed) for name, true, said in columns)
    return {"residuals": tuple(one for one in found if one is not None)}
