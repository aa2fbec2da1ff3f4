"""The material of a training: rows read, columns typed, target understood, parts divided, data inspected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from netwright.data.image_size import measures_of
from netwright.data.inspect import inspect
from netwright.data.items import ImageRows, objects
from netwright.data.kinds import infer_schema
from netwright.data.long_table import Steps
from netwright.data.schema import Kind, Schema, align
from netwright.data.split import Split, holdout, split_rows, usual_fractions
from netwright.data.target import Target
from netwright.device import choose_device
from netwright.errors import DataError, UserError, did_you_mean, listing
from netwright.estimators.assembly import monitored, shape_of
from netwright.estimators.division import Part
from netwright.estimators.intake import fitting_rows
from netwright.estimators.looking import look
from netwright.findings import Finding
from netwright.nets.network import TEXTS_UNREAD, reads_no_texts
from netwright.recipe.choices import Facts, resolve
from netwright.recipe.files import recipe_from
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.verbs.request import Request
from netwright.verbs.source import Source, files_of, leave_out_broken, read_source, read_steps

LOOKED_AT = 300
"""Rows that are looked at to check a recipe."""


@dataclass(frozen=True)
class Material:
    """Everything that is known before training.

    Attributes:
        frame: all rows, the test file's at the end; of pictures their paths.
        schema: the input columns.
        target: what is predicted.
        split: row numbers of the parts.
        decisions: how the files were read.
        findings: what was found in the data.
    """

    frame: pl.DataFrame
    schema: Schema
    target: Target
    split: Split
    decisions: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def grey(self) -> bool:
        """Whether its pictures are grey; only asked of pictures."""
        (column,) = self.schema.used
        return all(one.grey for one in measures_of(ImageRows(objects(self.frame[column.name].to_list()))))

    def rows(self, part: np.ndarray) -> pl.DataFrame:
        """Return the input columns of some rows."""
        return self.frame[part].drop(self.target.name)

    def truth(self, part: np.ndarray) -> pl.Series:
        """Return the target of some rows."""
        return self.frame[self.target.name].gather(part)


def gather(request: Request, seed: int, frame: pl.DataFrame | None = None) -> Material:
    """Read and understand the data of a request.

    Args:
        request: what was asked.
        seed: of the split.
        frame: the rows, where they are in memory already.

    Raises:
        DataError: when the data cannot be used; names the column and the row.
    """
    kinds = request.column_kinds
    decisions: list[str] = []
    tested: pl.DataFrame | None = None
    channels: tuple[str, ...] = ()
    if frame is None:
        source = _read(request, request.source, kinds)
        frame, tested, decisions = source.frame, source.test, list(source.decisions)
        channels = source.channels
        request = request if request.target else replace(request, target=source.target)
    _check_columns(request, frame)
    if request.test is not None:
        test = _read(request, request.test, kinds, channels)
        decisions += [f"test file: {decision}" for decision in test.decisions]
        tested = _matched(test.whole, frame, request)
    recipe = recipe_from(request.recipe)
    seen = leave_out_broken(frame, tested, recipe)
    frame, tested = seen.frame, seen.test
    whole = frame if tested is None else pl.concat([frame, tested], how="vertical_relaxed")
    target = Target.infer(frame[request.target], request.asked_task)
    schema = _schema(request, whole, channels)
    if reads_no_texts(recipe.network):
        schema = schema.without_texts(TEXTS_UNREAD)
    if not schema.used:
        reasons = listing([f"{column.name}: {column.reason}" for column in schema.columns], 5)
        none = "There is no column beside the target."
        why = f"No input column can be used ({reasons})." if reasons else none
        raise DataError(f"{why} Give at least one column that varies.")
    for rows in (frame, tested):
        if rows is not None:
            align(rows, schema)  # a value that does not fit is named here by its row in the file
    split = _split(request, frame, whole.height, target, seed)
    findings = [*seen.findings, *inspect(whole, schema, request.target, target, split)]
    return Material(whole, schema, target, split, tuple(decisions), tuple(findings))


def _read(request: Request, path: str, kinds: Mapping[str, Kind], channels: Sequence[str] = ()) -> Source:
    """Read a file or folder: steps of sequences where the request says so, else whatever it holds."""
    if request.sequence is None:
        return read_source(path, kinds)
    steps = read_steps(
        path, request.target, request.sequence, request.time, group=request.group, channels=channels
    )
    assert steps is not None
    return steps


def fingerprint(request: Request) -> str:
    """Return a digest of the request's files, which changes when they do."""
    digest = hashlib.blake2b(digest_size=16)
    for name in (request.source, request.test):
        for file in files_of(name) if name else ():
            digest.update(file)
    return digest.hexdigest()


