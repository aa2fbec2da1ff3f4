"""Splitting rows into training, validation and test: at random, by class, by group or by time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.data.reading_dates import date_format
from netwright.data.reading_values import moment
from netwright.errors import DataError, RecipeError, listing
from netwright.randomness import numpy_generator

FRACTIONS = (0.7, 0.15, 0.15)
"""Shares of training, validation and test."""

MOST_HELD_OUT = 100_000
"""Rows of validation and of test, each: more say no more, and are better learnt from."""

PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts.

    Attributes:
        train: rows that the network is fitted on, sorted int64.
        validation: rows that decide when to stop and what to choose, sorted int64.
        test: rows that are looked at once, at the very end, sorted int64; may be empty.
        reason: how the rows were divided, in words.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    reason: str


def split_rows(
    n: int,
    *,
    seed: int,
    fractions: tuple[float, float, float] = FRACTIONS,
    stratify: np.ndarray | None = None,
    group: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> Split:
    """Divide n rows into training, validation and test.

    Rows are drawn at random; with `stratify` every class is divided in proportion, to within one row. With
    `group` the rows of one group stay on one side. With `time` the earliest rows are for training, the
    latest for the test, and rows of one moment stay together.

    Args:
        n: number of rows.
        seed: the same seed gives the same split.
        fractions: shares of training, validation and test, adding up to 1; a part with share 0 stays empty.
        stratify: the class of each row (n,); a class of a single row goes to the training part.
        group: what must not be torn apart, such as the patient of each row (n,).
        time: numbers or dates, also as text, by which to order the rows (n,), whatever their classes.

    Raises:
        DataError: with too few rows, groups or moments, or where group or time are missing.
        RecipeError: for impossible fractions, or group and time at once.

    >>> split = split_rows(100, seed=0)
    >>> len(split.train), len(split.validation), len(split.test)
    (70, 15, 15)
    """
    shares = np.asarray(fractions, dtype=np.float64)
    _check_shares(shares)
    if group is not None and time is not None:
        raise RecipeError("A split is by group or by time, not by both: choose one.")
    _check_enough(n, shares, "rows")
    generator = numpy_generator(seed, "split")
    classes = np.zeros(n, np.int64) if stratify is None else ranks(stratify, n, "class")
    if time is not None:
        part, how = _by_time(ranks(time, n, "time"), shares), "the earliest rows train, the latest test"
    elif group is not None:
        groups = ranks(group, n, "group")
        part, how = _by_group(groups, classes, shares, generator), f"{groups.max() + 1:,} groups kept whole"
    else:
        part = _by_class(classes, shares, generator)
        how = "at random" if stratify is None else "at random, each class in proportion"
    train, validation, test = (np.flatnonzero(part == index).astype(np.int64) for index in range(len(PARTS)))
    told = ", ".join(f"{share:.0%} {name}" for share, name in zip(shares, PARTS, strict=True) if share > 0)
    reason = f"{told}: {how}" if time is not None else f"{told}: {how} (seed {seed})"
    return Split(train=train, validation=validation, test=test, reason=reason)


def holdout(
    n: int,
    fraction: float = 0.15,
    *,
    seed: int,
    stratify: np.ndarray | None = None,
    group: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> Split:
    """Divide n rows into training and validation only, where the test part lies elsewhere; see `split_rows`.

    >>> split = holdout(10, 0.2, seed=0)
    >>> len(split.train), len(split.validation), len(split.test)
    (8, 2, 0)
    """
    shares = (1.0 - fraction, fraction, 0.0)
    return split_rows(n, seed=seed, fractions=shares, stratify=stratify, group=group, time=time)


def usual_fractions(n: int) -> tuple[float, float, float]:
    """Return the shares of training, validation and test for so many rows.

    >>> usual_fractions(1_000)
    (0.7, 0.15, 0.15)
    >>> usual_fractions(10_000_000)
    (0.98, 0.01, 0.01)
    """
    _, validation, test = (min(share, MOST_HELD_OUT / max(n, 1)) for share in FRACTIONS)
    return round(1.0 - validation - test, 12), validation, test


def _check_shares(shares: np.ndarray) -> None:
    proper = shares.shape == (3,) and np.isfinite(shares).all() and (shares >= 0).all()
    if not proper or abs(shares.sum() - 1) > 1e-6 or shares[0] == 0:
        raise RecipeError(
            "Shares of training, validation and test must be three numbers from 0 to 1 that add up to 1, "
            f"the first above 0, such as {FRACTIONS}; got {tuple(shares.tolist())}."
        )


def _check_enough(available: int, shares: np.ndarray, what: str) -> None:
    needed = int((shares > 0).sum())
    if available < needed:
        parts = ", ".join(name for share, name in zip(shares, PARTS, strict=True) if share > 0)
        raise DataError(
            f"The data has {available} {what}; at least {needed} are needed, one for each part ({parts})."
        )


def ranks(values: np.ndarray, n: int, what: str) -> np.ndarray:
    """Return 0 for the smallest value, 1 for the next distinct one, and so on (n,).

    Args:
        values: numbers, dates, or text; text that says when is read as dates (n,).
        n: how many are expected.
        what: they are, for messages: "class", "group" or "time".

    Raises:
        DataError: for missing values, another number of them, and times that cannot be read.
    """
    series = pl.Series(values=values)
    if series.dtype == pl.Object:
        series = pl.Series(values=[None if value is None else str(value) for value in values])
    if what == "time" and series.dtype == pl.String:
        series = _moments(series)
    if series.dtype.is_float():
        series = series.fill_nan(None)
    if len(series) != n:
        raise DataError(f"Expected a {what} for each of {n:,} rows, got {len(series):,}.")
    missing = series.is_null()
    if missing.any():
        shown = listing([row + 1 for row in missing.arg_true()], limit=5)
        raise DataError(
            f"The {what} by which to split is missing in {missing.sum():,} rows (row {shown}). "
            "Fill it in, or drop these rows."
        )
    return series.rank("dense").to_numpy().astype(np.int64) - 1


def _moments(text: pl.Series) -> pl.Series:
    """Return dates for text that writes dates; in alphabetical order 2/1/2024 would follow 10/1/2024."""
    written = date_format(text)
    if written is None:
        example = text.drop_nulls().to_list()[:1]
        raise DataError(f"The time by which to split must be dates or numbers, got text such as {example}.")
    return text.to_frame("text").select(moment(pl.col("text"), pl.String(), written[0])).to_series()


def _by_class(classes: np.ndarray, shares: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the part of each row: of c rows of a class, floor or ceiling of c · share go to each part."""
    shuffled = generator.permutation(len(classes))
    rows = shuffled[np.argsort(classes[shuffled], kind="stable")]
    sizes = np.bincount(classes)
    ends = np.cumsum(sizes)
    part = np.empty(len(classes), np.int8)
    owed = np.zeros(len(shares))
    for size, end in zip(sizes, ends, strict=True):
        counts = _quota(size, shares, owed)
        owed += size * shares - counts
        part[rows[end - size : end]] = np.repeat(np.arange(len(shares)), counts)
    _fill_empty_parts(part, classes, shares)
    return part


