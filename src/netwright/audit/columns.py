"""Columns that say nothing, or nothing that the others do not say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

NEARLY_CONSTANT = 0.995
EXPLAINED = 0.999
"""Share of a number's variance from which on other numbers say it all."""

MOST_VALUES = 1_000
ROWS_OF_SUMS = 5_000


@dataclass(frozen=True)
class Idle:
    """A column that adds nothing.

    Attributes:
        column: its name.
        others: the columns that say the same; empty for a constant one.
        reason: why, a plain sentence.
        measure: the share of its rows or of its variance that proves it.
    """

    column: str
    others: tuple[str, ...]
    reason: str
    measure: float


def nearly_constant(frame: pl.DataFrame) -> list[Idle]:
    """Return columns of which nearly every row has the same value.

    >>> [idle.column for idle in nearly_constant(pl.DataFrame({"a": [1] * 500, "b": range(500)}))]
    ['a']
    """
    found = []
    for name in frame.columns:
        column = frame[name]
        top = int(column.value_counts(name="rows__")["rows__"].max() or 0)  # type: ignore[arg-type]
        share = top / max(1, frame.height)
        if share >= NEARLY_CONSTANT:
            kind = "every row has" if share == 1 else f"{share:.1%} of the rows have"
            found.append(Idle(name, (), f"{kind} the same value", share))
    return found


def dependent(frame: pl.DataFrame) -> list[Idle]:
    """Return columns that follow from others: numbers as sums of numbers, categories as coarser ones.

    Args:
        frame: aligned columns: Float64 and String.

    >>> x, z = np.random.default_rng(0).normal(size=(2, 100))
    >>> found = dependent(pl.DataFrame({"x": x, "z": z, "sum": x + 2 * z}))
    >>> found[0].column, found[0].others
    ('sum', ('x', 'z'))
    """
    return [*_sums(frame), *_coarser(frame)]


def _sums(frame: pl.DataFrame) -> list[Idle]:
    """Go through the numbers from the left: each is explained by those kept before it."""
    names = [name for name in frame.columns if frame[name].dtype.is_numeric()]
    step = max(1, frame.height // ROWS_OF_SUMS)
    kept: list[str] = []
    columns: list[np.ndarray] = []
    basis = np.empty((len(range(0, frame.height, step)), 0))
    found = []
    for name in names:
        values = frame[name].to_numpy().astype(np.float64)[::step]
        known = np.isfinite(values)
        values = np.where(known, values, np.median(values[known]) if known.any() else 0.0)
        deviation = values - values.mean()
        size = float(np.linalg.norm(deviation))
        if size == 0:
            continue
        unit = deviation / size
        rest = unit - basis @ (basis.T @ unit)
        explained = 1 - float(rest @ rest)
        if explained >= EXPLAINED and kept:
            strong = _strongest(np.column_stack(columns), unit, kept)
            reason = f"{explained:.2%} of its variance is a sum of {', '.join(strong)}"
            found.append(Idle(name, strong, reason, explained))
            continue
        kept.append(name)
        columns.append(unit)
        rest -= basis @ (basis.T @ rest)  # once more, against rounding
        basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    return found


def _strongest(columns: np.ndarray, unit: np.ndarray, names: list[str]) -> tuple[str, ...]:
    """Return the columns that make up most of a sum, three at most, in the order of the table."""
    weights = np.abs(np.linalg.lstsq(columns, unit, rcond=None)[0])
    places = [int(place) for place in np.argsort(-weights)[:3] if weights[place] > 0.01]
    return tuple(names[place] for place in sorted(places))


def _coarser(frame: pl.DataFrame) -> list[Idle]:
    """Return categories that another category decides."""
    names = [name for name in frame.columns if frame[name].dtype == pl.String]
    sizes = {name: frame[name].n_unique() for name in names}
    names = [name for name in names if 2 <= sizes[name] <= min(MOST_VALUES, frame.height // 5)]
    found = []
    for name in names:
        finer = [other for other in names if other != name and sizes[other] >= sizes[name]]
        for other in finer:
            if sizes[other] == sizes[name] and names.index(other) > names.index(name):
                continue  # of two that say the same, the later one is idle
            if frame.select(name, other).n_unique() == sizes[other]:
                reason = f"each value of {other} has one value of {name}"
                found.append(Idle(name, (other,), reason, 1.0))
                break
    return found
