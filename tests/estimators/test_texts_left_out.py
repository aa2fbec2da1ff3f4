"""A network for tables that was asked for by name leaves texts out, and says so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from torch import nn

import netwright as nw

WORDS = ["red", "green", "warm", "cold", "quick", "slow", "near", "far", "old", "new", "large", "small"]


def reviews(rows: int = 80) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    texts = [" ".join(generator.choice(WORDS, 12)) for _ in range(rows)]
    return pl.DataFrame(
        {"size": generator.normal(size=rows), "text": texts, "sold": generator.integers(0, 2, rows)}
    )


@pytest.mark.parametrize("network", ["mlp", nn.Linear(1, 1)], ids=["by name", "own module"])
def test_a_network_for_tables_reads_the_other_columns(network: object) -> None:
    model = nw.Classifier(network=network, epochs=1, progress=False).fit(reviews(), "sold")
    assert [column.name for column in model.schema_.used] == ["size"]
    assert "reads none" in model.schema_.column("text").reason
    assert len(model.predict(reviews(5))) == 5
    assert len(model.predict(reviews(5).drop("text"))) == 5


def test_the_network_that_is_chosen_reads_them() -> None:
    model = nw.Classifier(epochs=1, progress=False).fit(reviews(), "sold")
    assert [column.name for column in model.schema_.used] == ["size", "text"]
