"""Whatever holds a table in Python to a Polars frame, and whatever holds a column to a series."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from netwright.data.reading_objects import from_array, from_objects
from netwright.data.reading_pandas import from_pandas
from netwright.data.reading_sniff import require_different
from netwright.errors import DataError

_TABLES = (
    "a frame of pandas or Polars, an Arrow table, a NumPy array, a torch tensor, a dict of columns "
    "or a list of rows"
)
_RESHAPE = "Reshape your data: X.reshape(-1, 1) if it is one column, X.reshape(1, -1) if it is one row."


def to_frame(X: Any) -> pl.DataFrame:
    """Return a table as a Polars frame.

    Columns without names are called x0, x1, …; an array's numbers become Float64.

    Args:
        X: a frame of pandas or Polars, an Arrow table, a NumPy array or torch tensor with one row for each
            sample, a dict of columns, a list of rows, or a list of dicts.

    Raises:
        TypeError: when it is none of these, for a sparse matrix, or an object that is no value.
        DataError: when it has no rows or columns, is not a table, or two columns share a name.

    >>> to_frame([[1, 2.5], [3, 4.5]]).row(0, named=True)
    {'x0': 1.0, 'x1': 2.5}
    >>> to_frame({"age": [41, None], "job": ["smith", "cook"]}).schema
    Schema([('age', Int64), ('job', String)])
    """
    frame = _table(X)
    if frame.width == 0:
        rows = X.shape[0] if hasattr(X, "shape") else frame.height
        raise DataError(
            f"Found array with 0 feature(s) (shape=({rows}, 0)) while a minimum of 1 is required."
        )
    if frame.height == 0:
        raise DataError(
            f"Found array with 0 sample(s) (shape=(0, {frame.width})) while a minimum of 1 is required."
        )
    return frame


def to_series(y: Any, name: str = "y") -> pl.Series:
    """Return a column as a Polars series.

    Args:
        y: a series of pandas or Polars, an Arrow array, a NumPy array or torch tensor with one value for
            each sample, a list, or a table of one column.
        name: what to call a column that has no name.

    Raises:
        TypeError: when it is none of these.
        DataError: when it has more than one column.

    >>> to_series([1, 0, 1]).to_list()
    [1, 0, 1]
    """
    if isinstance(y, pl.Series):
        return y if y.name else y.alias(name)
    if _is_from(y, "pandas") and not hasattr(y, "columns"):
        series = y if hasattr(y, "index") else y.to_series()
        return from_pandas(name if y.name is None else str(y.name), series)
    if _is_from(y, "pyarrow") and not hasattr(y, "column_names"):
        return pl.Series(name, y)
    if isinstance(y, pl.DataFrame | pl.LazyFrame | Mapping) or hasattr(y, "columns"):
        return _only_column(_table(y))
    if isinstance(y, list | tuple) and not any(_is_row(value) for value in y):
        return from_objects(name, y)
    array = _array(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(f"Expected one value for each row, got an array of shape {array.shape}.")
    # The classes of a target keep their type: 1 is told as 1, not as 1.0.
    return pl.Series(name, array) if array.dtype.kind in "biu" else from_array(name, array)


def _table(X: Any) -> pl.DataFrame:
    if isinstance(X, pl.DataFrame):
        return X
    if isinstance(X, pl.LazyFrame):
        return X.collect()
    if _is_from(X, "scipy") and hasattr(X, "toarray"):
        raise TypeError("Got a sparse matrix, expected dense data. Call its method .toarray() first.")
    if isinstance(X, pl.Series) or (_is_from(X, "pandas") and not hasattr(X, "columns")):
        raise DataError(
            f"Expected 2D array, got 1D {type(X).__name__} instead. Reshape your data: "
            "X.to_frame() if it is one column, frame[3:4] or frame.iloc[[3]] for one row."
        )
    if _is_from(X, "pandas"):
        names = [str(column) for column in X.columns]
        require_different("The frame", names)
        return pl.DataFrame([from_pandas(name, X.iloc[:, place]) for place, name in enumerate(names)])
    if _is_from(X, "pyarrow") and hasattr(X, "column_names"):
        require_different("The table", X.column_names)
        return pl.DataFrame(X)
    if isinstance(X, Mapping):
        return _from_columns(X)
    if isinstance(X, Sequence) and len(X) > 0 and all(isinstance(row, Mapping) for row in X):
        names = list(dict.fromkeys(str(column) for row in X for column in row))
        return pl.DataFrame([from_objects(name, [row.get(name) for row in X]) for name in names])
    return _from_matrix(_array(X))


def _is_from(X: object, package: str) -> bool:
    """Whether an object is of a package's making; a package that was never imported has made nothing."""
    return package in sys.modules and type(X).__module__.partition(".")[0] == package


