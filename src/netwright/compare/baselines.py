"""Three classical models on the same rows: what a network must beat to be worth its while."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from netwright.compare.boosting import fit_boosting
from netwright.compare.budget import Budget
from netwright.compare.design import Design, design_of
from netwright.compare.linear import fit_linear
from netwright.compare.problem import Learnt, Problem, constant
from netwright.metrics import Answers, answers_from, typed
from netwright.task import Task

Fit = Callable[[Problem, Budget], Learnt]

# The linear model is usually done in a fraction of its part; what it leaves goes to gradient boosting.
LINEAR_SHARE = 0.3

# Kept back for answering the test rows.
RESERVE = 0.15


@dataclass(frozen=True)
class Baseline:
    """A classical model and what it answers for the test rows.

    Attributes:
        name: "constant", "linear" or "boosting".
        label: as shown to people.
        predictions: class indices, 0/1 labels or numbers in the target's unit.
        probabilities: (n, classes) or (n, labels); None for numbers.
        fit_seconds: the time to fit it and to answer.
        note: what was shortened or is to be known otherwise; empty when nothing is.
        shortened: whether it had too little time to be trained in full.
    """

    name: str
    label: str
    predictions: np.ndarray
    probabilities: np.ndarray | None
    fit_seconds: float
    note: str = ""
    shortened: bool = False

    @property
    def answers(self) -> Answers:
        """What it answers, as metrics take it."""
        return Answers(self.predictions, self.probabilities)


def fit_baselines(
    task: Task,
    train: pl.DataFrame,
    truth: np.ndarray,
    test: pl.DataFrame,
    classes: int,
    sample_weight: np.ndarray | None = None,
    *,
    seed: int,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    threads: int | None = None,
    texts: Sequence[str] = (),
) -> list[Baseline]:
    """Fit a constant, a linear model and gradient boosting, and let them answer for the test rows.

    Args:
        task: what is asked.
        train: aligned training rows: Float64, String and Datetime columns.
        truth: of the training rows: class indices (n,), 0/1 (n, labels), or numbers (n,) or (n, outputs).
        test: aligned test rows with the same columns.
        classes: how many classes the target has; 0 for numbers.
        sample_weight: of the training rows (n,), or None.
        seed: of what is random.
        seconds: the time that all of them may take together, or None for as long as it takes.
        clock: returns seconds.
        threads: how many threads may work, or None for all.
        texts: names of the columns that hold running text.

    >>> train = pl.DataFrame({"x": [float(number) for number in range(40)]})
    >>> truth = np.arange(40) // 20
    >>> fitted = fit_baselines(Task.BINARY, train, truth, train.head(2), classes=2, seed=0)
    >>> [(baseline.name, baseline.predictions.tolist()) for baseline in fitted]
    [('constant', [0, 0]), ('linear', [0, 0]), ('boosting', [0, 0])]
    """
    assert len(train) == len(truth)
    assert train.width > 0
    assert len(train) > 0
    assert len(test) > 0
    limit = math.inf if seconds is None else clock() + (1 - RESERVE) * seconds
    budget = Budget(clock, limit)
    fits: dict[str, tuple[Fit, float]] = {
        "constant": (lambda problem, _: constant(problem), 1.0),
        "linear": (fit_linear, LINEAR_SHARE),
        "boosting": (fit_boosting, 1.0),
    }
    baselines = []
    with _quiet(), threadpool_limits(limits=threads):
        parts = _parts(task, design_of(train, test, texts), typed(task, truth), classes, sample_weight, seed)
        for name, (fit, share) in fits.items():
            begin = clock()
            learnt = _learn(parts, fit, budget.share(share))
            answers = answers_from(task, _joined(task, learnt, truth.ndim))
            baselines.append(_baseline(task, name, learnt, answers, clock() - begin))
    return baselines


def _baseline(task: Task, name: str, learnt: list[Learnt], answers: Answers, seconds: float) -> Baseline:
    notes = [note for part in learnt for note in part.cuts + part.remarks]
    return Baseline(
        name=name,
        label=_labels(task)[name],
        predictions=answers.predictions,
        probabilities=answers.probabilities,
        fit_seconds=seconds,
        note=" ".join(dict.fromkeys(notes)),
        shortened=any(part.cuts for part in learnt),
    )


def _labels(task: Task) -> dict[str, str]:
    """Return the names of the baselines as shown to people."""
    return {
        "constant": "most frequent class" if task.is_classification else "mean",
        "linear": "logistic regression" if task.is_classification else "ridge regression",
        "boosting": "gradient boosting",
    }


@dataclass(frozen=True)
class _Part:
    """One label or output of the target; numbers are standardised by mean and scale."""

    problem: Problem
    mean: float = 0.0
    scale: float = 1.0


def _parts(
    task: Task, design: Design, truth: np.ndarray, classes: int, weights: np.ndarray | None, seed: int
) -> list[_Part]:
    columns = [truth] if truth.ndim == 1 else list(truth.T)
    if task.is_classification:
        kinds = 2 if task is Task.MULTILABEL else classes
        return [_Part(Problem(design, column, weights, kinds, seed)) for column in columns]
    parts = []
    for column in columns:
        mean, scale = _standard(column, weights)
        parts.append(_Part(Problem(design, (column - mean) / scale, weights, 0, seed), mean, scale))
    return parts


def _standard(column: np.ndarray, weights: np.ndarray | None) -> tuple[float, float]:
    """Return mean and spread, so that no model depends on the unit of the target."""
    largest = float(np.abs(column).max()) or 1.0
    scaled = column / largest
    mean = float(np.average(scaled, weights=weights))
    spread = float(np.sqrt(np.average((scaled - mean) ** 2, weights=weights)))
    return mean * largest, spread * largest or 1.0


def _learn(parts: list[_Part], fit: Fit, budget: Budget) -> list[Learnt]:
    """Fit one model for each part; its outputs are in the unit of the target."""
    answers = []
    for place, part in enumerate(parts):
        if len(np.unique(part.problem.truth)) > 1:
            learnt = fit(part.problem, budget.share(1 / (len(parts) - place)))
        else:
            remark = "All training rows have the same answer."
            learnt = Learnt(constant(part.problem).outputs, remarks=(remark,))
        answers.append(replace(learnt, outputs=learnt.outputs * part.scale + part.mean))
    return answers


def _joined(task: Task, parts: list[Learnt], dimensions: int) -> np.ndarray:
    if dimensions == 1:
        return parts[0].outputs
    columns = (part.outputs[:, 1] if task is Task.MULTILABEL else part.outputs for part in parts)
    return np.column_stack(list(columns))


@contextmanager
def _quiet() -> Iterator[None]:
    # What did not converge is said in the note of the baseline.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
