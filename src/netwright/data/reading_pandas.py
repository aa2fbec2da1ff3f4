"""Columns of pandas to columns of Polars, one by one, so that PyArrow is not needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from netwright.data.reading_objects import from_objects
from netwright.errors import DataError

_MANY = 1_000


def from_pandas(name: str, series: Any) -> pl.Series:
    """Return one column of pandas with its type kept; missing values become null.

    Args:
        name: the column's name.
        series: a pandas Series.
    """
    dtype = series.dtype
    if hasattr(dtype, "categories"):
        return _from_categories(name, series)
    # Text that lies in Arrow is taken as it is, which for a few rows costs more than it saves.
    many_words = len(series) > _MANY and getattr(dtype, "storage", "") == "pyarrow"
    if type(dtype).__name__ == "ArrowDtype" or many_words:
        return pl.Series(name, series.array.__arrow_array__())
    if type(dtype).__name__ == "SparseDtype":
        return pl.Series(name, np.asarray(series), nan_to_null=True)
    if dtype.kind == "c":
        raise DataError(f"Complex data not supported: column {name!r}. Give real and imaginary parts apart.")
    if dtype.kind in "biuf":
        if not hasattr(dtype, "numpy_dtype"):
            return pl.Series(name, series.to_numpy(), nan_to_null=True)
        # A nullable type: the values and what is missing come apart.
        known = pl.Series(~series.isna().to_numpy())
        values = pl.Series(
            name, series.fillna(dtype.type(0)).to_numpy(dtype=dtype.numpy_dtype), nan_to_null=True
        )
        return values.to_frame().select(pl.when(known).then(pl.col(name)).alias(name)).to_series()
    if dtype.kind == "M":
        moments = series.dt.tz_convert("UTC").dt.tz_localize(None) if getattr(dtype, "tz", None) else series
        return pl.Series(name, moments.to_numpy().astype("datetime64[us]"))
    if dtype.kind == "m":
        return pl.Series(name, series.to_numpy().astype("timedelta64[us]"))
    return from_objects(name, series.to_numpy(dtype=object, na_value=None))


def _from_categories(name: str, series: Any) -> pl.Series:
    labels = series.cat.categories.to_series()
    codes = pl.Series(series.cat.codes.to_numpy().astype(np.int64))
    known = codes.set(codes < 0, None)
    return from_pandas(name, labels).gather(known).alias(name)
