"""How much longer a step takes because it is observed."""

from __future__ import annotations

import pytest

from netwright.clinic.care import Care
from netwright.clinic.slowdown import FEWEST, Slowdown


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def trained(steps: int, observed_takes: float, *, pause_at: int = -1) -> Care:
    """Return the care of a training of steps of a second, of which every tenth is observed."""
    clock = Clock()
    care = Care(clock, [])
    slowdown = Slowdown(care, skipped=5)
    for step in range(1, steps + 1):
        observed = step % 10 == 0
        clock.now += observed_takes if observed else 1.0
        clock.now += 1000.0 if step == pause_at else 0.0
        slowdown.steps_ended(1, observed=observed)
        care.run("a look", lambda: setattr(clock, "now", clock.now + 0.5))
        slowdown.work_ended()
    return care


def test_observed_steps_that_take_longer_are_counted() -> None:
    care = trained(100, 1.25)
    assert care.slowdown == pytest.approx(10 * 0.25)
    assert care.spent == pytest.approx(50.0)
    assert care.cost == pytest.approx(52.5)
    assert care.share == pytest.approx(52.5 / 100)


def test_a_pause_of_the_loop_is_no_slowdown() -> None:
    assert trained(100, 1.0, pause_at=50).slowdown == 0.0


def test_steps_that_are_faster_by_chance_give_nothing_back() -> None:
    assert trained(100, 0.5).slowdown == 0.0


def test_nothing_is_said_of_a_few_steps() -> None:
    assert trained(10 * FEWEST - 1, 9.0).slowdown == 0.0


def test_what_is_done_often_and_timed_once_counts_as_often() -> None:
    clock = Clock()
    care = Care(clock, [])
    since = care.now()
    clock.now += 0.25
    care.charge(since, 8)
    assert care.spent == 2.0
