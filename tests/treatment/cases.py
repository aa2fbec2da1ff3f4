"""A small case that trains in a second."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.data.target import Target
from netwright.estimators.intake import describe_rows, describe_target, read_given
from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, Rowset

SMALL: dict[str, Any] = {
    "network": {"kind": "mlp", "hidden": [32], "dropout": 0.0},
    "optimizer": {"kind": "adamw", "learning_rate": 0.01},
    "epochs": 12,
    "batch_size": 16,
    "early_stopping": None,
    "averaging": None,
    "schedule": "constant",
}


def rows(count: int = 360, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return four columns, and a class that depends on three of them."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 4))
    return x, (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(int)


def recipe(**settings: Any) -> Recipe:
    """Return the small recipe with settings changed."""
    return Recipe(**{**SMALL, **settings})


def case(changed: Recipe, count: int = 360) -> Case:
    """Return a case on the small rows: 60 % to fit, 20 % to stop by, 20 % to judge."""
    given = read_given(*rows(count))
    target: Target = describe_target(given.target, "classification")
    everything = Rowset(given.rows, given.target)
    first, second = int(0.6 * count), int(0.8 * count)
    parts = np.split(np.arange(count), [first, second])
    return Case(changed, describe_rows(given.rows), target, *(everything.take(part) for part in parts))
