"""What was asked of a training: enough to do it again, kept in the run folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from netwright.data.convert import to_frame
from netwright.data.schema import Kind
from netwright.errors import RecipeError, UserError, did_you_mean
from netwright.recipe.recipe import Recipe
from netwright.task import Task


@dataclass(frozen=True)
class Request:
    """A training as the user asked for it.

    Attributes:
        source: the file with the rows, absolute; "" for a frame in memory.
        target: the column to predict.
        test: a file with rows kept for the test, or None to split some off.
        ignore: columns to leave out.
        kinds: columns whose kind the user says.
        group: the column whose groups are not to be torn apart by the split, or None.
        order_by: the column by which to split in time, or None.
        sequence: of a long table the column that says which sequence a step belongs to, or None.
        time: the column that orders the steps of a sequence, or None.
        task: what is asked, where the target does not decide it, or None.
        recipe: settings of the recipe, plain.
        fingerprint: of the files, to notice when they change.
    """

    source: str
    target: str
    test: str | None = None
    ignore: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    order_by: str | None = None
    sequence: str | None = None
    time: str | None = None
    task: str | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Request:
        """Return the request that `to_json` described."""
        return Request(**{**data, "ignore": tuple(data["ignore"])})

    @property
    def name(self) -> str:
        """A short name for the data: the file's without its endings."""
        return Path(self.source).name.split(".")[0] or "run"

    @property
    def column_kinds(self) -> dict[str, Kind]:
        """The kinds that the user gave, checked."""
        return {name: _kind(name, word) for name, word in self.kinds.items()}

    @property
    def asked_task(self) -> Task | None:
        """The task that the user gave, checked."""
        if self.task is None:
            return None
        known = [str(task) for task in Task]
        if self.task not in known:
            raise RecipeError(f"task: unknown {self.task!r}. {did_you_mean(self.task, known)}")
        return Task(self.task)


def requested(
    source: Any,
    target: str | None,
    recipe: Mapping[str, Any] | Recipe | None,
    settings: Mapping[str, Any],
    *,
    test: str | os.PathLike[str] | None,
    ignore: Sequence[str],
    columns: Mapping[str, str] | None,
    group: str | None,
    order_by: str | None,
    task: str | None,
    sequence: str | None = None,
    time: str | None = None,
) -> tuple[Request, pl.DataFrame | None]:
    """Return what was asked, as it is kept, and the rows where they are in memory.

    For the arguments see `Request`; here `source` may be rows, `recipe` a `Recipe` or its settings, and
    `settings` go before those of the recipe.
    """
    plain = recipe.to_plain() if isinstance(recipe, Recipe) else dict(recipe or {})
    frame = None if isinstance(source, (str, os.PathLike)) else to_frame(source)
    request = Request(
        source=str(Path(source).resolve()) if frame is None else "",
        target=target or "",
        test=None if test is None else str(Path(test).resolve()),
        ignore=tuple(ignore),
        kinds=dict(columns or {}),
        recipe={name: setting for name, setting in {**plain, **settings}.items() if name != "kind"},
        group=group,
        order_by=order_by,
        sequence=sequence,
        time=time,
        task=task,
    )
    return request, frame


def parse_kinds(assignments: list[str]) -> dict[str, str]:
    """Return column kinds from words such as "age=number".

    >>> parse_kinds(["age=number"])
    {'age': 'number'}
    """
    kinds = {}
    for assignment in assignments:
        name, equals, word = assignment.rpartition("=")
        if not equals or not name:
            raise UserError(f"--column {assignment!r}: expected name=kind, such as age=number.")
        kinds[name] = str(_kind(name, word))
    return kinds


def _kind(name: str, word: str) -> Kind:
    known = [str(kind) for kind in Kind]
    if word not in known:
        raise UserError(f"Column {name!r}: unknown kind {word!r}. {did_you_mean(word, known)}")
    return Kind(word)
