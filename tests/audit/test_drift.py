"""Two tables that should be alike."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from netwright.audit.drift import auc_interval, find_drift


def table(seed: int, rows: int = 400, shift: float = 0.0, gone: float = 0.0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    words = generator.choice(["a", "b", "c"], size=rows)
    missing = generator.random(rows) < gone
    return pl.DataFrame(
        {
            "x": generator.normal(size=rows) + shift,
            "word": [None if hidden else str(word) for word, hidden in zip(words, missing, strict=True)],
        }
    )


def test_tables_from_the_same_source_are_alike() -> None:
    found = find_drift(table(0), table(1), seed=0)
    assert found.drifts == ()
    assert found.auc_interval.low < 0.55
    assert found.weights.mean() == pytest.approx(1)


def test_a_number_that_moved_is_named_with_its_medians() -> None:
    found = find_drift(table(0), table(1, shift=1.0), seed=0)
    assert [column.column for column in found.drifts] == ["x"]
    assert found.drifts[0].test == "Kolmogorov–Smirnov"
    assert "median" in found.drifts[0].detail
    assert found.auc > 0.7


def test_weights_make_the_first_table_look_like_the_second() -> None:
    old, new = table(0), table(1, shift=0.7)
    found = find_drift(old, new, seed=0)
    weighted = np.average(old["x"].to_numpy(), weights=found.weights)
    assert abs(weighted - 0.7) < 0.5 * abs(float(old["x"].mean()) - 0.7)  # type: ignore[arg-type]


def test_more_missing_values_are_drift_of_their_own() -> None:
    found = find_drift(table(0), table(1, gone=0.4), seed=0)
    assert [(column.column, column.test) for column in found.drifts] == [("word", "missing share")]


def test_another_mixture_of_categories_is_found() -> None:
    other = table(1).with_columns(
        word=pl.when(pl.col("x") > -0.5).then(pl.lit("a")).otherwise(pl.col("word"))
    )
    found = find_drift(table(0), other, seed=0)
    assert [(column.column, column.test) for column in found.drifts] == [("word", "chi²")]
    assert "'a'" in found.drifts[0].detail


def test_a_column_that_is_empty_in_one_table_is_no_obstacle() -> None:
    empty = table(1).with_columns(x=pl.lit(None, dtype=pl.Float64))
    found = find_drift(table(0), empty, seed=0)
    assert [column.column for column in found.drifts] == ["x"]
    assert found.drifts[0].distance == 1.0


@given(st.floats(0.5, 0.99), st.integers(20, 500), st.integers(20, 500))
def test_the_interval_of_an_area_holds_it_and_narrows_with_rows(auc: float, first: int, second: int) -> None:
    interval = auc_interval(auc, first, second)
    assert 0 <= interval.low <= auc <= interval.high <= 1
    larger = auc_interval(auc, 4 * first, 4 * second)
    assert larger.high - larger.low <= interval.high - interval.low + 1e-12


def test_the_interval_of_an_area_holds_the_true_one_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    true = 0.7602  # of two normal distributions, 1 apart
    held = 0
    for _ in range(200):
        scores = np.append(generator.normal(size=60), generator.normal(1, size=60))
        interval = auc_interval(float(roc_auc_score(np.repeat([0, 1], 60), scores)), 60, 60)
        held += interval.low <= true <= interval.high
    assert 0.9 <= held / 200 <= 0.99
