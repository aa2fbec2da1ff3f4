"""What users hand over (frames, arrays, names) brought into one form: rows and a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.data.convert import to_frame, to_series
from netwright.data.kinds import infer_schema
from netwright.data.schema import Column, Kind, Schema, align
from netwright.data.target import Target, Wish
from netwright.errors import DataError, did_you_mean

Rows = pl.DataFrame | np.ndarray
"""Raw rows: a frame, or for all-number arrays the array itself (rows, columns) or (rows, ...)."""

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


def read_rows(X: Any) -> Rows:
    """Return raw rows: an array when X is an all-number array or tensor, else a frame."""
    array = np.asarray(X.detach().cpu()) if hasattr(X, "detach") else X
    if isinstance(array, np.ndarray) and array.ndim >= 2 and array.dtype.kind in "fiu" and array.size:
        return array
    return to_frame(array)


def read_given(X: Any, y: Any) -> Given:
    """Return rows and target.

    Args:
        X: rows; with the target among the columns when y is a column name.
        y: a column name, or the target values.

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
    rows, target = read_rows(X), _target_values(y)
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
    """Return the schema of raw rows: inferred for a frame, all numbers for an array."""
    if isinstance(rows, pl.DataFrame):
        return infer_schema(rows)
    if rows.ndim > 2:
        return Schema((Column("x", Kind.NUMBER, f"an array of shape {rows.shape[1:]} a row"),))
    return Schema(
        tuple(
            Column(f"x{index}", Kind.NUMBER, "a column of a number array") for index in range(rows.shape[1])
        )
    )


def describe_target(values: TargetValues, wish: Wish) -> Target:
    """Return what kind of target the values are."""
    if isinstance(values, np.ndarray):
        return Target.infer_matrix(values, [f"y{index}" for index in range(values.shape[1])], wish)
    return Target.infer(values, wish)


def fitting_rows(rows: Rows, schema: Schema, model: str) -> pl.DataFrame | np.ndarray:
    """Return rows as the preparation takes them: an aligned frame, or the array of an all-number schema.

    An array without column names is matched by position. `model` is the estimator's name, for messages.

    Raises:
        DataError: when columns are missing or an array has another number of columns.
    """
    if isinstance(rows, np.ndarray) and rows.ndim > 2:
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
    return align(rows, schema)
