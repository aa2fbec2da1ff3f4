"""Fitted estimators for the tests of this folder."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl

import netwright as nw


@cache
def frame(rows: int = 120) -> pl.DataFrame:
    """Return numbers, a category and a target of three classes."""
    generator = np.random.default_rng(0)
    age, height = generator.normal(40, 10, rows), generator.normal(170, 8, rows)
    job = generator.choice(["cook", "clerk", "smith"], rows)
    score = 0.1 * (age - 40) + (job == "smith") + generator.normal(0, 0.3, rows)
    level = np.select([score < -0.5, score < 0.7], ["low", "middle"], "high")
    return pl.DataFrame({"age": age, "height": height, "job": job, "level": level})


@cache
def classifier(**network: Any) -> nw.Classifier:
    """Return a small classifier trained for two epochs on `frame`."""
    settings = {"hidden": (8, 8), "dropout": 0.2, **network}
    model = nw.Classifier(network=nw.nets.MLP(**settings), epochs=2, precision="float32", progress=False)
    return model.fit(frame(), "level")


KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "batch": {"normalization": "batch"},
    "group, residual": {"normalization": "group", "residual": True, "activation": "silu"},
    "members": {"members": 3, "normalization": "rms"},
    "embeddings": {"number_embedding": "piecewise_linear", "category_embedding": "learned", "bins": 5},
    "periodic": {"number_embedding": "periodic", "normalization": "layer", "activation": "prelu"},
}
