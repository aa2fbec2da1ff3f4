"""Which columns of a table go together: rank correlation, Cramer's V and the correlation ratio.

All three lie between 0, nothing in common, and 1, one tells the other; those of few rows are corrected for
chance. Sources: Spearman (1904); Cramer (1946), corrected by Bergsma (2013); Fisher (1925).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.errors import UserError

TOGETHER = 0.7
"""Columns associated at least so much are one group."""

FEWEST_ROWS = 30


def associated(frame: pl.DataFrame, at_least: float = TOGETHER) -> list[list[str]]:
    """Return groups of columns of which each is associated with another one of the group.

    Raises:
        UserError: for too few rows to tell.

    >>> numbers = pl.Series(range(40))
    >>> associated(pl.DataFrame({"a": numbers, "b": numbers * 2, "c": [0, 1, 1, 0] * 10}))
    [['a', 'b']]
    """
    if frame.height < FEWEST_ROWS:
        raise UserError(
            f"groups='correlated' looks at the background, and {frame.height:,} rows are too few to tell. "
            f"Give background= with {FEWEST_ROWS} rows or more, or name the groups."
        )
    columns = [_Column(frame[name]) for name in frame.columns]
    leader = list(range(len(columns)))
    for first in range(len(columns)):
        for second in range(first):
            if association(columns[first], columns[second]) >= at_least:
                old, new = leader[first], leader[second]
                leader = [new if number == old else number for number in leader]
    groups: dict[int, list[str]] = {}
    for name, number in zip(frame.columns, leader, strict=True):
        groups.setdefault(number, []).append(name)
    return [group for group in groups.values() if len(group) > 1]


class _Column:
    """A column as ranks where it can be ordered, else as codes."""

    def __init__(self, series: pl.Series) -> None:
        self.values: np.ndarray
        self.ordered = series.dtype.is_numeric() or series.dtype.is_temporal()
        if self.ordered:
            filled = series.cast(pl.Float64) if series.dtype.is_numeric() else series.to_physical()
            ranks = filled.rank("average")
            self.values = ranks.fill_null(ranks.mean() or 0.0).to_numpy().astype(np.float64)
        else:
            self.values = series.cast(pl.String).fill_null("").rank("dense").to_numpy().astype(np.int64) - 1


def association(first: _Column, second: _Column) -> float:
    """Return how much two columns have in common, from 0 to 1."""
    if first.ordered and second.ordered:
        if not (first.values.std() and second.values.std()):
            return 0.0
        return float(abs(np.corrcoef(first.values, second.values)[0, 1]))
    if not first.ordered and not second.ordered:
        return _cramer(first.values, second.values)
    codes, ranks = (second, first) if first.ordered else (first, second)
    return _ratio(codes.values, ranks.values)


def _cramer(first: np.ndarray, second: np.ndarray) -> float:
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1)
    rows, (height, width) = len(first), table.shape
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / rows
    squared = ((table - expected) ** 2 / expected).sum() / rows
    corrected = max(0.0, squared - (height - 1) * (width - 1) / (rows - 1))
    sides = [side - (side - 1) ** 2 / (rows - 1) for side in (height, width)]
    least = min(sides) - 1
    return float(np.sqrt(min(1.0, corrected / least))) if least > 1e-9 else 0.0


def _ratio(codes: np.ndarray, ranks: np.ndarray) -> float:
    groups, rows = int(codes.max()) + 1, len(codes)
    whole = ((ranks - ranks.mean()) ** 2).sum()
    if not whole or rows <= groups:
        return 0.0
    counts = np.bincount(codes, minlength=groups)
    means = np.bincount(codes, ranks, minlength=groups) / np.maximum(counts, 1)
    inside = ((ranks - means[codes]) ** 2).sum()
    adjusted = 1 - inside / whole * (rows - 1) / (rows - groups)
    return float(np.sqrt(max(0.0, adjusted)))
