"""Importance of the parts of pictures, sequences, sounds and texts, as a model reads them."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from netwright.data.items import ImageRows, Items, MixedRows, TextRows, objects
from netwright.data.sequences import SequencePreparation
from netwright.data.sound import SoundPreparation
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.explain.parts import steps_to_exchange, words_to_exchange
from netwright.explain.regions import regions_to_exchange
from netwright.explain.shuffling import Parts, PermutationImportance
from netwright.explain.subject import Subject, subject_of
from netwright.metrics import Metric
from netwright.task import Task

MOST_ITEMS = 1_000
"""Rows that are looked at, evenly chosen among more."""

BANDS = ("lowest bands", "low bands", "high bands", "highest bands")


def has_parts(rows: Any) -> TypeGuard[Items]:
    """Return whether rows are pictures, sequences, sounds or texts rather than columns of a table."""
    return isinstance(rows, Items) and not isinstance(rows, MixedRows)


def item_importance(
    model: NetworkEstimator | Ensemble,
    rows: Items,
    truth: np.ndarray,
    metric: Metric,
    **settings: Any,
) -> PermutationImportance:
    """Measure how much worse the answers get without a region, a channel, a fifth of the time, or a word.

    Args:
        model: that answers.
        rows: aligned rows (n) for which `has_parts` holds.
        truth: class indices (n,), or numbers in the target's unit.
        metric: how answers are measured.
        settings: further ones of `permutation_importance`, its seed among them.
    """
    chosen = np.arange(0, len(rows), max(1, -(-len(rows) // MOST_ITEMS)))
    parts = _parts(model, rows[chosen])
    return parts.importance(truth[chosen], model.target_.task, metric, **settings)


def _parts(model: NetworkEstimator | Ensemble, rows: Items) -> Parts:
    subject = subject_of(model)
    if isinstance(rows, TextRows):
        return words_to_exchange(
            lambda made: outputs_of(model, TextRows(objects(list(made)))), list(rows.values)
        )
    inputs = subject.prepared(rows)
    if isinstance(rows, ImageRows):
        return regions_to_exchange(
            lambda made: outputs_of(model, made), inputs[0].permute(0, 2, 3, 1).numpy()
        )
    task = model.target_.task
    return steps_to_exchange(lambda made: _flat(subject.predict(made), task), inputs, _channels(subject))


def outputs_of(model: NetworkEstimator | Ensemble, rows: Any) -> np.ndarray:
    """Return probabilities (n, classes) or (n, labels), or numbers in the target's unit, for raw rows."""
    outputs = model._answers(rows)
    if isinstance(model, Ensemble):
        return outputs
    return model.target_.decode_numbers(outputs) if model.target_.task is Task.REGRESSION else outputs


def _flat(answers: np.ndarray, task: Task) -> np.ndarray:
    return answers[:, 0] if task is Task.REGRESSION and answers.shape[1] == 1 else answers


def _channels(subject: Subject) -> dict[str, list[int]]:
    """Return the inputs that belong to each channel, or to each quarter of a sound's bands."""
    preparation = subject.preparations[0]
    if isinstance(preparation, SequencePreparation):
        count = len(preparation.center)
        names = subject.channels(count)
        flags = {int(channel): count + place for place, channel in enumerate(preparation.flagged)}
        return {
            names[channel]: [channel, *([flags[channel]] if channel in flags else [])]
            for channel in range(count)
        }
    assert isinstance(preparation, SoundPreparation)
    quarters = np.array_split(np.arange(preparation.shape.channels), len(BANDS))
    return {name: quarter.tolist() for name, quarter in zip(BANDS, quarters, strict=True)}
