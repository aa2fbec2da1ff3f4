"""The evidence of a training: measured on the test part, beside classical models."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.compare.baselines import Baseline, fit_baselines
from netwright.compare.evaluation import Evaluation, evaluate
from netwright.compare.verdict import Verdict, verdict
from netwright.data.schema import Kind, align
from netwright.data.target import Target
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import read_rows
from netwright.estimators.preparing import form_of
from netwright.explain.check import Check
from netwright.explain.items import has_parts, item_importance, outputs_of
from netwright.explain.shuffling import PermutationImportance, permutation_importance
from netwright.metrics import Answers, Metric, answers_from, find_metric
from netwright.task import Task
from netwright.uncertainty.promises import Promises
from netwright.verbs import pictures, sequences
from netwright.verbs.budget import BASELINE_SHARE, CHECK_SHARE, EVALUATION_SHARE, IMPORTANCE_SHARE, Budget
from netwright.verbs.explanations import checked_explanations
from netwright.verbs.material import Material
from netwright.verbs.promises import measure_promises

MISTAKES = 12
"""Worst mistakes that are shown."""

SHOWN_COLUMNS = 6
"""Columns of a mistaken row that are shown."""


@dataclass(frozen=True)
class Mistake:
    """One of the predictions that went most wrong.

    Attributes:
        row: its number in the data, counted from 0 below the header.
        true: the truth.
        predicted: the answer.
        size: confidence in the wrong class, or predicted minus true.
        values: a few of its columns.
    """

    row: int
    true: str
    predicted: str
    size: float
    values: Mapping[str, str]


@dataclass(frozen=True)
class Evidence:
    """Everything that was measured after training.

    Attributes:
        evaluation: of the network on the test part.
        baselines: the classical models' answers.
        verdict: which model to use.
        importance: of the columns or parts, or None when there was nothing to measure.
        mistakes: the worst first.
        predict_seconds: the network's time for the test part.
        promises: what was promised of the reliability, and what came.
        checked: whether explanations of test rows are any good, or why that was not looked at.
    """

    evaluation: Evaluation
    baselines: tuple[Baseline, ...]
    verdict: Verdict
    importance: PermutationImportance | None
    mistakes: tuple[Mistake, ...]
    predict_seconds: float
    promises: Promises | None = None
    checked: Check | str = ""

    def to_json(self, phases: Mapping[str, float]) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "headline": self.verdict.sentence,
            "use": self.verdict.use,
            "metrics": {measured.name: measured.value for measured in self.evaluation.metrics},
            "evaluation": self.evaluation.to_json(),
            "verdict": self.verdict.to_json(),
            "baselines": [
                {"name": one.name, "label": one.label, "fit_seconds": one.fit_seconds, "note": one.note}
                for one in self.baselines
            ],
            "importance": None if self.importance is None else self.importance.to_json(),
            "mistakes": [asdict(mistake) for mistake in self.mistakes],
            "predict_seconds": self.predict_seconds,
            "promises": None if self.promises is None else self.promises.to_json(),
            "explanations": self.checked.to_json() if isinstance(self.checked, Check) else None,
            "phases": dict(phases),
        }


def baselines(material: Material, seed: int, budget: Budget) -> tuple[Baseline, ...]:
    """Fit the classical models on all rows that the network may see, and let them answer the test part.

    The network chooses its weights on the validation part, so the baselines get these rows as well.
    """
    split = material.split
    seen = np.sort(np.concatenate([split.train, split.validation]))
    fitted = fit_baselines(
        material.target.task,
        plain_rows(material, seen),
        true_values(material.target, material.truth(seen)),
        plain_rows(material, split.test),
        len(material.target.classes),
        seed=seed,
        seconds=budget.share(BASELINE_SHARE),
        clock=budget.clock,
        texts=[used.name for used in material.schema.used if used.kind is Kind.TEXT],
    )
    return tuple(fitted)


def gather(
    material: Material, model: NetworkEstimator, fitted: tuple[Baseline, ...], seed: int, budget: Budget
) -> Evidence:
    """Measure the network on the test part, compare, and look for what it relies on and gets wrong."""
    target, test = material.target, material.split.test
    rows, truth = material.rows(test), true_values(target, material.truth(test))
    begin = budget.clock()
    answers = answers_of(model, rows)
    predict_seconds = budget.clock() - begin
    share = budget.share(EVALUATION_SHARE / 2)
    evaluation = evaluate(
        target,
        truth,
        answers.predictions,
        answers.probabilities,
        seed=seed,
        seconds=share,
        clock=budget.clock,
    )
    compared = verdict(target.task, truth, answers, fitted, seed=seed, seconds=share, clock=budget.clock)
    importance = None
    if compared.metric:
        metric = find_metric(target.task, compared.metric)
        importance = _importance(material, model, rows, truth, metric, seed, budget)
    mistakes = worst_mistakes(target, rows, truth, answers, test)
    promises = measure_promises(model, rows, truth, answers)
    checked = checked_explanations(
        model,
        rows,
        material.rows(material.split.train),
        seed=seed,
        seconds=budget.share(CHECK_SHARE),
        clock=budget.clock,
    )
    return Evidence(evaluation, fitted, compared, importance, mistakes, predict_seconds, promises, checked)


def plain_rows(material: Material, part: np.ndarray) -> pl.DataFrame:
    """Return rows as classical models read them: aligned columns; of pictures a few brightnesses."""
    column = pictures.column_of(material.schema)
    steps = sequences.column_of(material.schema)
    if steps is not None:
        return sequences.summaries(material.frame[steps.name].gather(part), steps.kind)
    if column is None:
        return align(material.rows(part), material.schema)
    channels = 1 if material.grey else 3
    return pictures.small_pixels(material.frame[column].gather(part), channels)


def _importance(
    material: Material,
    model: NetworkEstimator,
    rows: pl.DataFrame,
    truth: np.ndarray,
    metric: Metric,
    seed: int,
    budget: Budget,
) -> PermutationImportance:
    """Return the importance of the columns, or of the parts of pictures, sequences, sounds and texts."""
    settings: dict[str, Any] = {
        "seed": seed,
        "seconds": budget.share(IMPORTANCE_SHARE),
        "clock": budget.clock,
    }
    aligned = model._aligned(read_rows(rows, form_of(model.preparation_)))
    if has_parts(aligned):
        return item_importance(model, aligned, truth, metric, **settings)
    return permutation_importance(
        lambda frame: outputs_of(model, frame),
        rows,
        truth,
        material.target.task,
        metric,
        [used.name for used in material.schema.used],
        **settings,
    )


def answers_of(model: NetworkEstimator, rows: pl.DataFrame | np.ndarray) -> Answers:
    """Return what a model answers for raw rows, as metrics take it."""
    outputs = outputs_of(model, rows)
    if model.target_.task is Task.BINARY:
        answers = Answers(model.target_.chosen(outputs), outputs)
    else:
        answers = answers_from(model.target_.task, outputs)
    return answers if model.loss_.probabilities else Answers(answers.predictions)


def true_values(target: Target, values: pl.Series) -> np.ndarray:
    """Return the truth as metrics take it: class indices, or numbers in the target's own unit."""
    encoded = target.encode(values)
    return target.decode_numbers(encoded) if target.task is Task.REGRESSION else encoded


