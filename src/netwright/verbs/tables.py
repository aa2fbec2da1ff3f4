"""Tables for verbs that look at data before any training: read, understood, refused where they are none."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from netwright.compare.game import Field
from netwright.data.schema import Kind
from netwright.data.split import ranks
from netwright.errors import DataError, RunError
from netwright.files import finite, write_atomically
from netwright.recipe.files import recipe_from
from netwright.recipe.recipe import Recipe
from netwright.verbs.material import Material, check_recipe, gather
from netwright.verbs.request import Request, requested

NO_TABLE = (Kind.IMAGE, Kind.SEQUENCE, Kind.SOUND)


@dataclass(frozen=True)
class TableGiven:
    """A table as it was understood.

    Attributes:
        request: what was asked.
        material: rows, columns, target and findings.
        field: the rows as models compete on them.
        recipe: settings of networks.
    """

    request: Request
    material: Material
    field: Field
    recipe: Recipe


def table_given(
    source: Any,
    target: str | None,
    verb: str,
    *,
    ignore: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    group: str | None = None,
    order_by: str | None = None,
    task: str | None = None,
    recipe: Mapping[str, Any] | Recipe | None = None,
    settings: Mapping[str, Any] | None = None,
) -> TableGiven:
    """Read a table and understand its columns and its target.

    Args:
        source: a file or rows in memory.
        target: the column to predict.
        verb: what it is wanted for, for messages.
        ignore: columns to leave out.
        columns: kinds of columns where the automatic choice is wrong.
        group: a column whose groups are not torn apart.
        order_by: a column of dates or numbers by which parts follow each other.
        task: binary, multiclass or regression, where the target does not decide it.
        recipe: of networks, or its settings.
        settings: of the recipe, before those of `recipe`.

    Raises:
        DataError: for pictures, sounds and sequences, and where the table cannot be used.
    """
    request, frame = requested(
        source,
        target,
        recipe,
        settings or {},
        test=None,
        ignore=ignore,
        columns=columns,
        group=group,
        order_by=order_by,
        task=task,
    )
    checked = recipe_from(request.recipe)
    material = gather(request, checked.seed, frame)
    items = [column.name for column in material.schema.used if column.kind in NO_TABLE]
    if items:
        raise DataError(
            f"{verb} looks at tables; the column {items[0]!r} holds pictures, sounds or sequences."
        )
    check_recipe(checked, material)
    return TableGiven(request, material, _field(material, request), checked)


def _field(material: Material, request: Request) -> Field:
    rows = np.arange(material.frame.height)
    return Field(
        material.rows(rows),
        material.truth(rows),
        material.schema,
        material.target,
        _key(material.frame, request.group, "group"),
        _key(material.frame, request.order_by, "time"),
    )


def _key(frame: pl.DataFrame, name: str | None, what: str) -> np.ndarray | None:
    return None if name is None else ranks(frame[name].to_numpy(), frame.height, what)


def default_folder(room: str, source: Path) -> Path:
    """Return where a command writes when nobody says: its room, and in it the name of the file.

    >>> default_folder("checks", Path("data/sales.csv.gz")).as_posix()
    'checks/sales'
    """
    return Path(room) / (source.name.split(".")[0] or "table")


def record_text(record: Mapping[str, Any]) -> str:
    """Return a record as it stands beside the page."""
    return json.dumps(finite(record), indent=1, default=str, allow_nan=False) + "\n"


def write_files(folder: str | os.PathLike[str], files: Mapping[str, str]) -> dict[str, Path]:
    """Write texts into a folder, each in one step, and return where they are.

    Raises:
        RunError: when the folder cannot be made or written to.
    """
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"Cannot make the folder {place}: {error.strerror}. Choose another with --out."
        ) from error
    written = {}
    for name, text in files.items():
        write_atomically(place / name, text)
        written[name] = place / name
    return written
