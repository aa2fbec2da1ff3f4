"""Whether explanations of a network are any good, looked at after every training of a table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from netwright.data.items import Form
from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.preparing import form_of
from netwright.explain.check import Check, check, mixtures_of_a_row
from netwright.explain.shap import shap

ROWS = 20
"""Rows that are explained, evenly from the test part."""

FEWEST_ROWS = 5
BACKGROUND = 50
"""Training rows that stand in for what is not known."""

MOST_COLUMNS = 60


def checked_explanations(
    model: NetworkEstimator,
    test: pl.DataFrame,
    train: pl.DataFrame,
    *,
    seed: int,
    seconds: float | None,
    row_seconds: float,
    clock: Callable[[], float],
) -> Check | str:
    """Explain some test rows by SHAP and check that; return a reason where it is not done.

    Args:
        model: trained on a table.
        test: raw rows that were not trained on.
        train: raw rows that were.
        seed: of all random numbers.
        seconds: what it may take, or None for no limit.
        row_seconds: what the model takes to answer a row.
        clock: returns seconds.
    """
    columns = len(model.schema_.used)
    if form_of(model.preparation_) not in (Form.TABLE, Form.MIXED) or not 2 <= columns <= MOST_COLUMNS:
        return (
            f"After a training, tables of 2 to {MOST_COLUMNS} columns are explained; see netwright explain."
        )
    count = min(ROWS, test.height)
    if seconds is not None:
        members = getattr(model.network_, "members", 1)
        a_row = mixtures_of_a_row(columns, BACKGROUND) * row_seconds / members
        count = min(count, int(seconds / max(a_row, 1e-12)))
    if count < min(FEWEST_ROWS, test.height) or not count:
        share = "" if seconds is None else f" ({seconds:.2g} s)"
        return (
            f"Checking explanations takes more than its share of the time{share}; netwright explain does it."
        )
    try:
        explained = shap(
            model,
            test[_evenly(test.height, count)],
            train[_evenly(train.height, min(BACKGROUND, train.height))],
            method="permutation",
            seconds=seconds,
            seed=seed,
            clock=clock,
        )
        return check(explained, rows=count, seed=seed)
    except UserError as error:
        return str(error)


def _evenly(height: int, count: int) -> list[int]:
    return list(dict.fromkeys(np.linspace(0, height - 1, count).round().astype(int).tolist()))