def worst_mistakes(
    target: Target, rows: pl.DataFrame, truth: np.ndarray, answers: Answers, numbers: np.ndarray
) -> tuple[Mistake, ...]:
    """Return the answers that went most wrong, the worst first.

    Args:
        target: what was predicted.
        rows: the rows (n).
        truth: class indices or numbers (n,).
        answers: of the model.
        numbers: of the rows in the data (n,).
    """
    if target.task is Task.REGRESSION:
        sizes = answers.predictions - truth
        order = np.argsort(-np.abs(sizes))
        words = (_number(target, truth), _number(target, answers.predictions))
    else:
        sizes = _confidence(answers)
        wrong = np.flatnonzero(answers.predictions != truth)
        order = wrong[np.argsort(-sizes[wrong])]
        words = (
            lambda i: str(target.classes[truth[i]]),
            lambda i: str(target.classes[answers.predictions[i]]),
        )
    shown = rows.columns[:SHOWN_COLUMNS]
    return tuple(
        Mistake(
            row=int(numbers[place]),
            true=words[0](place),
            predicted=words[1](place),
            size=float(sizes[place]),
            values={name: _text(rows[int(place), name]) for name in shown},
        )
        for place in order[:MISTAKES]
    )


def _confidence(answers: Answers) -> np.ndarray:
    if answers.probabilities is None:
        return np.ones(len(answers.predictions))
    places = np.arange(len(answers.predictions))
    return np.asarray(answers.probabilities[places, answers.predictions], dtype=np.float64)


def _number(target: Target, values: np.ndarray) -> Callable[[int], str]:
    scale = target.scale[0] if target.scale else 1.0
    decimals = max(0, 2 - math.floor(math.log10(scale))) if scale > 0 else 3
    return lambda place: f"{values[place]:,.{min(decimals, 8)}f}"


def _text(value: Any) -> str:
    if isinstance(value, pl.Series):
        return f"{len(value):,} step{'s' if len(value) != 1 else ''}"
    return "missing" if value is None else str(value)
