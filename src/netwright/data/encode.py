"""Words, yes or no, and dates as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

UNKNOWN = 0
"""The code of a category that is missing, was not there in training, or was too rare to be learnt."""

FEW_ROWS = 1024
"""Up to so many rows, looking words up one by one is faster than starting a columnar operation."""

MICROSECONDS = {"year": 365.2425 * 86_400e6, "day": 86_400_000_000, "minute": 60_000_000}

CYCLES = {"month": 12, "weekday": 7, "hour": 1440}
"""Cycles of a date and in how many steps each is measured: the hour of the day by the minute."""


@dataclass(frozen=True)
class Vocabulary:
    """The categories of one column; the code of words[i] is i + 1, and 0 is `UNKNOWN`.

    >>> Vocabulary.fit(pl.Series(["b", "a", "b", "c"])).words
    ('b', 'a', 'c')
    """

    words: tuple[str, ...]

    @classmethod
    def fit(cls, column: pl.Series, most: int = 1_000, least_count: int = 1) -> Vocabulary:
        """Learn the categories, the most frequent first, equally frequent ones in alphabetical order.

        Args:
            column: text (n,), null where missing.
            most: how many categories to keep at most; the rarest beyond are taken as unknown.
            least_count: categories with fewer rows are taken as unknown.
        """
        word = pl.col("word")
        counted = pl.DataFrame({"word": column}).drop_nulls().group_by("word").agg(pl.len().alias("rows"))
        kept = counted.filter(pl.col("rows") >= least_count)
        ordered = kept.sort(-pl.col("rows").cast(pl.Int64), word).head(most)
        return cls(tuple(ordered.get_column("word").to_list()))

    @property
    def cardinality(self) -> int:
        """How many codes there are, `UNKNOWN` among them."""
        return len(self.words) + 1

    def transform(self, column: pl.Series) -> np.ndarray:
        """Return the code of each word (n,) as int64.

        >>> Vocabulary(("b", "a")).transform(pl.Series(["a", "z", None]))
        array([2, 0, 0])
        """
        if len(column) <= FEW_ROWS:
            codes = self._codes
            return np.array([codes.get(word, UNKNOWN) for word in column.to_list()], dtype=np.int64)
        if not self.words:
            return np.full(len(column), UNKNOWN, dtype=np.int64)
        physical = column.cast(self._enum, strict=False).to_physical()
        return (physical.cast(pl.Int64) + 1).fill_null(UNKNOWN).to_numpy()

    @cached_property
    def _codes(self) -> dict[str | None, int]:
        return {word: code for code, word in enumerate(self.words, start=1)}

    @cached_property
    def _enum(self) -> pl.Enum:
        return pl.Enum(self.words)


@dataclass(frozen=True)
class YesNo:
    """The two words of a column as 0 and 1; anything else is missing.

    >>> YesNo.fit(pl.Series(["yes", "no", "no"])).transform(pl.Series(["yes", "no", None]))
    array([ 1.,  0., nan])
    """

    words: tuple[str, ...]

    @classmethod
    def fit(cls, column: pl.Series) -> YesNo:
        """Take "no" and "yes", or a column's two most frequent other words in alphabetical order."""
        words = Vocabulary.fit(column, most=2).words
        return cls(("no", "yes") if set(words) <= {"no", "yes"} else tuple(sorted(words)))

    def transform(self, column: pl.Series) -> np.ndarray:
        """Return 0.0, 1.0 or NaN for each word (n,)."""
        return np.array([np.nan, 0.0, 1.0]).take(self._vocabulary.transform(column))

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self.words)


@dataclass(frozen=True)
class Dates:
    """A column of dates as the year, and as positions on the circles of year, week and day.

    Step p of a cycle of N becomes sin(2πp / N) and cos(2πp / N), so that December lies beside January.

    Attributes:
        cycles: those of `CYCLES` that varied in training.
    """

    cycles: tuple[str, ...]

    @classmethod
    def fit(cls, column: pl.Series) -> Dates:
        """Learn which cycles vary; dates without a time of day have no hour, for instance.

        Args:
            column: dates (n,) as Datetime in microseconds, null where missing.
        """
        moments = column.drop_nulls().to_numpy()
        return cls(tuple(name for name in CYCLES if len(np.unique(_steps(moments, name))) > 1))

    @property
    def names(self) -> tuple[str, ...]:
        """What `transform_cycles` returns, in order."""
        return tuple(f"{cycle} {wave}" for cycle in self.cycles for wave in ("sine", "cosine"))

    def transform_years(self, moments: np.ndarray) -> np.ndarray:
        """Return moments (n,) in years since the beginning of 1970, NaN where missing."""
        years = moments.astype(np.int64) / MICROSECONDS["year"]
        return np.where(np.isnat(moments), np.nan, years)

    def transform_cycles(self, moments: np.ndarray) -> np.ndarray:
        """Return sine and cosine of each cycle (n, 2 · cycles); both are 0 where the date is missing."""
        missing = np.isnat(moments)
        waves = np.empty((len(moments), 2 * len(self.cycles)))
        for position, name in enumerate(self.cycles):
            waves[:, 2 * position : 2 * position + 2] = _CIRCLES[name][_steps(moments, name)]
        waves[missing] = 0
        return waves


def _steps(moments: np.ndarray, cycle: str) -> np.ndarray:
    """Return the month, the day of the week (Monday is 0) or the minute of the day of each moment (n,)."""
    if cycle == "month":
        return np.asarray(moments.astype("datetime64[M]").astype(np.int64) % CYCLES[cycle])
    ticks = moments.astype(np.int64)
    if cycle == "weekday":
        return (ticks // MICROSECONDS["day"] + 3) % CYCLES[cycle]  # 1 January 1970 was a Thursday
    return ticks // MICROSECONDS["minute"] % CYCLES[cycle]


def _circle(steps: int) -> np.ndarray:
    angles = 2 * np.pi * np.arange(steps) / steps
    return np.column_stack([np.sin(angles), np.cos(angles)])


# Looked up, not computed: a sine may differ in its last bit between one value and a whole vector.
_CIRCLES = {name: _circle(steps) for name, steps in CYCLES.items()}
