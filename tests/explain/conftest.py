"""Small models to explain."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import netwright as nw

ROWS = 160


def table() -> pl.DataFrame:
    generator = np.random.default_rng(0)
    size = generator.normal(size=ROWS)
    return pl.DataFrame(
        {
            "size": size,
            "twin": size + 0.01 * generator.normal(size=ROWS),
            "gap": [None if n % 7 == 0 else float(v) for n, v in enumerate(generator.normal(size=ROWS))],
            "colour": generator.choice(["red", "green", "blue"], ROWS),
            "idle": generator.normal(size=ROWS),
        }
    )


@pytest.fixture(scope="session")
def frame() -> pl.DataFrame:
    return table()


@pytest.fixture(scope="session")
def truth(frame: pl.DataFrame) -> np.ndarray:
    red = (frame["colour"] == "red").to_numpy()
    return np.where(frame["size"].to_numpy() + 1.5 * red > 0.5, "yes", "no")


@pytest.fixture(scope="session")
def model(frame: pl.DataFrame, truth: np.ndarray) -> nw.Classifier:
    network = nw.nets.MLP(hidden=(16,))
    return nw.Classifier(network=network, epochs=15, progress=False).fit(frame, truth)