def _from_columns(columns: Mapping[Any, Any]) -> pl.DataFrame:
    made = [to_series(values, str(name)).alias(str(name)) for name, values in columns.items()]
    lengths = {len(column) for column in made}
    if len(lengths) > 1:
        told = ", ".join(f"{column.name!r} has {len(column):,}" for column in made[:6])
        raise DataError(f"Expected columns of one length, but {told}.")
    return pl.DataFrame(made)


def _from_matrix(array: np.ndarray[Any, Any]) -> pl.DataFrame:
    if array.dtype.names is not None and array.ndim == 1:
        return pl.DataFrame([from_array(name, array[name]) for name in array.dtype.names])
    if array.dtype.kind == "c":
        raise DataError("Complex data not supported. Give real and imaginary parts as columns of their own.")
    if array.ndim < 2:
        kind = "a scalar" if array.ndim == 0 else "1D array"
        raise DataError(f"Expected 2D array, got {kind} instead. {_RESHAPE}")
    if array.ndim > 2:
        raise DataError(
            f"Expected 2D array, one row for each sample, got {array.ndim} dimensions of {array.shape}. "
            "Flatten each sample: X.reshape(len(X), -1)."
        )
    return pl.DataFrame([from_array(f"x{place}", array[:, place]) for place in range(array.shape[1])])


def _array(X: Any) -> np.ndarray[Any, Any]:
    if _is_from(X, "torch") and hasattr(X, "detach"):
        tensor = X.detach().cpu()
        # NumPy has no bfloat16.
        return np.asarray(tensor.float() if "bfloat16" in str(tensor.dtype) else tensor)
    if isinstance(X, np.ma.MaskedArray):
        return np.ma.filled(X.astype(np.float64), np.nan)
    if isinstance(X, list | tuple):
        return _array_of_rows(X)
    if isinstance(X, str | bytes | os.PathLike):
        raise TypeError(f"Expected {_TABLES}, got text: is {str(X)[:80]!r} a file? Then read it first.")
    if not hasattr(X, "__array__"):
        raise TypeError(f"Expected {_TABLES}, got {type(X).__name__}.")
    return np.asarray(X)


def _is_row(value: object) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping)


def _array_of_rows(rows: Sequence[Any]) -> np.ndarray[Any, Any]:
    if not all(_is_row(row) for row in rows):
        return np.array(rows, dtype=object).reshape(len(rows))
    width = len(rows[0]) if rows else 0
    for place, row in enumerate(rows, start=1):
        if len(row) != width:
            raise DataError(f"Row {place:,} has {len(row)} values, expected {width} as in row 1.")
    array = np.array(rows) if rows else np.empty((0, 0))
    return array if array.dtype.kind in "biufc" else np.array(rows, dtype=object)


def _only_column(frame: pl.DataFrame) -> pl.Series:
    if frame.width != 1:
        raise DataError(f"Expected one column, got {frame.width}: {', '.join(frame.columns[:6])}.")
    return frame.to_series()
