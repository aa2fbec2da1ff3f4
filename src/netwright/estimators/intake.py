"""What users hand over (frames, arrays, names) brought into one form: rows and a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.data.convert import to_frame, to_series
from netwright.data.items import Form, ImageRows, Items, MixedRows, SequenceRows, SoundRows, TextRows, objects
from netwright.data.kinds import infer_schema
from netwright.data.mixed import join_columns
from netwright.data.recognition import as_array, as_form, recognise
from netwright.data.row_options import RowOptions
from netwright.data.schema import Column, Kind, Schema, align
from netwright.data.target import Target, Wish
from netwright.errors import DataError, did_you_mean, listing
from netwright.parts import Part
from netwright.recipe.recipe import Recipe

Rows = pl.DataFrame | np.ndarray | Items
"""Raw rows: a frame; for all-number arrays the array itself (rows, columns) or (rows, ...); or items."""

TargetValues = pl.Series | np.ndarray
"""A target column (n,), or several as a matrix (n, k)."""


@dataclass(frozen=True)
class Given:
    """Rows and target as `fit` got them.

    Attributes:
        rows: the input columns.
        target: the values to predict.
        named: whether the columns came with names.
    """

    rows: Rows
    target: TargetValues
    named: bool


def wanted_form(recipe: Recipe) -> Form | None:
    """Return the form that a recipe takes its rows for, or None where the rows decide."""
    if isinstance(recipe.preparation, RowOptions):
        return recipe.preparation.form
    return Form.TABLE if isinstance(recipe.preparation, Part) else None


def read_rows(X: Any, form: Form | None = None, own_network: bool = False) -> Rows:
    """Return raw rows: items, an array when X is an all-number array or tensor, else a frame.

    Args:
        X: what a user gave.
        form: what the rows are, or None to recognise it.
        own_network: whether they are for a module of the user's own, which takes arrays as they are.

    Raises:
        DataError: when rows cannot be taken in that form.
    """
    if isinstance(X, Items):
        return X  # read already, by an ensemble for its members
    array = as_array(X)
    if isinstance(array, pl.DataFrame) or hasattr(array, "columns"):
        return to_frame(array)  # items among its columns are found by the schema
    numeric = isinstance(array, np.ndarray) and array.dtype.kind in "fiu" and array.size
    if form is Form.ARRAY or (form is None and own_network and numeric and array.ndim > 2):
        return array if numeric else to_frame(array)
    items = None
    if form is None:
        items = recognise(array)
    elif form not in (Form.TABLE, Form.MIXED):
        items = as_form(array, form)
        if items is None:
            raise DataError(f"X: expected {_EXPECTED[form]}, got {type(X).__name__}.")
    if items is not None:
        return items
    return array if numeric and array.ndim >= 2 else to_frame(array)


_EXPECTED = {
    Form.IMAGES: "pictures: an array (n, height, width) or (n, height, width, channels), or a list of paths",
    Form.TEXTS: "texts: a list of strings",
    Form.SEQUENCES: "sequences: a list of arrays (length, channels)",
    Form.SOUNDS: "sounds: a list of paths of wave files",
}


def read_given(X: Any, y: Any, form: Form | None = None, own_network: bool = False) -> Given:
    """Return rows and target.

    Args:
        X: rows; with the target among the columns when y is a column name.
        y: a column name, or the target values.
        form: what the rows are, or None to recognise it.
        own_network: whether they are for a module of the user's own.

    Raises:
        DataError: when the target column does not exist or the lengths differ.
        ValueError: when y is missing.
    """
    if y is None:
        raise ValueError(
            "fit requires y to be passed, but the target y is None. Pass values or a column name."
        )
    named = hasattr(X, "columns") or isinstance(X, dict) or hasattr(X, "column_names")
    if isinstance(y, str):
        frame = to_frame(X)
        if y not in frame.columns:
            raise DataError(f"There is no target column {y!r}. {did_you_mean(y, frame.columns)}")
        return Given(frame.drop(y), frame[y], named)
    rows, target = read_rows(X, form, own_network), _target_values(y)
    if len(rows) != len(target):
        raise DataError(
            f"X has {len(rows):,} rows and y has {len(target):,}: found input variables with inconsistent "
            "numbers of samples. Give one target value for each row."
        )
    return Given(rows, target, named)


def _target_values(y: Any) -> TargetValues:
    array = np.asarray(y.detach().cpu()) if hasattr(y, "detach") else y
    if isinstance(array, (list, tuple)) and array and isinstance(array[0], (list, tuple, np.ndarray)):
        array = np.asarray(array)
    if isinstance(array, pl.DataFrame):
        return array.to_numpy() if array.width > 1 else array.to_series(0)
    if getattr(array, "ndim", 1) == 2:
        matrix = np.asarray(array)
        if matrix.shape[1] > 1:
            return matrix
        _warn_column_vector()
        return to_series(matrix[:, 0])
    return to_series(array)


def _warn_column_vector() -> None:
    import warnings

    from sklearn.exceptions import DataConversionWarning

    warnings.warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
        "(n_samples,), for example using ravel().",
        DataConversionWarning,
        stacklevel=5,
    )


def describe_rows(rows: Rows) -> Schema:
    """Return the schema of raw rows: inferred for a frame, all numbers for an array, one column of items."""
    if isinstance(rows, Items):
        name, kind = _COLUMNS[rows.form]
        return Schema((Column(name, kind, rows.reason),))
    if isinstance(rows, pl.DataFrame):
        return infer_schema(rows)
    if rows.ndim > 2:
        return Schema((Column("x", Kind.NUMBER, f"an array of shape {rows.shape[1:]} a row"),))
    return Schema(
        tuple(
            Column(f"x{index}", Kind.NUMBER, "a column of a number array") for index in range(rows.shape[1])
        )
    )


_COLUMNS = {
    Form.IMAGES: ("image", Kind.IMAGE),
    Form.TEXTS: ("text", Kind.TEXT),
    Form.SEQUENCES: ("sequence", Kind.SEQUENCE),
    Form.SOUNDS: ("sound", Kind.SOUND),
}


def describe_target(values: TargetValues, wish: Wish) -> Target:
    """Return what kind of target the values are."""
    if isinstance(values, np.ndarray):
        return Target.infer_matrix(values, [f"y{index}" for index in range(values.shape[1])], wish)
    return Target.infer(values, wish)


def fitting_rows(rows: Rows, schema: Schema, model: str) -> Rows:
    """Return rows as the preparation takes them: items, an aligned frame, or the array of number columns.

    An array without column names is matched by position. `model` is the estimator's name, for messages.

    Raises:
        DataError: when columns are missing or an array has another number of columns.
    """
    if isinstance(rows, Items) or (isinstance(rows, np.ndarray) and rows.ndim > 2):
        return rows
    if isinstance(rows, np.ndarray):
        if rows.shape[1] != len(schema.columns):
            raise DataError(
                f"X has {rows.shape[1]} features, but {model} is expecting {len(schema.columns)} features "
                f"as input: {', '.join(schema.names[:8])}{', ...' if len(schema.columns) > 8 else ''}."
            )
        if len(schema.used) == len(schema.columns) and all(c.kind is Kind.NUMBER for c in schema.columns):
            return rows
        rows = pl.DataFrame(rows, schema=list(schema.names), orient="row")
    only = schema.used[0] if len(schema.used) == 1 else None
    if only is not None and only.kind in _ITEM_COLUMNS:
        return _items(rows, only)
    texts = tuple(column.name for column in schema.used if column.kind is Kind.TEXT)
    return _with_texts(align(rows, schema), schema, texts) if texts else align(rows, schema)


def _with_texts(frame: pl.DataFrame, schema: Schema, texts: tuple[str, ...]) -> Items:
    """Return an aligned frame as rows with texts; where all columns are texts, as texts alone."""
    reason = f"texts in {listing(repr(name) for name in texts)}"
    plain = Schema(tuple(column for column in schema.used if column.name not in texts))
    if not plain.columns:
        return join_columns(frame, texts, reason)
    return MixedRows(frame, reason, plain, texts)


_ITEM_COLUMNS: dict[Kind, type[Items]] = {
    Kind.IMAGE: ImageRows,
    Kind.TEXT: TextRows,
    Kind.SEQUENCE: SequenceRows,
    Kind.SOUND: SoundRows,
}


def _items(frame: pl.DataFrame, column: Column) -> Items:
    """Return the only column that the network reads, of pictures or texts, as items."""
    if column.name not in frame.columns:
        raise DataError(
            f"Column {column.name!r} not found: the model was trained with it. "
            f"{did_you_mean(column.name, frame.columns)}"
        )
    values: list[object] = frame[column.name].to_list()
    if column.kind is Kind.SEQUENCE:
        values = [np.array(one, dtype=np.float32) for one in values]
    return _ITEM_COLUMNS[column.kind](objects(values), column.reason)
