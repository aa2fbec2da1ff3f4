"""Aligned tables as matrices of numbers, in which categories are codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from netwright.compare.words import CountedWords, count_words, topics

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
        words: what the texts hold, or None where there are none.
    """

    train: np.ndarray
    test: np.ndarray
    is_category: np.ndarray
    words: CountedWords | None = None

    def take(self, rows: np.ndarray) -> Design:
        """Return the matrices with some of the training rows."""
        words = None if self.words is None else self.words.take(rows)
        return replace(self, train=self.train[rows], words=words)

    def with_topics(self, seed: int) -> Design:
        """Return the matrices with the topics of the texts as further columns."""
        if self.words is None:
            return self
        train, test = topics(self.words, seed)
        return Design(
            np.hstack([train, self.train]),
            np.hstack([test, self.test]),
            np.concatenate([np.zeros(train.shape[1], dtype=bool), self.is_category]),
        )


def design_of(train: pl.DataFrame, test: pl.DataFrame, texts: Sequence[str] = ()) -> Design:
    """Return the matrices of two aligned parts; what is learnt, is learnt from the first.

    Text becomes codes in order of frequency, with one code for rare and unseen values. A date becomes
    days, month, weekday and hour. Numbers are divided by their largest training value, so that squares
    cannot overflow. A column that is missing in every training row becomes 0.

    Args:
        train: aligned training rows: Float64, String and Datetime columns.
        test: aligned test rows with the same columns.
        texts: names of the columns that hold running text.

    >>> train = pl.DataFrame({"age": [20.0, 40.0], "job": ["cook", "smith"]})
    >>> design_of(train, pl.DataFrame({"age": [None], "job": ["smith"]}, schema=train.schema)).test
    array([[nan,  1.]])
    """
    words = count_words(*(_joined(part, texts) for part in (train, test))) if texts else None
    train, test = train.drop(texts), test.drop(texts)
    kinds = train.schema
    numbers = [name for name, kind in kinds.items() if kind != pl.String and not kind.is_temporal()]
    dates = [name for name, kind in kinds.items() if kind.is_temporal()]
    categories = [name for name, kind in kinds.items() if kind == pl.String]
    measured = [_scaled(_matrix(train, numbers), _matrix(test, numbers))]
    measured += [_scaled(_date_parts(train[name]), _date_parts(test[name])) for name in dates]
    coded = [_codes(train[name], test[name]) for name in categories]
    if words is None and not any(part[0].shape[1] for part in measured + coded):
        measured.append((np.zeros((len(train), 1)), np.zeros((len(test), 1))))  # texts without a word
    both = measured + coded
    width = sum(part[0].shape[1] for part in measured)
    return Design(
        train=np.hstack([part[0] for part in both]),
        test=np.hstack([part[1] for part in both]),
        is_category=np.arange(width + len(coded)) >= width,
        words=words,
    )


def _joined(part: pl.DataFrame, texts: Sequence[str]) -> list[str]:
    """Return the texts of each row one after another."""
    filled = [pl.col(name).cast(pl.String).fill_null("") for name in texts]
    return part.select(pl.concat_str(filled, separator=" ").alias("text"))["text"].to_list()


def _codes(train: pl.Series, test: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    present = train.drop_nulls()
    if not len(present):
        return np.zeros((len(train), 1)), np.zeros((len(test), 1))
    name = present.name or "category"
    counts = present.alias(name).value_counts(name="rows").sort(["rows", name], descending=[True, False])
    known = counts[name].head(MOST_CATEGORIES)
    rare = float(MOST_CATEGORIES) if len(counts) > MOST_CATEGORIES else None
    codes = pl.Series(range(len(known)), dtype=pl.Float64)

    def coded(column: pl.Series) -> np.ndarray:
        values = column.replace_strict(known, codes, default=rare, return_dtype=pl.Float64)
        return np.where(column.is_null().to_numpy(), np.nan, _array(values))[:, None]

    return coded(train), coded(test)


def _date_parts(column: pl.Series) -> np.ndarray:
    moments = column.cast(pl.Datetime("us"))
    days = moments.dt.timestamp("us") / 86_400_000_000
    parts = (days, moments.dt.month(), moments.dt.weekday(), moments.dt.hour())
    return np.column_stack([_array(part) for part in parts])


def _array(column: pl.Series) -> np.ndarray:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _matrix(frame: pl.DataFrame, names: list[str]) -> np.ndarray:
    if not names:  # a frame without columns would have no rows either
        return np.empty((len(frame), 0))
    return frame.select(pl.col(names).cast(pl.Float64).fill_null(float("nan"))).to_numpy()


def _scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    largest = np.nanmax(np.abs(train), axis=0, initial=0.0)
    largest[largest == 0] = 1.0
    with np.errstate(over="ignore"):
        train, test = train / largest, np.clip(test / largest, -FARTHEST, FARTHEST)
    missing = np.isnan(train).all(axis=0)
    train[:, missing] = test[:, missing] = 0.0
    return train, test
