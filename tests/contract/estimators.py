"""Every estimator with data that it can be fitted to: the contract tests run over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import netwright as nw
from netwright.estimators.base import NetworkEstimator


@dataclass(frozen=True)
class Subject:
    """An estimator and how to make it small."""

    name: str
    estimator: type[NetworkEstimator]
    settings: dict[str, Any]
    target: str

    def make(self, **settings: Any) -> NetworkEstimator:
        return self.estimator(**{**self.settings, **settings})

    def frame(self, rows: int = 160, seed: int = 0) -> pl.DataFrame:
        """Return mixed columns with missing values and the target among them."""
        generator = np.random.default_rng(seed)
        age = generator.normal(40, 12, rows).round(1)
        job = generator.choice(["cook", "clerk", "smith"], rows)
        score = 0.1 * (age - 40) + (job == "smith") + generator.normal(0, 0.3, rows)
        return pl.DataFrame(
            {
                "age": [
                    None if hidden else value
                    for value, hidden in zip(age, generator.random(rows) < 0.1, strict=True)
                ],
                "job": [
                    None if hidden else value
                    for value, hidden in zip(job, generator.random(rows) < 0.1, strict=True)
                ],
                "since": pl.date_range(pl.date(2020, 1, 1), pl.date(2026, 1, 1), eager=True).sample(
                    rows, with_replacement=True, seed=seed
                ),
                "label": np.where(score > 0, "yes", "no"),
                "level": np.select([score < -0.7, score < 0.7], ["low", "middle"], "high"),
                "amount": score,
            }
        ).select("age", "job", "since", self.target)


SMALL = nw.nets.MLP(hidden=(16, 16), number_embedding="piecewise_linear", bins=4, members=2)
FAST = {"epochs": 4, "seed": 0, "network": SMALL}

SUBJECTS = [
    Subject("two classes", nw.Classifier, FAST, "label"),
    Subject("many classes", nw.Classifier, FAST, "level"),
    Subject("numbers", nw.Regressor, FAST, "amount"),
]
