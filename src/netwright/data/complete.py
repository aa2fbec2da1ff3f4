"""Rows without gaps: those that are trained on where the recipe says that others are dropped."""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.data.schema import Kind, Schema
from netwright.errors import DataError

FEWEST = 10


def complete_rows(rows: pl.DataFrame | np.ndarray, schema: Schema) -> np.ndarray:
    """Return the numbers of the rows in which no number, date or yes/no is missing (k,).

    Missing categories are a category of their own, and no reason to drop a row.

    Args:
        rows: aligned rows, or a matrix of numbers with NaN where missing (n, d).
        schema: the columns.

    Raises:
        DataError: when hardly any row is complete.

    >>> from netwright.data.schema import Column
    >>> schema = Schema((Column("x", Kind.NUMBER, ""),))
    >>> complete_rows(pl.DataFrame({"x": [1.0, None] * 20}), schema)[:3]
    array([0, 2, 4])
    """
    if isinstance(rows, np.ndarray):
        gaps = np.isnan(rows).any(axis=1)
    else:
        filled = (Kind.NUMBER, Kind.DATETIME, Kind.YES_NO)
        names = [column.name for column in schema.used if column.kind in filled]
        gaps = (
            rows.select(pl.any_horizontal(pl.col(names).is_null())).to_series().to_numpy()
            if names
            else np.zeros(rows.height, dtype=bool)
        )
    kept = np.flatnonzero(~gaps)
    if len(kept) < min(FEWEST, len(gaps)):
        raise DataError(
            f"preparation.imputation: drop leaves {len(kept):,} of {len(gaps):,} training rows. "
            "Fill the gaps instead: median, mean, neighbours or forest."
        )
    return kept
