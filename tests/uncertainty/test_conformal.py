"""Sets and intervals that hold the truth as often as asked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import RecipeError
from netwright.uncertainty.conformal import (
    COVERAGES,
    Thresholds,
    conformal_quantile,
    place_of,
    prediction_sets,
    set_scores,
)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60), st.sampled_from(COVERAGES))
def test_the_quantile_leaves_as_many_scores_below_as_the_theorem_asks(
    scores: list[float], coverage: float
) -> None:
    threshold = conformal_quantile(np.array(scores), coverage)
    needed = (len(scores) + 1) * coverage - 1e-6
    assert (np.array(scores) <= threshold).sum() >= min(needed, len(scores))
    if math.isinf(threshold):
        assert needed > len(scores)


def test_new_scores_stay_below_as_often_as_asked() -> None:
    generator = np.random.default_rng(0)
    held = [
        (generator.normal(size=500) <= Thresholds.of(generator.normal(size=99)).at(0.9)).mean()
        for _ in range(400)
    ]
    assert 0.895 < float(np.mean(held)) < 0.908


def test_sets_hold_the_true_class_as_often_as_asked() -> None:
    generator = np.random.default_rng(1)
    chances = generator.dirichlet([1.0, 1.0, 1.0], size=4000)
    truth = (chances.cumsum(axis=1) < generator.random((4000, 1))).sum(axis=1)
    thresholds = Thresholds.of(set_scores(chances[:2000], truth[:2000]))
    sets = prediction_sets(chances[2000:], thresholds.at(0.9))
    assert 0.88 < sets[np.arange(2000), truth[2000:]].mean() < 0.92
    assert sets.any(axis=1).all()


def test_coverage_is_exact_where_the_likeliest_class_is_right_less_often_than_asked() -> None:
    generator = np.random.default_rng(2)
    held = []
    for _ in range(60):
        chances = generator.dirichlet([0.6, 0.6, 0.6, 0.6], size=2400)
        truth = (chances.cumsum(axis=1) < generator.random((2400, 1))).sum(axis=1)
        thresholds = Thresholds.of(set_scores(chances[:400], truth[:400]))
        sets = prediction_sets(chances[400:], thresholds.at(0.9))
        held.append(sets[np.arange(2000), truth[400:]].mean())
    assert (chances.argmax(axis=1) == truth).mean() < 0.85
    assert abs(float(np.mean(held)) - 0.9) < 0.006


def test_sets_that_may_be_empty_hold_as_often_as_asked_where_the_network_is_right_more_often() -> None:
    generator = np.random.default_rng(3)
    chances = generator.dirichlet([0.05, 0.05, 0.05], size=8000)
    truth = (chances.cumsum(axis=1) < generator.random((8000, 1))).sum(axis=1)
    threshold = Thresholds.of(set_scores(chances[:4000], truth[:4000])).at(0.9)
    rows = np.arange(4000)
    assert threshold < 0
    full = prediction_sets(chances[4000:], threshold)[rows, truth[4000:]].mean()
    with_empty = prediction_sets(chances[4000:], threshold, empty=True)
    assert full > 0.93
    assert abs(with_empty[rows, truth[4000:]].mean() - 0.9) < 0.02
    assert not with_empty.any(axis=1).all()


@given(st.integers(0, 10_000), st.floats(-1, 1), st.floats(-1, 1))
def test_sets_grow_with_the_threshold(seed: int, one: float, other: float) -> None:
    chances = np.random.default_rng(seed).dirichlet([0.5] * 4, size=20)
    for empty in (True, False):
        small, large = (prediction_sets(chances, at, empty=empty) for at in sorted((one, other)))
        assert (large | ~small).all()


@given(st.integers(0, 10_000))
def test_a_score_is_the_least_threshold_that_holds_the_truth(seed: int) -> None:
    generator = np.random.default_rng(seed)
    chances = generator.dirichlet([0.5] * 4, size=1)
    truth = generator.integers(0, 4, size=1)
    score = float(set_scores(chances, truth)[0])
    assert prediction_sets(chances, score, empty=True)[0, truth[0]]
    assert not prediction_sets(chances, score - 1e-6, empty=True)[0, truth[0]]


def test_few_rows_promise_no_more_than_they_can() -> None:
    thresholds = Thresholds.of(np.arange(30.0))
    assert thresholds.widest == 0.965
    with pytest.raises(RecipeError, match=r"at most 0\.965"):
        thresholds.finite_at(0.99)


def test_a_coverage_between_is_answered_by_the_next_above() -> None:
    assert COVERAGES[place_of(0.902)] == 0.905
    assert COVERAGES[place_of(0.9)] == 0.9


@pytest.mark.parametrize("coverage", [0.2, 1.0, 90])
def test_a_coverage_that_cannot_be_is_refused(coverage: float) -> None:
    with pytest.raises(RecipeError, match="coverage"):
        place_of(coverage)


def test_thresholds_go_to_an_array_and_back() -> None:
    thresholds = Thresholds.of(np.arange(40.0))
    assert Thresholds.from_array(thresholds.to_array()) == thresholds
