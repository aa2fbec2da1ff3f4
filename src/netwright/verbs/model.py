"""A trained model wherever it lies, and files of raw rows read the way it takes them."""

from __future__ import annotations

import os
from pathlib import Path

from netwright.data.read import Table, read_table
from netwright.data.schema import Kind
from netwright.errors import RunError, nearest
from netwright.estimators.base import TableEstimator
from netwright.estimators.saving import load
from netwright.run import Run


def open_model(path: str | os.PathLike[str]) -> TableEstimator:
    """Return the model of a run folder or of a model file.

    Args:
        path: a folder that `train` made, or a file that `save` wrote.

    Raises:
        RunError: when there is nothing at that place, or the run holds no model yet.
        ArtifactError: when the file is damaged, altered, or written by a newer version.
    """
    place = Path(path)
    if place.is_dir():
        return Run.open(place).model
    if not place.exists():
        siblings = [entry.name for entry in place.parent.iterdir()] if place.parent.is_dir() else []
        closest = nearest(place.name, siblings)
        hint = f" Did you mean {place.parent / closest}?" if closest else ""
        raise RunError(f"There is no run folder or model file {path}.{hint}")
    return load(place)


def read_for(model: TableEstimator, path: str | os.PathLike[str]) -> Table:
    """Read a file of raw rows for a model.

    What the model takes as a category stays text, so that codes such as 007 keep their zeros.

    Raises:
        DataError: when there is no table to be read.
    """
    kinds = {column.name: column.kind for column in model.schema_.columns}
    if any(isinstance(label, str) for label in model.target_.classes):
        kinds |= dict.fromkeys(model.target_.names, Kind.CATEGORY)
    return read_table(path, overrides=kinds)
