"""Aligned tables as matrices of numbers, in which categories are codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

# Gradient boosting takes 255 categories a column: the most frequent ones, and one for all the rare ones.
MOST_CATEGORIES = 254

# Divided by the largest training value, other values beyond this are as good as infinite.
FARTHEST = 1e12


@dataclass(frozen=True)
class Design:
    """Two parts of a table as matrices; NaN is missing.

    Attributes:
        train: (n, columns) float64.
        test: (rows, columns) float64.
        is_category: which columns are codes (columns,).
    """

    train: np.ndarray
    test: np.ndarray
    is_category: np.ndarray


def design_of(train: pl.DataFrame, test: pl.DataFrame) -> Design:
    """Return the matrices of two aligned parts; what is learnt, is learnt from the first.

    Text becomes codes in order of frequency, with one code for rare and unseen values. A date becomes
    days, month, weekday and hour. Numbers are divided by their largest training value, so that squares
    cannot overflow. A column that is missing in every training row becomes 0.

    Args:
        train: aligned training rows: Float64, String and Datetime columns.
        test: aligned test rows with the same columns.

    >>> train = pl.DataFrame({"age": [20.0, 40.0], "job": ["cook", "smith"]})
    >>> design_of(train, pl.DataFrame({"age": [None], "job": ["smith"]}, schema=train.schema)).test
    array([[nan,  1.]])
    """
    columns: list[tuple[np.ndarray, np.ndarray, bool]] = []
    for name, dtype in train.schema.items():
        seen, unseen = train[name], test[name]
        if dtype == pl.String:
            columns.append((*_codes(seen, unseen), True))
        elif dtype.is_temporal():
            parts = zip(_date_parts(seen), _date_parts(unseen), strict=True)
            columns.extend((*_scaled(one, other), False) for one, other in parts)
        else:
            columns.append((*_scaled(_array(seen), _array(unseen)), False))
    if not columns:
        columns = [(np.zeros(len(train)), np.zeros(len(test)), False)]
    return Design(
        train=np.column_stack([column[0] for column in columns]),
        test=np.column_stack([column[1] for column in columns]),
        is_category=np.array([column[2] for column in columns]),
    )


def _codes(train: pl.Series, test: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    present = train.drop_nulls()
    if not len(present):
        return np.zeros(len(train)), np.zeros(len(test))
    name = present.name or "category"
    counts = present.alias(name).value_counts(name="rows").sort(["rows", name], descending=[True, False])
    known = counts[name].head(MOST_CATEGORIES)
    rare = float(MOST_CATEGORIES) if len(counts) > MOST_CATEGORIES else None
    codes = pl.Series(range(len(known)), dtype=pl.Float64)

    def coded(column: pl.Series) -> np.ndarray:
        values = column.replace_strict(known, codes, default=rare, return_dtype=pl.Float64)
        return np.where(column.is_null().to_numpy(), np.nan, _array(values))

    return coded(train), coded(test)


def _date_parts(column: pl.Series) -> list[np.ndarray]:
    moments = column.cast(pl.Datetime("us"))
    days = moments.dt.timestamp("us") / 86_400_000_000
    return [_array(part) for part in (days, moments.dt.month(), moments.dt.weekday(), moments.dt.hour())]


def _array(column: pl.Series) -> np.ndarray:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = ~np.isnan(train)
    if not present.any():
        return np.zeros(len(train)), np.zeros(len(test))
    largest = float(np.abs(train[present]).max()) or 1.0
    with np.errstate(over="ignore"):
        return train / largest, np.clip(test / largest, -FARTHEST, FARTHEST)
