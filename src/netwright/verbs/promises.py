"""How reliable a trained model is on rows that it has not seen: what it promised, and what came."""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.estimators.base import NetworkEstimator
from netwright.estimators.regressor import Regressor
from netwright.metrics import Answers
from netwright.metrics.threshold import Threshold
from netwright.task import Task
from netwright.uncertainty.promises import (
    COVERAGES,
    Promises,
    answered,
    covered_by_intervals,
    covered_by_sets,
    effect_of,
)

MOST_ROWS = 20_000
"""Intervals are asked for the first so many rows: more say no more."""


def measure_promises(
    model: NetworkEstimator, rows: pl.DataFrame | np.ndarray, truth: np.ndarray, answers: Answers
) -> Promises | None:
    """Return what came of what a model promises; None for several targets and for margins.

    Args:
        model: trained.
        rows: that took no part in the training (n).
        truth: class numbers or numbers (n,).
        answers: of the model for these rows.
    """
    learnt = model.assurance_
    if not len(truth) or len(model.target_.names) > 1:
        return None
    if isinstance(model, Regressor):
        some, held = rows[:MOST_ROWS], truth[:MOST_ROWS]
        known = [] if learnt.intervals is None else [c for c in COVERAGES if c <= learnt.intervals.widest]
        ends = {asked: model.predict_interval(some, asked) for asked in known}
        coverages = covered_by_intervals(learnt.intervals, ends, held)
        return Promises(len(held), False, tuple(coverages), missing=learnt.missing)
    chances = answers.probabilities
    if chances is None:
        return None
    return Promises(
        len(truth),
        True,
        tuple(covered_by_sets(learnt.sets, chances, truth)),
        tuple(answered(learnt.abstention, answers.predictions, chances, truth)),
        learnt.temperature,
        threshold_effect(model, truth, answers),
        learnt.missing,
    )


def threshold_effect(model: NetworkEstimator, truth: np.ndarray, answers: Answers) -> Threshold | None:
    """Return what the threshold of a model gains and costs on rows; None without one."""
    if model.target_.task is not Task.BINARY or answers.probabilities is None:
        return None
    wish = model.recipe_.threshold
    costs = wish if isinstance(wish, dict) else None
    return effect_of(model.assurance_.threshold, answers.probabilities, truth, costs)
