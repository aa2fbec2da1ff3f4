"""Scores, intervals and the kill test of the clinic's benchmark."""

from __future__ import annotations

import itertools
import math

import pytest
from bench.clinic.kill import cohen, kill, sign_flip
from bench.clinic.random_trainings import label
from bench.clinic.score import Judged, Opinion, Share, distinct, score
from hypothesis import given
from hypothesis import strategies as st

from netwright.clinic.causes import Cause

HIGH, LOW, LEAK = Cause.RATE_TOO_HIGH, Cause.RATE_TOO_LOW, Cause.LEAK


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 43, 0.0041, 0.1206)],
)
def test_wilson_interval_as_published(hits: int, total: int, low: float, high: float) -> None:
    assert Share(hits, total).interval == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_holds_the_share(pair: tuple[int, int]) -> None:
    share = Share(*pair)
    low, high = share.interval
    assert 0 <= low <= share.value <= high <= 1


def test_nothing_is_not_all() -> None:
    assert math.isnan(Share(0, 0).value)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert str(Share(0, 0)) == "none"


def test_scores_count_what_they_say() -> None:
    known = frozenset({HIGH})
    judged = [
        Judged(False, frozenset(), Opinion(None)),
        Judged(False, frozenset(), Opinion(0.5, (LOW,))),
        Judged(True, known, Opinion(0.01, (HIGH, LOW))),
        Judged(True, known, Opinion(0.03, (LOW, LEAK, HIGH))),
        Judged(True, known, Opinion(None)),
        Judged(True, frozenset(), Opinion(0.2, (LEAK,))),
    ]
    found = score(judged)
    assert found.false_alarms == Share(1, 2)
    assert found.detected == Share(3, 4)
    assert found.first == Share(1, 3)
    assert found.among_three == Share(2, 3)
    assert found.delay == 0.03


def test_causes_keep_their_order() -> None:
    assert distinct((HIGH, LOW, HIGH, LEAK, LOW)) == (HIGH, LOW, LEAK)


@given(st.lists(st.integers(-8, 8).map(float), min_size=1, max_size=7))
def test_sign_flip_is_the_share_of_sums_as_large(differences: list[float]) -> None:
    sums = [sum(row) for row in itertools.product(*[(-d, d) for d in differences])]
    assert sign_flip(differences) == sum(total >= sum(differences) for total in sums) / len(sums)


def test_a_fault_shows_only_with_size_and_certainty() -> None:
    healthy = [0.95, 0.96, 0.97, 0.94, 0.96]
    assert kill(healthy, [0.5, 0.6, 0.4, 0.5, 0.6]).shows
    assert not kill(healthy, healthy).shows
    assert not kill(healthy, [0.94, 0.95, 0.98, 0.95, 0.95]).shows
    assert not kill(healthy[:4], [0.1] * 4).shows, "four seeds cannot reach p < .05"


def test_effect_of_equal_differences_is_beyond_measure() -> None:
    assert cohen([0.1, 0.1]) == math.inf
    assert cohen([0.0, 0.0]) == 0.0
    assert cohen([1.0, 3.0]) == pytest.approx(2 / math.sqrt(2))


@pytest.mark.parametrize(
    ("value", "classes", "expected"),
    [(0.95, 10, "good"), (0.85, 10, "between"), (0.5, 10, "bad"), (0.6, 0, "between"), (0.4, 0, "bad")],
)
def test_random_trainings_are_labelled_by_outcome(value: float, classes: int, expected: str) -> None:
    assert label(value, 0.1 if classes else 0.0, 0.97) == expected
