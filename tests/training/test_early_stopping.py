"""Early stopping: patience, direction, margins, and a state that survives a file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import RecipeError
from netwright.training.early_stopping import EarlyStopping, Stopping


def test_it_stops_after_so_many_scores_without_a_better_one() -> None:
    state = EarlyStopping(patience=3).start(larger_is_better=False)
    for score, better, stop in (
        (1.0, True, False),
        (0.5, True, False),
        (0.6, False, False),
        (0.5, False, False),
        (0.55, False, True),
    ):
        assert state.observe(score) is better
        assert state.should_stop is stop
    assert (state.best, state.waited, state.observed) == (0.5, 3, 5)


def test_an_improvement_has_to_be_large_enough() -> None:
    state = EarlyStopping(patience=2, minimum_improvement=0.1).start(larger_is_better=True)
    assert [state.observe(score) for score in (0.5, 0.55, 0.65)] == [True, False, True]
    assert state.waited == 0


def test_scores_that_are_not_finite_are_no_improvement() -> None:
    state = EarlyStopping(patience=2).start(larger_is_better=True)
    assert not state.observe(float("inf"))
    assert not state.observe(float("nan"))
    assert state.should_stop
    assert state.best is None


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=40), st.integers(1, 5), st.booleans())
def test_the_best_is_the_best_so_far_and_a_saved_state_goes_on(
    scores: list[float], patience: int, larger: bool
) -> None:
    state = EarlyStopping(patience=patience).start(larger_is_better=larger)
    for place, score in enumerate(scores):
        state.observe(score)
        assert state.best == (max if larger else min)(scores[: place + 1])
        state = Stopping.from_json(json.loads(json.dumps(state.to_json())))
    first_best = scores.index(state.best)  # type: ignore[arg-type]
    assert state.waited == len(scores) - 1 - first_best
    assert state.should_stop == (state.waited >= patience)


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(RecipeError, match="patience: expected a number greater than or equal to 1"):
        EarlyStopping(patience=0)
    with pytest.raises(RecipeError, match="Did you mean 'minimum_improvement'"):
        EarlyStopping(minimal_improvement=0.1)
