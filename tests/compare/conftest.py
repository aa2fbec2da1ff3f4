"""What the tests of the comparison share: a clock that is moved by hand, and small tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest


class Clock:
    """A clock that advances by `step` at every look, and by hand."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Callable[[float], Clock]:
    return Clock


@pytest.fixture
def table() -> Callable[[int], pl.DataFrame]:
    """Build an aligned table: two numbers (one with gaps), a category and a date."""

    def build(rows: int) -> pl.DataFrame:
        generator = np.random.default_rng(rows)
        size = generator.normal(size=rows)
        return pl.DataFrame(
            {
                "size": size,
                "weight": [None if n % 7 == 0 else float(value) for n, value in enumerate(size**2)],
                "kind": [None if n % 11 == 0 else str(n % 3) for n in range(rows)],
                "when": pl.Series([f"2024-{n % 12 + 1:02}-01" for n in range(rows)]).str.to_datetime(),
            },
            schema_overrides={"weight": pl.Float64, "kind": pl.String},
        )

    return build
