"""`evaluate`: how good a model is on labelled rows, with 95 % intervals."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from netwright.compare import evaluation
from netwright.compare.evaluation import Evaluation
from netwright.data.target import Target
from netwright.errors import DataError, did_you_mean
from netwright.estimators.base import NetworkEstimator
from netwright.metrics.threshold import Threshold
from netwright.task import Task
from netwright.verbs.evidence import answers_of
from netwright.verbs.model import open_model, read_for
from netwright.verbs.promises import threshold_effect


@dataclass(frozen=True)
class Evaluated:
    """The evaluation of a model on a file.

    Attributes:
        evaluation: metrics with intervals, confusion matrix, curves.
        notes: how the file was read, one sentence each.
        threshold: what the threshold between two classes gains and costs, where one was chosen.
    """

    evaluation: Evaluation
    notes: tuple[str, ...] = ()
    threshold: Threshold | None = None


def evaluate(
    model: str | os.PathLike[str] | NetworkEstimator, source: str | os.PathLike[str], *, seed: int = 0
) -> Evaluated:
    """Measure a model on the labelled rows of a file.

    Args:
        model: a run folder, a model file, or a model.
        source: the file with the rows and the target column. They must not have been trained on.
        seed: of the resamples behind the intervals.

    Raises:
        DataError: when the target or an input column is missing, or a value cannot be used.
        RunError, ArtifactError: when there is no model to be had.
    """
    if not isinstance(model, NetworkEstimator):
        model = open_model(model)
    table = read_for(model, source, labelled=Path(source).is_dir() or str(source).endswith(".zip"))
    truth = _truth(model.target_, table.frame, source)
    answers = answers_of(model, table.frame)
    measured = evaluation.evaluate(
        model.target_, truth, answers.predictions, answers.probabilities, seed=seed
    )
    return Evaluated(measured, table.decisions, threshold_effect(model, truth, answers))


def _truth(target: Target, frame: pl.DataFrame, source: str | os.PathLike[str]) -> np.ndarray:
    """Return class indices (n,), 0/1 (n, labels), or numbers in the target's unit (n,) or (n, outputs)."""
    for name in target.names:
        if name not in frame.columns:
            raise DataError(
                f"{source} has no column {name!r} with the true answers. {did_you_mean(name, frame.columns)} "
                "To answer rows whose answers are not known: netwright predict."
            )
    column = frame.select(target.names).to_numpy() if len(target.names) > 1 else frame[target.name]
    encoded = target.encode(column)
    return target.decode_numbers(encoded) if target.task is Task.REGRESSION else encoded
