"""`predict`: a file of raw rows in, answers in the same order out."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from netwright.data.read import read_table
from netwright.errors import RunError, UserError, listing
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.forecaster import Forecaster
from netwright.files import write_atomically
from netwright.task import Task
from netwright.verbs import sequences
from netwright.verbs.certainty import Certainty, certainty_columns, unusual_rows
from netwright.verbs.model import open_any, read_for
from netwright.verbs.pictures import column_of
from netwright.verbs.source import NAME

PREDICTION = "prediction"
PROBABILITY = "probability"

_ENDINGS: dict[str, Callable[[pl.DataFrame, BytesIO], object]] = {
    ".csv": pl.DataFrame.write_csv,
    ".parquet": pl.DataFrame.write_parquet,
    ".jsonl": pl.DataFrame.write_ndjson,
    ".ndjson": pl.DataFrame.write_ndjson,
}


@dataclass(frozen=True)
class Predictions:
    """The answers for a file.

    Attributes:
        answers: one row for each row of the file, in the same order: of pictures the path, the
            prediction, and for classifiers the probability of each class.
        notes: what was noticed on the way, one sentence each.
    """

    answers: pl.DataFrame
    notes: tuple[str, ...] = ()


def predict(
    model: str | os.PathLike[str] | NetworkEstimator,
    source: str | os.PathLike[str],
    certainty: Certainty | None = None,
) -> Predictions:
    """Answer the rows of a file.

    Args:
        model: a run folder, a model file, or a model.
        source: the file with the rows, in any form that `train` reads, or a folder of pictures. Columns
            may come in another order, with others between them, and with values never seen in training.
        certainty: what to say of how sure the answers are, beyond the probabilities.

    Raises:
        DataError: when a column is missing or a value cannot be what its column asks for.
        RunError, ArtifactError: when there is no model to be had.
    """
    if not isinstance(model, NetworkEstimator):
        model = open_any(model)
    if isinstance(model, Forecaster):
        read = read_table(source)
        return Predictions(model.predict(read.frame), read.decisions)
    table = read_for(model, source)
    answers = answers_for(model, table.frame)
    answers = answers.with_columns(
        pl.Series(name, values)
        for name, values in certainty_columns(model, table.frame, certainty or Certainty()).items()
    )
    column = column_of(model.schema_) or (NAME if sequences.column_of(model.schema_) else None)
    if column is not None and column in table.frame.columns:
        answers = answers.insert_column(0, table.frame[column])
    assert answers.height == table.frame.height
    spare = _spare(model, table.frame.drop(NAME, strict=False))
    return Predictions(answers, (*table.decisions, *spare, *unusual_rows(model, table.frame)))


def answers_for(model: NetworkEstimator, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the predictions for raw rows, and for classifiers the probability of each class."""
    predictions = model.predict(frame)
    names = model.target_.names
    columns = _columns(PREDICTION, names if len(names) > 1 else ("",), predictions)
    if hasattr(model, "predict_proba"):
        several = model.target_.task is Task.MULTILABEL
        columns |= _columns(
            PROBABILITY, names if several else model.target_.classes, model.predict_proba(frame)
        )
    return pl.DataFrame(columns)


def write_answers(answers: pl.DataFrame, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write answers in the form that the file's ending names, in one step.

    Args:
        answers: the table.
        path: where to; .csv, .parquet, .jsonl or .ndjson.
        force: whether a file that exists may be replaced.

    Raises:
        RunError: when the file exists or cannot be written, UserError for another ending.
    """
    check_answers(path, force=force)
    write = _ENDINGS[Path(path).suffix.lower()]
    content = BytesIO()
    write(answers, content)
    write_atomically(path, content.getvalue())


def check_answers(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Raise what `write_answers` would raise for this place, before the work is done."""
    place = Path(path)
    if place.suffix.lower() not in _ENDINGS:
        raise UserError(
            f"{path}: the ending says the form, and {place.suffix or 'none'} is not known. "
            f"Known: {listing(_ENDINGS)}."
        )
    if place.is_dir():
        raise RunError(f"{path} is a folder. Name a file for the answers.")
    if place.exists() and not force:
        raise RunError(f"{path} exists. Replace it with --force, or choose another file with --out.")
    if not place.parent.is_dir():
        raise RunError(f"There is no folder {place.parent} for the answers. Make it, or choose another.")


def _columns(prefix: str, labels: Any, values: np.ndarray) -> dict[str, np.ndarray]:
    """Return one named column for each label; the only one without a label has the prefix as its name."""
    matrix = values.reshape(len(values), -1)
    return {
        f"{prefix}_{label}" if label != "" else prefix: matrix[:, place] for place, label in enumerate(labels)
    }


def _spare(model: NetworkEstimator, frame: pl.DataFrame) -> list[str]:
    """Say which columns of a file the model does not look at, beyond those it was told to leave out."""
    targets = [name for name in frame.columns if name in model.target_.names]
    spare = [name for name in frame.columns if name not in (*model.schema_.names, *targets)]
    notes = [f"the target {name} is in the file and was not looked at" for name in targets]
    if spare:
        notes.append(f"columns that the model does not know were not looked at: {listing(spare)}")
    return notes
