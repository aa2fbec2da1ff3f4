"""Schedules against PyTorch's and against formulas by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from netwright import parts
from netwright.errors import RecipeError
from netwright.training import schedules
from netwright.training.plateau import Plateau
from netwright.training.schedules import (
    Constant,
    Cosine,
    CosineLog,
    Exponential,
    OneCycle,
    OnPlateau,
    Schedule,
    Step,
    Warmup,
)

EVERY: list[Schedule] = [
    Constant(),
    Step(every=0.25, gamma=0.5),
    Step(every=30, gamma=0.5),
    Exponential(gamma=0.05),
    Cosine(),
    Cosine(warmup=0.1, restarts=2, floor=0.01),
    Cosine(warmup=20),
    OneCycle(),
    OnPlateau(),
    CosineLog(),
    Warmup(length=0.2, then=OneCycle()),
    Warmup(length=10, then=Step(every=40)),
]


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


def reference(make: Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler], steps: int) -> list[float]:
    """Return the factors of a PyTorch schedule at every step."""
    steady = optimizer()
    scheduler, factors = make(steady), []
    for _ in range(steps):
        factors.append(float(steady.param_groups[0]["lr"]))
        steady.step()
        scheduler.step()
    return factors


@pytest.mark.parametrize(
    ("schedule", "make", "last"),
    [
        (Step(every=30, gamma=0.5), lambda o: lr_scheduler.StepLR(o, 30, gamma=0.5), 100),
        (Step(every=0.3, gamma=0.5), lambda o: lr_scheduler.StepLR(o, 30, gamma=0.5), 100),
        (Exponential(gamma=0.05), lambda o: lr_scheduler.ExponentialLR(o, 0.05 ** (1 / 100)), 100),
        (Cosine(floor=0.1), lambda o: lr_scheduler.CosineAnnealingLR(o, 100, eta_min=0.1), 100),
        (Cosine(restarts=3), lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 25), 100),
        (
            OneCycle(peak=0.25, start_division=10, end_division=100),
            lambda o: lr_scheduler.OneCycleLR(
                o, 1.0, total_steps=101, pct_start=0.2574257425742574, div_factor=10, final_div_factor=100
            ),
            101,
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_equal_to_pytorchs(
    schedule: Schedule, make: Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler], last: int
) -> None:
    factors = [schedule.factor(step / 100, step, 100) for step in range(last)]
    assert factors == pytest.approx(reference(make, last), rel=1e-6, abs=1e-12)


def test_the_tabular_schedule_is_coslog4() -> None:
    for progress in (0.0, 0.01, 0.2, 0.5, 0.77, 1.0):
        expected = 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * progress)))
        assert CosineLog().factor(progress, 0, 1) == pytest.approx(expected)


def test_one_cycle_begins_peaks_and_ends_where_it_should() -> None:
    cycle = OneCycle(peak=0.4, start_division=20, end_division=50)
    assert cycle.factor(0.0, 0, 100) == pytest.approx(1 / 20)
    assert cycle.factor(0.4, 40, 100) == pytest.approx(1.0)
    assert cycle.factor(1.0, 100, 100) == pytest.approx(1 / 1000)


def test_a_warm_up_rises_in_a_straight_line_and_loses_no_step() -> None:
    by_steps = [Cosine(warmup=10).factor(step / 200, step, 200) for step in range(11)]
    assert by_steps == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0])
    by_share = [Cosine(warmup=0.05).factor(step / 200, step, 200) for step in range(11)]
    assert by_share == pytest.approx(by_steps)


def test_a_warm_up_hands_over_to_the_other_schedule() -> None:
    schedule = Warmup(length=0.5, then=Exponential(gamma=0.01))
    assert schedule.factor(0.25, 25, 100) == pytest.approx(0.52)
    assert schedule.factor(0.75, 75, 100) == pytest.approx(0.1)
    assert schedule.factor(1.0, 100, 100) == pytest.approx(0.01)
    stairs = Warmup(length=20, then=Step(every=40))
    assert [stairs.factor(s / 100, s, 100) for s in (20, 59, 60, 99)] == pytest.approx([1, 1, 0.1, 0.1])


@given(
    st.sampled_from(EVERY),
    st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))),
)
def test_every_factor_is_a_share_of_the_rate(schedule: Schedule, place: tuple[int, int]) -> None:
    step, total = place
    assert 0 <= schedule.factor(step / total, step, total) <= 1


def test_on_plateau_equals_pytorchs() -> None:
    scores = [5.0, 4.0, 4.0, 3.9999, 4.1, 3.0, 3.2, 3.1, 3.05, 3.01, 2.0, 2.5, 2.5, 2.5, 2.5, 2.5]
    for larger in (False, True):
        steady = optimizer()
        theirs = lr_scheduler.ReduceLROnPlateau(steady, "max" if larger else "min", factor=0.5, patience=2)
        ours = OnPlateau(gamma=0.5, patience=2).observer(larger_is_better=larger)
        for score in scores:
            theirs.step(score)
            assert ours.observe(score) == pytest.approx(steady.param_groups[0]["lr"])
        assert ours.factor < 1


def test_on_plateau_stops_at_its_floor_and_survives_a_file() -> None:
    watcher = OnPlateau(gamma=0.1, patience=0, floor=0.05).observer()
    watcher.observe(1.0)
    again = Plateau.from_json(json.loads(json.dumps(watcher.to_json())))
    for score in (2.0, float("nan"), 2.0):
        assert again.observe(score) == watcher.observe(score)
    assert again == watcher
    assert again.factor == 0.05
    assert again.best == 1.0


def test_only_on_plateau_watches_scores() -> None:
    watched = {schedule.kind for schedule in EVERY if schedule.observer() is not None}
    assert watched == {"on_plateau"}
    assert Warmup(then=OnPlateau()).observer() == OnPlateau().observer()
    assert OnPlateau().factor(0.5, 5, 10) == 1.0


def test_every_schedule_is_in_the_family_with_words_about_it() -> None:
    family = parts.parts_of("schedule")
    assert set(family) == {schedule.kind for schedule in EVERY}
    for part in family.values():
        assert part.summary.endswith(".")
        assert "f =" in part.equation or part is OneCycle
        assert getattr(schedules, part.__name__) is part


@pytest.mark.parametrize("schedule", EVERY, ids=repr)
def test_schedules_survive_a_recipe_file(schedule: Schedule) -> None:
    plain = json.loads(json.dumps(schedule.to_plain()))
    assert parts.parse_part(Schedule, plain) == schedule


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Step(every=0), "every: expected a number greater than 0"),
        (lambda: Step(gamma=2), "gamma"),
        (lambda: Cosine(warmup=-1), "warmup"),
        (lambda: Cosine(restarts=-1), "restarts"),
        (lambda: OneCycle(peak=1.0), "peak: expected a number less than 1"),
        (lambda: OnPlateau(gamma=1.0), "gamma: expected a number less than 1"),
        (lambda: CosineLog(cycles=0), "cycles"),
        (lambda: Warmup(then="cosin"), "Did you mean 'cosine'"),
        (lambda: parts.parse_part(Schedule, "onecycle"), "Did you mean 'one_cycle'"),
    ],
)
def test_impossible_settings_are_refused(make: Callable[[], Schedule], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        make()
