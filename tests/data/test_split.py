"""Parts are disjoint, cover all rows, and keep classes, groups and time as promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.split import MOST_HELD_OUT, Split, holdout, split_rows, usual_fractions
from netwright.errors import DataError, RecipeError

seeds = st.integers(0, 2**40)


def parts(split: Split) -> list[np.ndarray]:
    return [split.train, split.validation, split.test]


def assert_proper(split: Split, n: int) -> None:
    for rows in parts(split):
        assert rows.dtype == np.int64
        assert (np.diff(rows) > 0).all()
    assert np.array_equal(np.sort(np.concatenate(parts(split))), np.arange(n))
    assert all(len(rows) for rows in parts(split))


@st.composite
def shares(draw: st.DrawFn) -> tuple[float, float, float]:
    validation = draw(st.floats(0.05, 0.4))
    test = draw(st.floats(0.05, 0.4))
    return 1 - validation - test, validation, test


@given(st.integers(3, 400), seeds, shares())
def test_random_parts_cover_all_rows_in_proportion(
    n: int, seed: int, fractions: tuple[float, float, float]
) -> None:
    split = split_rows(n, seed=seed, fractions=fractions)
    assert_proper(split, n)
    for rows, share in zip(parts(split), fractions, strict=True):
        assert abs(len(rows) - n * share) <= 1 or len(rows) == 1 or n < 10


@given(st.lists(st.integers(0, 5), min_size=3, max_size=300), seeds, shares())
def test_classes_are_in_proportion_to_within_a_row(
    labels: list[int], seed: int, fractions: tuple[float, float, float]
) -> None:
    classes = np.array(labels)
    split = split_rows(len(classes), seed=seed, fractions=fractions, stratify=classes)
    assert_proper(split, len(classes))
    filled = 1 if min(len(split.validation), len(split.test)) == 1 else 0
    for label, count in zip(*np.unique(classes, return_counts=True), strict=True):
        held = [int((classes[rows] == label).sum()) for rows in parts(split)]
        assert held[0] >= 1 or filled
        for got, share in zip(held, fractions, strict=True):
            # A class that is too rare for its training share still gets one training row.
            assert abs(got - count * share) <= 1 + 1e-6 + filled


@given(st.integers(50, 300), seeds)
def test_totals_do_not_drift_with_many_classes(n: int, seed: int) -> None:
    classes = np.arange(n) % 10
    split = split_rows(n, seed=seed, stratify=classes)
    assert abs(len(split.validation) - 0.15 * n) <= 2
    assert abs(len(split.test) - 0.15 * n) <= 2


def test_rare_classes_are_learnt_before_they_are_measured() -> None:
    classes = np.array(["a"] * 50 + ["b"] * 50 + ["c"])
    split = split_rows(101, seed=3, stratify=classes)
    assert 100 in split.train
    pairs = split_rows(100, seed=3, stratify=np.arange(100) // 2)
    assert set(pairs.train // 2) == set(range(50))


@given(st.lists(st.integers(0, 40), min_size=30, max_size=300), seeds, st.booleans())
def test_groups_stay_whole(labels: list[int], seed: int, stratified: bool) -> None:
    groups = np.array([*labels, 41, 42, 43])
    classes = np.arange(len(groups)) % 3 if stratified else None
    split = split_rows(len(groups), seed=seed, group=groups, stratify=classes)
    assert_proper(split, len(groups))
    sides = [set(groups[rows]) for rows in parts(split)]
    assert len(set.union(*sides)) == sum(len(side) for side in sides)


@given(seeds)
def test_groups_are_divided_in_proportion(seed: int) -> None:
    groups = np.random.default_rng(seed).integers(0, 100, 1000)
    largest = np.bincount(groups).max()
    split = split_rows(1000, seed=seed, group=groups)
    for rows, share in zip(parts(split), (0.7, 0.15, 0.15), strict=True):
        assert abs(len(rows) - 1000 * share) <= largest


def test_groups_with_classes_keep_both() -> None:
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 200, 3000)
    classes = (groups % 10 == 0).astype(int)
    split = split_rows(3000, seed=1, group=groups, stratify=classes)
    for rows in parts(split):
        assert classes[rows].mean() == pytest.approx(classes.mean(), abs=0.03)


def test_large_groups_do_not_starve_a_part() -> None:
    groups = np.array([0] * 50 + [1] * 49 + [2])
    for seed in range(20):
        assert_proper(split_rows(100, seed=seed, group=groups), 100)


@given(st.lists(st.integers(0, 30), min_size=10, max_size=200), seeds)
def test_time_runs_forward_and_moments_stay_together(moments: list[int], seed: int) -> None:
    time = np.array([*moments, 31, 32, 33])
    split = split_rows(len(time), seed=seed, time=time)
    assert_proper(split, len(time))
    assert time[split.train].max() < time[split.validation].min()
    assert time[split.validation].max() < time[split.test].min()


def test_time_cuts_at_the_nearest_moment() -> None:
    days = np.datetime64("2024-01-01") + np.random.default_rng(0).permutation(100)
    split = split_rows(100, seed=0, time=days)
    assert [len(rows) for rows in parts(split)] == [70, 15, 15]
    assert "earliest rows train" in split.reason
    tied = np.repeat([0, 1, 2], [60, 25, 15])
    assert [len(rows) for rows in parts(split_rows(100, seed=0, time=tied))] == [60, 25, 15]


def test_dates_written_as_text_are_put_in_the_order_of_time() -> None:
    text = np.array([f"{month}/15/2024" for month in range(1, 13)], dtype=object)
    split = holdout(12, 0.25, seed=0, time=text)
    assert split.validation.tolist() == [9, 10, 11]
    with pytest.raises(DataError, match="must be dates or numbers, got text such as"):
        holdout(2, 0.5, seed=0, time=np.array(["spring", "autumn"]))


@given(st.integers(5, 200), seeds)
def test_same_seed_same_split_and_other_seed_other_split(n: int, seed: int) -> None:
    classes = np.arange(n) % 2
    first, again = (split_rows(n, seed=seed, stratify=classes) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(parts(first), parts(again), strict=True))
    if n > 50:
        other = split_rows(n, seed=seed + 1, stratify=classes)
        assert not np.array_equal(first.train, other.train)


def test_holdout_leaves_no_test_part() -> None:
    split = holdout(100, 0.2, seed=0, stratify=np.arange(100) % 4)
    assert len(split.train) == 80
    assert np.bincount(split.validation % 4).tolist() == [5] * 4
    assert len(split.test) == 0
    assert split.reason == "80% training, 20% validation: at random, each class in proportion (seed 0)"
    grouped = holdout(100, 0.2, seed=0, group=np.arange(100) // 10)
    assert (len(grouped.train), len(grouped.test)) == (80, 0)
    later = holdout(100, 0.2, seed=0, time=np.arange(100))
    assert np.array_equal(later.validation, np.arange(80, 100))


def test_very_few_rows() -> None:
    split = split_rows(5, seed=0, stratify=np.array([0, 1, 0, 1, 0]))
    assert [len(rows) for rows in parts(split)] == [3, 1, 1]
    assert set(split.train % 2) == {0, 1}
    assert [len(rows) for rows in parts(split_rows(3, seed=0))] == [1, 1, 1]
    with pytest.raises(DataError, match=r"has 2 rows; at least 3 are needed.*training, validation, test"):
        split_rows(2, seed=0)
    with pytest.raises(DataError, match="has 1 rows; at least 2"):
        holdout(1, 0.5, seed=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"group": np.array([1, 1, 1, 2, 2])}, "has 2 groups; at least 3"),
        ({"time": np.zeros(5)}, "has 1 different times; at least 3"),
        ({"time": np.array([1.0, 2.0, np.nan, 3.0, np.nan])}, r"time .* missing in 2 rows \(row 3, 5\)"),
        ({"group": np.array(["a", None, "b", "c", "d"], dtype=object)}, r"missing in 1 rows \(row 2\)"),
        ({"stratify": np.zeros(4)}, "class for each of 5 rows, got 4"),
    ],
)
def test_splits_that_cannot_be_made(arguments: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(DataError, match=message):
        split_rows(5, seed=0, **arguments)


@pytest.mark.parametrize(
    "fractions", [(0.5, 0.2, 0.2), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1), (float("nan"), 0.5, 0.5)]
)
def test_impossible_shares(fractions: tuple[float, float, float]) -> None:
    with pytest.raises(RecipeError, match="add up to 1"):
        split_rows(10, seed=0, fractions=fractions)


def test_group_and_time_at_once_are_refused() -> None:
    with pytest.raises(RecipeError, match="choose one"):
        split_rows(5, seed=0, group=np.arange(5), time=np.arange(5))


@given(st.integers(min_value=0, max_value=10**9))
def test_no_more_is_held_out_than_says_something(rows: int) -> None:
    train, validation, test = usual_fractions(rows)
    assert train + validation + test == pytest.approx(1.0)
    assert train >= 0.7
    assert validation * rows <= MOST_HELD_OUT + 1e-6
    assert test == validation
