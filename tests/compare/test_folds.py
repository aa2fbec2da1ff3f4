"""Repeated folds: every row is tested once a repeat; groups and time are kept."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.compare.folds import repeated_folds
from netwright.errors import DataError


def test_each_repeat_tests_every_row_once() -> None:
    divided = repeated_folds(23, 4, 3, seed=0)
    assert len(divided) == 12
    for repeat in range(3):
        tested = np.concatenate([fold.test for fold in divided[4 * repeat : 4 * repeat + 4]])
        assert sorted(tested.tolist()) == list(range(23))
    for fold in divided:
        assert not set(fold.train) & set(fold.test)
        assert len(fold.train) + len(fold.test) == 23


def test_repeats_differ_and_the_seed_decides() -> None:
    first, again, other = (repeated_folds(40, 2, 2, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one.test, two.test) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0].test, other[0].test)
    assert not np.array_equal(first[0].test, first[2].test)


def test_classes_are_dealt_in_proportion() -> None:
    classes = np.repeat([0, 1], [80, 20])
    for fold in repeated_folds(100, 5, 1, seed=0, classes=classes):
        assert np.bincount(classes[fold.test]).tolist() == [16, 4]


@pytest.mark.parametrize("with_classes", [False, True], ids=["plain", "classes"])
def test_groups_stay_whole(with_classes: bool) -> None:
    group = np.arange(60) // 3
    classes = np.arange(60) % 2 if with_classes else None
    for fold in repeated_folds(60, 4, 2, seed=0, group=group, classes=classes):
        assert not set(group[fold.train]) & set(group[fold.test])


def test_in_time_the_test_part_follows_its_training_part() -> None:
    time = np.random.default_rng(0).integers(0, 30, 200)
    divided = repeated_folds(200, 4, 3, seed=0, time=time)
    assert len(divided) == 4
    for fold in divided:
        assert time[fold.train].max() < time[fold.test].min()


def test_a_class_smaller_than_the_folds_is_no_obstacle() -> None:
    classes = np.array([0] * 30 + [1] * 3)
    assert len(repeated_folds(33, 5, 1, seed=0, classes=classes)) == 5


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, "3 rows"),
        ({"group": np.array([0, 0, 1])}, "2 groups"),
        ({"time": np.array([0, 1, 1])}, "1 later moments"),
    ],
    ids=["rows", "groups", "moments"],
)
def test_too_few_are_refused(keys: dict[str, np.ndarray], told: str) -> None:
    with pytest.raises(DataError, match=told):
        repeated_folds(3, 5, 1, seed=0, **keys)
