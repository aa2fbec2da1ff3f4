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
from netwright.explain.dealing import deals_of
from netwright.explain.shap import shap
from netwright.explain.subject import subject_of
from netwright.randomness import numpy_generator

ROWS = 20
"""Rows that are explained, evenly from the test part."""

FEWEST_ROWS = 3
BACKGROUND = 50
"""Training rows that stand in for what is not known."""

MOST_COLUMNS = 60

MOST_SECONDS = 20.0
"""What the check may take where nothing limits it: the walks of jagged answers never settle."""

FEW_MIXTURES = 32
"""Answered first, so that nothing that is done once is counted."""

MIXTURES = (64, 1_024)
"""Sizes whose difference tells what a mixture takes."""


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
        seconds: what it may take, or None for `MOST_SECONDS`.
        clock: returns seconds.
    """
    columns = len(model.schema_.used)
    if form_of(model.preparation_) not in (Form.TABLE, Form.MIXED) or not 2 <= columns <= MOST_COLUMNS:
        return (
            f"After a training, tables of 2 to {MOST_COLUMNS} columns are explained; see netwright explain."
        )
    seconds = MOST_SECONDS if seconds is None else seconds
    places = _evenly(test.height, min(ROWS, test.height))
    known = train[_evenly(train.height, min(BACKGROUND, train.height))]

    try:
        begin = clock()
        a_row = _row_seconds(model, test[:1], known, columns, clock)
        left = max(0.0, seconds - (clock() - begin))
        places = places and _evenly(test.height, min(len(places), int(left / max(a_row, 1e-12))))
        if len(places) < min(FEWEST_ROWS, test.height) or not places:
            return (
                f"Checking explanations takes more than its share of the time ({seconds:.2g} s); "
                "netwright explain does it."
            )
        # To check them takes about as long again.
        most = (seconds - (clock() - begin)) / 2
        found = shap(model, test[places], known, method="permutation", seconds=most, seed=seed, clock=clock)
        return check(found, rows=len(places), seed=seed)
    except UserError as error:
        return str(error)


def _row_seconds(
    model: NetworkEstimator,
    row: pl.DataFrame,
    known: pl.DataFrame,
    columns: int,
    clock: Callable[[], float],
) -> float:
    """Return what a row takes to be explained and checked: the further mixtures of two sizes tell.

    What is fixed, such as the preparation of the background and a first call, does not count that way.
    """
    game = deals_of(subject_of(model), row, background=known)[1][0].game
    generator = numpy_generator(0, "mixtures")
    took = []
    for size in (FEW_MIXTURES, *MIXTURES):
        present = generator.random((size, game.players)) < 0.5
        begin = clock()
        game.evaluate(np.zeros(size, dtype=np.int64), generator.integers(game.references, size=size), present)
        took.append(clock() - begin)
    slope = max(0.0, took[2] - took[1]) / (MIXTURES[1] - MIXTURES[0])
    return mixtures_of_a_row(columns, known.height) * slope


def _evenly(height: int, count: int) -> list[int]:
    return list(dict.fromkeys(np.linspace(0, height - 1, count).round().astype(int).tolist()))