def check_recipe(recipe: Recipe, material: Material) -> None:
    """Raise RecipeError when a recipe cannot work on this material, before anything is written."""
    target, split = material.target, material.split
    device, reason = choose_device(recipe.device)
    some = split.train[:LOOKED_AT]
    rows = fitting_rows(material.rows(some), material.schema, "the recipe")
    sight = look(Part(rows, material.truth(some)), None, target, recipe.edited(augmentation=None))
    facts = Facts(
        rows=len(split.train),
        columns=len(material.schema.used),
        task=target.task,
        classes=len(target.classes),
        validation=True,
        device=str(device),
        device_reason=reason,
        form=sight.form,
        extent=sight.extent,
        preparation=sight.preparation,
    )
    settled = resolve(recipe, facts).recipe
    settled.loss.check(shape_of(target))
    monitored(settled, target)


def _check_columns(request: Request, frame: pl.DataFrame) -> None:
    if not request.target:
        raise UserError(
            f"Name the column to predict, such as: netwright train {request.source} --target "
            f"{frame.columns[-1]}"
        )
    if request.target not in frame.columns:
        raise DataError(f"There is no column {request.target!r} to predict. {_mean(request.target, frame)}")
    for option, name in (("group", request.group), ("order_by", request.order_by)):
        if name is not None and name not in frame.columns:
            raise DataError(f"{option}: there is no column {name!r}. {_mean(name, frame)}")
        if name == request.target:
            raise DataError(f"{option}: {name!r} is the target; rows cannot be divided by it.")


def _mean(name: str, frame: pl.DataFrame) -> str:
    return did_you_mean(name, frame.columns)


def _schema(request: Request, frame: pl.DataFrame, channels: tuple[str, ...]) -> Schema:
    """Return the input columns; the column of groups divides the rows and is no input."""
    schema = infer_schema(frame, target=request.target, ignore=request.ignore, overrides=request.column_kinds)
    if request.sequence is not None:
        # Kept with the model, so that it can read another table of steps.
        steps = Steps(request.sequence, request.time or "", channels).written()
        told = (replace(c, format=steps) if c.kind is Kind.SEQUENCE else c for c in schema.columns)
        schema = Schema(tuple(told))
    if request.group is None:
        return schema
    reason = "the rows are divided by its groups"
    columns = (
        replace(column, used=False, reason=reason) if column.name == request.group else column
        for column in schema.columns
    )
    return Schema(tuple(columns))


def _matched(test: pl.DataFrame, frame: pl.DataFrame, request: Request) -> pl.DataFrame:
    """Return the test rows with the columns of the training rows, in their types."""
    missing = [name for name in frame.columns if name not in test.columns]
    needed = [name for name in missing if name not in request.ignore]
    if needed:
        raise DataError(
            f"The test file {request.test} lacks the column {needed[0]!r}. {_mean(needed[0], test)}"
        )
    columns = []
    for name, dtype in frame.schema.items():
        column = pl.Series(name, [None] * test.height, dtype=dtype) if name in missing else test[name]
        columns.append(_cast(column, dtype, name, request))
    return pl.DataFrame(columns)


def _cast(column: pl.Series, dtype: pl.DataType, name: str, request: Request) -> pl.Series:
    if column.dtype == dtype or (column.dtype.is_numeric() and dtype.is_numeric()):
        return column
    cast = column.cast(dtype, strict=False)
    lost = cast.is_null() & column.is_not_null()
    if lost.any():
        row = int(lost.arg_true()[0])
        raise DataError(
            f"The test file {request.test}, column {name!r}, row {row + 1}: {column[row]!r} does not fit "
            f"the training file, where the column holds {dtype}. Mend it, or give --column {name}=category."
        )
    return cast


def _split(request: Request, frame: pl.DataFrame, rows: int, target: Target, seed: int) -> Split:
    classes = target.encode(frame[request.target]) if target.task in (Task.BINARY, Task.MULTICLASS) else None
    group = _key(frame, request.group)
    time = _key(frame, request.order_by)
    stratify = classes if time is None else None
    if rows == frame.height:
        shares = usual_fractions(rows)
        return split_rows(rows, seed=seed, fractions=shares, stratify=stratify, group=group, time=time)
    given = "the file you gave" if request.test is not None else "what the source keeps for it"
    _, share, _ = usual_fractions(frame.height)
    part = holdout(frame.height, share, seed=seed, stratify=stratify, group=group, time=time)
    test = np.arange(frame.height, rows, dtype=np.int64)
    return replace(part, test=test, reason=f"{part.reason}; the test part is {given}")


def _key(frame: pl.DataFrame, name: str | None) -> np.ndarray | None:
    return None if name is None else frame[name].to_numpy()
