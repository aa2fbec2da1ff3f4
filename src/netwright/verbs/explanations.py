"""Whether explanations of a network are any good, looked at after every training of a table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from netwright.data.items import Form
from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.preparing import form_of
from netwright.explain.check import Check, check
from netwright.explain.shap import shap

ROWS = 20
"""Rows that are explained, evenly from the test part."""

FEWEST_ROWS = 5
BACKGROUND = 50
"""Training rows that stand in for what is not known."""

MOST_COLUMNS = 60

SIZES = (1, 2, 4)
"""Rows that are explained to learn how long one takes."""

ROUNDING = 1e-6


def checked_explanations(
    model: NetworkEstimator,
    test: pl.DataFrame,
    train: pl.DataFrame,
    *,
    seed: int,
    seconds: float | None,
    clock: Callable[[], float],
) -> Check | str:
    """Explain some test rows by SHAP and check that; return a reason where it is not done.

    Args:
        model: trained on a table.
        test: raw rows that were not trained on.
        train: raw rows that were.
        seed: of all random numbers.
        seconds: what it may take, or None for no limit.
        clock: returns seconds.
    """
    columns = len(model.schema_.used)
    if form_of(model.preparation_) not in (Form.TABLE, Form.MIXED) or not 2 <= columns <= MOST_COLUMNS:
        return (
            f"After a training, tables of 2 to {MOST_COLUMNS} columns are explained; see netwright explain."
        )
    places = _evenly(test.height, min(ROWS, test.height))
    known = train[_evenly(train.height, min(BACKGROUND, train.height))]

    def explained(rows: list[int], left: float | None) -> Check:
        found = shap(model, test[rows], known, method="permutation", seconds=left, seed=seed, clock=clock)
        return check(found, rows=len(rows), seed=seed)

    try:
        if seconds is None:
            return explained(places, None)
        return _within(explained, places, seconds, clock)
    except UserError as error:
        return str(error)


def _within(
    explained: Callable[[list[int], float | None], Check],
    places: list[int],
    seconds: float,
    clock: Callable[[], float],
) -> Check | str:
    """Explain as many rows as the time allows, which two sizes tell after a first row that warms up."""
    begin, took = clock(), {}
    for count in SIZES:
        start = clock()
        found = explained(_spread(places, count), seconds)
        took[count] = clock() - start
        if count >= len(places):
            return found
        if clock() - begin > seconds:
            break
    left, last, before = seconds - (clock() - begin), max(took), min(max(took), SIZES[1])
    slope = (took[last] - took[before]) / max(1, last - before)
    a_row = slope if slope > 0 else took[last] / last
    fixed = max(0.0, took[last] - last * a_row)
    count = len(places) if not a_row else min(len(places), int((left - fixed) / a_row + ROUNDING))
    if left <= 0 or count < min(FEWEST_ROWS, len(places)):
        return (
            f"Checking explanations takes more than its share of the time ({seconds:.2g} s); netwright "
            "explain does it."
        )
    return explained(_spread(places, count), left)


def _spread(places: list[int], count: int) -> list[int]:
    return [places[one] for one in _evenly(len(places), count)]


def _evenly(height: int, count: int) -> list[int]:
    return list(dict.fromkeys(np.linspace(0, height - 1, count).round().astype(int).tolist()))
