"""Which steps are looked at, what it costs, and that a fault of the clinic stays in the clinic."""

from __future__ import annotations

from itertools import pairwise

import pytest

from netwright.clinic.care import Care
from netwright.clinic.interval import FIRST_STEPS, GRACE, Interval


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def looked_at(
    cost: float, *, steps: int = 2000, interval: int = 50, budget: float | None = 0.02
) -> list[int]:
    """Return the steps that are looked at where a step takes a second and looking a `cost`."""
    clock = Clock()
    care = Care(clock, [])
    chosen = Interval(interval, budget, care)
    found = []

    def look() -> None:
        clock.now += cost

    for step in range(1, steps + 1):
        if chosen.wants(step):
            found.append(step)
            care.run("a step", look)
        clock.now += 1.0
    return found


def test_the_first_steps_and_then_one_in_many() -> None:
    found = looked_at(0.001)
    assert found[:FIRST_STEPS] == list(range(1, FIRST_STEPS + 1))
    assert set(map(int.__sub__, found[FIRST_STEPS + 1 :], found[FIRST_STEPS:])) == {50}


@pytest.mark.parametrize("cost", [0.5, 5.0, 50.0])
@pytest.mark.parametrize("budget", [0.02, 0.05])
def test_the_budget_is_kept_by_looking_less_often(cost: float, budget: float) -> None:
    found = looked_at(cost, interval=10, budget=budget)
    spent = len(found) * cost
    first = sum(cost for step in found if step <= FIRST_STEPS)
    assert spent <= max(GRACE + budget * 2000, first) + cost


def test_of_a_short_training_later_steps_are_looked_at_too() -> None:
    clock = Clock()
    care = Care(clock, [])
    chosen = Interval(50, 0.02, care)

    def look(seconds: float) -> None:
        clock.now += seconds

    care.run("the first look", look, 0.15)  # more than a training of a second allows on the way
    found = []
    for step in range(1, 1001):
        if chosen.wants(step):
            found.append(step)
            care.run("a step", look, 1e-3)
        clock.now += 1e-3
    later = [step for step in found if step > FIRST_STEPS]
    assert later[:3] == [70, 120, 170]
    assert all(after >= 1.25 * before for before, after in pairwise(later))
    assert 1.25 * later[-1] > 1000
    assert len(later) <= 12


def test_without_a_budget_nothing_is_left_out() -> None:
    assert len(looked_at(100.0, budget=None)) == len(looked_at(0.0))


def test_an_alert_calls_for_a_closer_look() -> None:
    chosen = Interval(50, None, Care(Clock(), []))
    wanted = [step for step in range(1, 200) if chosen.wants(step) or (step == 100 and chosen.alert(100))]
    assert set(range(101, 101 + FIRST_STEPS)) <= set(wanted)
    assert 99 not in wanted


def test_the_next_step_is_foretold() -> None:
    chosen = Interval(50, None, Care(Clock(), []))
    for step in range(1, 400):
        wanted = chosen.wants(step)
        if not wanted and step > FIRST_STEPS:
            ahead = chosen.left(step)
            assert not any(chosen.wants(later) for later in range(step + 1, step + ahead))
            return
    pytest.fail("every step was wanted")


def test_time_is_counted_once_where_things_are_nested() -> None:
    clock, gaps = Clock(), []
    care = Care(clock, gaps)

    def inner() -> int:
        clock.now += 2.0
        return 7

    def outer() -> int | None:
        clock.now += 1.0
        return care.run("the inside", inner)

    assert care.run("the outside", outer) == 7
    clock.now += 27.0
    assert care.spent == 3.0
    assert care.share == pytest.approx(3 / 27)
    care.end()
    clock.now += 100.0
    assert care.share == pytest.approx(3 / 27)


def test_a_fault_is_written_down_once_and_goes_no_further() -> None:
    gaps: list[str] = []
    care = Care(Clock(), gaps)
    calls = []

    def broken(word: str) -> None:
        calls.append(word)
        raise KeyError(word)

    assert care.run("the weather", broken, "sun") is None
    assert care.run("the weather", broken, "rain") is None
    assert gaps == ["the weather could not be seen: KeyError: 'sun'"]
    assert calls == ["sun"]


def test_an_interruption_passes() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Care(Clock(), []).run("the steps", interrupted)


def test_beyond_a_tenth_of_the_training_nothing_is_begun() -> None:
    clock = Clock()
    care = Care(clock, [])
    chosen = Interval(50, 0.02, care)

    def look(seconds: float) -> None:
        clock.now += seconds

    care.run("the first look", look, 0.4)
    assert chosen.fits(0.1)  # half a second is not asked about
    care.run("the second look", look, 0.15)
    assert not chosen.fits(0.0)
    assert not chosen.wants(1)
    clock.now += 6.0
    assert chosen.fits(0.05)
    assert not chosen.fits(0.1)
    assert Interval(50, None, care).fits(5.0)


@pytest.mark.parametrize("length", [1e-5, 1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("look", [1e-4, 1e-3, 1e-2, 0.04])
def test_the_first_and_the_last_look_count_into_the_tenth(length: float, look: float) -> None:
    clock = Clock()
    care = Care(clock, [])
    chosen = Interval(10, 0.02, care)

    def take(seconds: float) -> None:
        clock.now += seconds

    care.run("the first look", take, look)
    chosen.reserve = look
    for step in range(1, 301):
        if chosen.wants(step):
            care.run("a step", take, look / 10)
        clock.now += length
        if step == 50 and chosen.fits(look):
            care.run("the second look", take, look)
    care.run("the last look", take, look)
    assert care.cost <= max(GRACE, 0.1 * care.trained) + look / 10, "one step may be begun below the bound"


def test_what_is_done_again_and_again_counts_as_long_as_it_usually_takes() -> None:
    clock = Clock()
    care = Care(clock, [])
    for seconds in (1e-3, 1e-3, 5.0, 1e-3):  # the third is interrupted
        since = care.brief()
        clock.now += seconds
        care.charge(since, 10)
    assert care.spent == pytest.approx(0.04)
