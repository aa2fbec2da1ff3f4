"""Columns that say nothing new."""

from __future__ import annotations

import numpy as np
import polars as pl

from netwright.audit.columns import dependent, nearly_constant

X, Z = np.random.default_rng(0).normal(size=(2, 200))


def test_constant_columns_are_told_from_those_that_vary_a_little() -> None:
    frame = pl.DataFrame(
        {
            "all": ["a"] * 1000,
            "nearly": [0] * 996 + [1] * 4,
            "varied": [0] * 990 + [1] * 10,
            "missing": [None] * 1000,
        }
    )
    found = {idle.column: idle for idle in nearly_constant(frame)}
    assert set(found) == {"all", "nearly", "missing"}
    assert "every row" in found["all"].reason
    assert "99.6%" in found["nearly"].reason


def test_a_sum_names_what_it_is_made_of() -> None:
    found = dependent(pl.DataFrame({"x": X, "z": Z, "sum": 3 * X - Z + 7}))
    assert [(idle.column, idle.others) for idle in found] == [("sum", ("x", "z"))]
    assert found[0].measure > 0.999


def test_noise_makes_a_column_of_its_own() -> None:
    noisy = X + Z + 0.2 * np.random.default_rng(1).normal(size=200)
    assert dependent(pl.DataFrame({"x": X, "z": Z, "sum": noisy})) == []


def test_a_category_that_another_decides_is_the_coarser_one() -> None:
    towns = ["a", "b", "c", "d"] * 50
    lands = ["north" if town in "ab" else "south" for town in towns]
    found = dependent(pl.DataFrame({"land": lands, "town": towns}))
    assert [(idle.column, idle.others) for idle in found] == [("land", ("town",))]


def test_of_two_that_say_the_same_the_later_is_idle() -> None:
    words = ["a", "b", "c"] * 40
    found = dependent(pl.DataFrame({"first": words, "again": [word.upper() for word in words]}))
    assert [idle.column for idle in found] == ["again"]


def test_gaps_and_constants_are_no_obstacle() -> None:
    gappy = np.where(X > 1, np.nan, X)
    assert dependent(pl.DataFrame({"c": np.ones(200), "x": gappy, "z": Z})) == []
