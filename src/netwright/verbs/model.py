"""A trained model wherever it lies, and files of raw rows read the way it takes them."""

from __future__ import annotations

import os
from pathlib import Path

from netwright.data.images import Images, unreadable
from netwright.data.long_table import Steps
from netwright.data.picture_folders import IMAGE, LABEL
from netwright.data.read import Table, read_table
from netwright.data.schema import Column, Kind
from netwright.data.sound import Sounds
from netwright.errors import DataError, RunError, listing, nearest
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.forecaster import Forecaster
from netwright.estimators.saving import load
from netwright.run import Run
from netwright.verbs import sequences
from netwright.verbs.pictures import column_of
from netwright.verbs.source import read_source, read_steps, readable


def open_model(path: str | os.PathLike[str]) -> NetworkEstimator:
    """Return the model of a run folder or of a model file.

    Args:
        path: a folder that `train` made, or a file that `save` wrote.

    Raises:
        RunError: when there is nothing at that place, the run holds no model yet, or one that forecasts.
        ArtifactError: when the file is damaged, altered, or written by a newer version.
    """
    model = open_any(path)
    if isinstance(model, Forecaster):
        raise RunError(
            f"{path} forecasts series; it answers no single rows. Its page and metrics are in the run "
            f"folder; for newer values use: netwright predict {path} newer.csv"
        )
    return model


def open_any(path: str | os.PathLike[str]) -> NetworkEstimator | Forecaster:
    """Return the model of a run folder or of a model file, whatever it does, see `open_model`."""
    place = Path(path)
    if place.is_dir():
        kept: NetworkEstimator | Forecaster = Run.open(place).model
        return kept
    if not place.exists():
        siblings = [entry.name for entry in place.parent.iterdir()] if place.parent.is_dir() else []
        closest = nearest(place.name, siblings)
        hint = f" Did you mean {place.parent / closest}?" if closest else ""
        raise RunError(f"There is no run folder or model file {path}.{hint}")
    found: NetworkEstimator | Forecaster = load(place)
    return found


def read_for(model: NetworkEstimator, path: str | os.PathLike[str], *, labelled: bool = False) -> Table:
    """Read raw rows for a model from a file or a folder.

    What the model takes as a category stays text, so that codes such as 007 keep their zeros. Pictures
    that cannot be read are left out, and said.

    Args:
        model: the model.
        path: a file, or for pictures a folder or an archive of them.
        labelled: whether the folders that pictures lie in are their classes.

    Raises:
        DataError: when there is nothing to be read.
    """
    kinds = {column.name: column.kind for column in model.schema_.columns}
    if any(isinstance(label, str) for label in model.target_.classes):
        kinds |= dict.fromkeys(model.target_.names, Kind.CATEGORY)
    steps = sequences.column_of(model.schema_)
    if steps is not None:
        return _read_steps(model, path, steps, labelled=labelled)
    column = column_of(model.schema_)
    if column is None:
        return read_table(path, overrides=kinds)
    source = read_source(path, kinds, labelled=labelled)
    frame = source.whole
    if column not in frame.columns and IMAGE in frame.columns:
        frame = frame.rename({IMAGE: column})
    if labelled and LABEL in frame.columns:
        frame = frame.rename({LABEL: model.target_.name})
    return _readable(model, Table(frame, str(path), source.decisions), column)


def _read_steps(
    model: NetworkEstimator, path: str | os.PathLike[str], column: Column, *, labelled: bool
) -> Table:
    """Read sequences or sounds, in the form that the model was trained on or any other.

    Raises:
        DataError: when there are none.
    """
    name = model.target_.name
    told = Steps.of(column.format)
    packed = str(path).lower().endswith((".ts", ".zip"))
    long = told.sequence if not (packed or Path(path).is_dir()) else ""
    source = read_steps(
        path, name, long or None, told.time or None, channels=told.channels, named=True, labelled=labelled
    )
    if source is None and column.kind is Kind.SOUND:
        source = read_source(path, {column.name: Kind.SOUND})
    if source is None:
        raise DataError(f"{path} holds no sequences. Expected a .ts file, or a folder of wave files.")
    frame = source.whole.rename({source.target: name}) if source.target else source.whole
    if column.name not in frame.columns and column.kind in frame.columns:
        frame = frame.rename({column.kind: column.name})
    return _readable(model, Table(frame, str(path), source.decisions), column.name)


def _readable(model: NetworkEstimator, table: Table, column: str) -> Table:
    """Return the rows whose pictures or sounds can be read; a note names the others.

    Raises:
        DataError: when none can be read.
    """
    options = model.recipe_.preparation
    if column not in table.frame.columns or not isinstance(options, (Images, Sounds)):
        return table
    pictures = isinstance(options, Images)
    kept, broken = readable(table.frame, column, options if isinstance(options, Images) else None)
    if not broken:
        return table
    noun = "picture" if pictures else "sound"
    if not len(kept):
        raise unreadable(broken, noun)
    note = f"{noun}s that cannot be read were left out, {len(broken):,} of {table.frame.height:,}: "
    return Table(table.frame[kept], table.source, (*table.decisions, note + listing(broken, 5)))