def _quota(size: int, shares: np.ndarray, owed: np.ndarray) -> np.ndarray:
    """Return how many of `size` rows each part gets; rows left over go where most is owed."""
    exact = size * shares
    # A hair is added because 100 · 0.15 · … may come out a hair below a whole number.
    counts = np.floor(exact + 1e-9).astype(np.int64)
    claim = np.where(shares > 0, exact - counts + owed, -np.inf)
    if counts[0] == 0:
        claim[0] = np.inf  # a rare class is learnt before it is measured
    counts[np.argsort(-claim, kind="stable")[: size - counts.sum()]] += 1
    return counts


def _fill_empty_parts(part: np.ndarray, classes: np.ndarray, shares: np.ndarray) -> None:
    """Move one training row, of the class with the most of them, into each part that got none."""
    for index in np.flatnonzero(shares > 0):
        if not (part == index).any():
            train = np.flatnonzero(part == 0)
            largest = np.bincount(classes[train]).argmax()
            part[train[classes[train] == largest][-1]] = index


def _by_group(
    groups: np.ndarray, classes: np.ndarray, shares: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return the part of each row: each group, in random order, goes where its classes are missing most."""
    group_count = int(groups.max()) + 1
    _check_enough(group_count, shares, "groups")
    class_count = int(classes.max()) + 1
    # Sparse counts, one entry for each class that a group holds: groups may be many.
    pairs, sizes = np.unique(groups * class_count + classes, return_counts=True)
    starts = np.searchsorted(pairs // class_count, np.arange(group_count + 1))
    totals = np.bincount(classes)
    wanted = shares[:, None] * totals
    empty = set(np.flatnonzero(shares > 0).tolist())
    home = np.empty(group_count, np.int8)
    for done, group in enumerate(generator.permutation(group_count)):
        members = slice(starts[group], starts[group + 1])
        held = pairs[members] % class_count
        need = (wanted[:, held] * (sizes[members] / totals[held])).sum(axis=1)
        need[shares == 0] = -np.inf
        if len(empty) >= group_count - done:
            need[[index for index in range(len(shares)) if index not in empty]] = -np.inf
        home[group] = chosen = int(need.argmax())
        wanted[chosen, held] -= sizes[members]
        empty.discard(chosen)
    return np.asarray(home[groups])


def _by_time(moments: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the part of each row, cut between two moments as near to the shares as can be."""
    used = np.flatnonzero(shares > 0)
    rows_until = np.cumsum(np.bincount(moments))
    moment_count = len(rows_until)
    _check_enough(moment_count, shares, "different times")
    part_of_moment = np.full(moment_count, used[0], np.int8)
    last = -1
    for position, index in enumerate(used[:-1]):
        wanted = len(moments) * shares[: index + 1].sum()
        # Each later part needs at least one moment of its own.
        choices = np.arange(last + 1, moment_count - (len(used) - 1 - position))
        last = int(choices[np.abs(rows_until[choices] - wanted).argmin()])
        part_of_moment[last + 1 :] = used[position + 1]
    return np.asarray(part_of_moment[moments])
