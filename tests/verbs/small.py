"""Small tables and models that the tests of the verbs and of the command line share."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

import netwright as nw
from netwright.estimators.base import NetworkEstimator


def people(rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """Return a number, a category, a code with leading zeros, and what follows from them."""
    generator = np.random.default_rng(seed)
    age = generator.normal(40, 12, rows).round(1)
    job = generator.choice(["cook", "clerk", "smith"], rows)
    code = generator.choice(["007", "012", "100"], rows)
    amount = 0.1 * (age - 40) + (job == "smith") + generator.normal(0, 0.3, rows)
    hidden = generator.random(rows) < 0.1
    return pl.DataFrame(
        {
            "age": [None if gone else value for value, gone in zip(age.tolist(), hidden, strict=True)],
            "job": job,
            "code": code,
            "label": np.where(amount > 0, "yes", "no"),
            "amount": amount.round(3),
        }
    )


@cache
def classifier() -> NetworkEstimator:
    """Return a model of the label, trained for a moment."""
    return nw.Classifier(epochs=3, progress=False).fit(people().drop("amount"), "label")


@cache
def regressor() -> NetworkEstimator:
    """Return a model of the amount, trained for a moment."""
    return nw.Regressor(epochs=3, progress=False).fit(people().drop("label"), "amount")


def two_classes(rows: int = 400) -> pl.DataFrame:
    """Return three numbers, and a label that two of them decide."""
    x = np.random.default_rng(0).normal(size=(rows, 3))
    label = np.where(x[:, 0] + x[:, 1] > 0, "yes", "no")
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": label})
