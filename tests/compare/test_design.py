"""Aligned tables become matrices in which nothing is lost and nothing overflows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl

from netwright.compare.design import FARTHEST, MOST_CATEGORIES, design_of


def test_codes_are_by_frequency_and_missing_is_missing() -> None:
    train = pl.DataFrame({"kind": ["b", "a", "b", None, "c", "c", "b"]})
    test = pl.DataFrame({"kind": ["b", "c", "a", None, "unseen"]})
    design = design_of(train, test)
    assert design.is_category.tolist() == [True]
    assert np.array_equal(design.train[:, 0], [0, 2, 0, np.nan, 1, 1, 0], equal_nan=True)
    assert np.array_equal(design.test[:, 0], [0, 1, 2, np.nan, np.nan], equal_nan=True)


def test_rare_and_unseen_categories_share_a_code() -> None:
    names = [f"v{n:03}" for n in range(MOST_CATEGORIES + 50)]
    design = design_of(pl.DataFrame({"kind": names}), pl.DataFrame({"kind": [names[-1], "unseen", names[0]]}))
    assert design.test[:, 0].tolist() == [MOST_CATEGORIES, MOST_CATEGORIES, 0]
    assert design.train.max() == MOST_CATEGORIES


def test_dates_become_days_month_weekday_and_hour() -> None:
    frame = pl.DataFrame({"when": [datetime(2024, 1, 1, 6), datetime(2024, 12, 8, 12), None]})
    design = design_of(frame, frame)
    assert design.train.shape == (3, 4)
    assert not design.is_category.any()
    assert np.isnan(design.train[2]).all()
    days = datetime(2024, 12, 8, 12) - datetime(1970, 1, 1)
    assert np.allclose(design.train[0], [19723.25 / (days.total_seconds() / 86400), 1 / 12, 1 / 7, 0.5])


def test_numbers_keep_their_order_and_stay_small() -> None:
    train = pl.DataFrame({"x": [1e308, -1e308, 0.0, None]})
    design = design_of(train, pl.DataFrame({"x": [1.7e308, None]}))
    assert design.train[:3, 0].tolist() == [1, -1, 0]
    assert np.isnan(design.train[3, 0])
    tiny = design_of(pl.DataFrame({"x": [1e-300, 0.0]}), pl.DataFrame({"x": [1e300, -1e300]}))
    assert tiny.test[:, 0].tolist() == [FARTHEST, -FARTHEST]


def test_a_column_that_is_missing_throughout_says_nothing() -> None:
    kinds = {"number": pl.Float64, "kind": pl.String}
    train = pl.DataFrame({"number": [None, None], "kind": [None, None]}, schema=kinds)
    test = pl.DataFrame({"number": [3.0], "kind": ["a"]}, schema=kinds)
    design = design_of(train, test)
    assert (design.train == 0).all()
    assert (design.test == 0).all()


def test_all_kinds_together(table: Callable[[int], pl.DataFrame]) -> None:
    design = design_of(table(40), table(10))
    assert design.train.shape == (40, 2 + 4 + 1)
    assert design.is_category.tolist() == [False] * 6 + [True]
    assert np.isnan(design.train[:, 1]).sum() == table(40)["weight"].null_count()
