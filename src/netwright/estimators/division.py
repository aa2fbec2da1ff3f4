"""The rows to train on, and the rows held out to stop by and to choose weights on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.data.items import ImageRows, SequenceRows
from netwright.data.split import MOST_HELD_OUT, holdout
from netwright.data.target import Target
from netwright.errors import DataError
from netwright.estimators.intake import Rows, TargetValues
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.early_stopping import EarlyStopping

HELD_OUT = 0.15
"""Share of the rows that is held out unless the recipe says otherwise."""

FEWEST_ROWS_TO_HOLD_OUT = 40
"""With fewer rows than this, holding some out costs more than early stopping brings."""

FEWEST_ITEMS_TO_HOLD_OUT = 200
"""The same for sequences and pictures, whose networks come to rest at good weights by themselves."""

MOST_PICTURES_HELD_OUT = 4_000
"""Enough to tell which weights are best; more are better trained on, and take time at every look."""


@dataclass(frozen=True)
class Part:
    """Some aligned rows with their target and weights."""

    rows: Rows
    target: TargetValues
    weights: np.ndarray | None = None

    def take(self, index: np.ndarray) -> Part:
        """Return the rows that `index` names."""
        weights = None if self.weights is None else self.weights[index]
        return Part(self.rows[index], self.target[index], weights)


@dataclass(frozen=True)
class Division:
    """Training rows, and held-out rows where there are any."""

    train: Part
    held: Part | None = None


def divide(recipe: Recipe, target: Target, whole: Part, held: Part | None) -> Division:
    """Divide the rows of a fit.

    Args:
        recipe: says whether and how much to hold out.
        target: classes are divided in proportion.
        whole: what `fit` got.
        held: validation rows that were given, or None.
    """
    if held is not None:
        return Division(whole, held)
    rows = len(whole.target)
    wanted = recipe.validation_fraction != "auto" or isinstance(recipe.early_stopping, EarlyStopping)
    items = isinstance(whole.rows, (SequenceRows, ImageRows))
    fewest = FEWEST_ITEMS_TO_HOLD_OUT if items else FEWEST_ROWS_TO_HOLD_OUT
    if recipe.early_stopping is None or (rows < fewest and not wanted):
        return Division(whole)
    most = MOST_PICTURES_HELD_OUT if isinstance(whole.rows, ImageRows) else MOST_HELD_OUT
    share = min(HELD_OUT, most / rows)
    fraction = share if recipe.validation_fraction == "auto" else float(recipe.validation_fraction)
    has_classes = target.task in (Task.BINARY, Task.MULTICLASS)
    classes = target.encode(whole.target) if has_classes else None
    split = holdout(rows, fraction, seed=recipe.seed, stratify=classes)
    return Division(whole.take(split.train), whole.take(split.validation))


def checked_weights(weights: Any, rows: int) -> np.ndarray | None:
    """Return sample weights as float64 (rows,).

    Raises:
        DataError: for another length, negative or missing weights, or all zero.
    """
    if weights is None:
        return None
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (rows,):
        raise DataError(f"sample_weight: expected {rows:,} values, one a row, got shape {values.shape}.")
    bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
    if len(bad):
        raise DataError(f"sample_weight: row {bad[0] + 1} has {values[bad[0]]}; weights are 0 or more.")
    if not values.any():
        raise DataError("sample_weight: every weight is zero. Give some rows a weight above 0.")
    return values
