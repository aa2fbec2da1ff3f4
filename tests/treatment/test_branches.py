"""Branches: the right one explains, ties go to the likelier cause, the budget is kept."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.treatment.cases import case, recipe

from netwright.clinic.causes import Cause
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import Branch, Experiment, experiment, length
from netwright.treatment.case import key_of
from netwright.treatment.remedy import Remedy
from netwright.treatment.short_training import short_training

HIGH = Remedy("gentler", Cause.RATE_TOO_HIGH, {"gradient_clip": 1.0})
FLOW = Remedy("normalised", Cause.VANISHING, {}, size=3)
SLOW = Remedy("longer", Cause.TOO_SHORT, {"epochs": 99}, quick=False)
WHOLE = Remedy("everything", None, {"optimizer": "auto"}, size=4)


def branches(*losses: tuple[Remedy, float], control: float = 1.0) -> Experiment:
    return Experiment(40, (control, control), tuple(Branch(r, (loss, loss)) for r, loss in losses), 0)


def test_the_best_branch_explains() -> None:
    found = branches((HIGH, 0.9), (FLOW, 0.2)).explaining
    assert [branch.remedy for branch in found] == [FLOW]


def test_a_tie_goes_to_the_smaller_change() -> None:
    assert branches((FLOW, 0.2), (HIGH, 0.3)).explaining[0].remedy == HIGH
    assert branches((WHOLE, 0.2), (HIGH, 0.3)).explaining[0].remedy == HIGH


def test_a_tie_of_equal_changes_goes_to_the_likelier_cause() -> None:
    other = Remedy("other", Cause.EPSILON_TOO_LARGE, {})
    unnamed = branches((other, 0.3), (HIGH, 0.2))
    assert unnamed.explaining[0].remedy == HIGH
    assert replace(unnamed, named=(Cause.EPSILON_TOO_LARGE,)).explaining[0].remedy == other


def test_of_one_cause_the_first_on_the_shelf_goes_before_what_gains_a_little_more() -> None:
    usual, wilder = (Remedy(name, Cause.RATE_TOO_LOW, {}) for name in ("usual", "wilder"))
    assert branches((usual, 0.3), (wilder, 0.2)).explaining[0].remedy == usual
    assert branches((usual, 0.8), (wilder, 0.2)).explaining[0].remedy == wilder


def test_branches_are_short_beside_short_trainings() -> None:
    assert [length(steps) for steps in (1, 90, 420, 5000)] == [10, 10, 30, 150]


def test_a_small_gain_explains_nothing() -> None:
    assert branches((HIGH, 0.95)).explaining == []
    assert "none does clearly better" in branches((HIGH, 0.95)).sentence()


def test_a_gain_with_one_seed_only_explains_nothing() -> None:
    lucky = Experiment(40, (1.0, 1.0), (Branch(HIGH, (0.1, 1.2)),), 0)
    assert lucky.explaining == []


def test_a_rate_too_low_is_told_by_experiment() -> None:
    slow = recipe(optimizer={"kind": "adamw", "learning_rate": 1e-6})
    faster = Remedy("faster", Cause.RATE_TOO_LOW, {"optimizer": slow.optimizer.edited(learning_rate=1e-2)})
    clipped = Remedy("clipped", Cause.EXPLODING, {"gradient_clip": 0.5})
    done = experiment(case(slow), slow, [clipped, faster, SLOW], 216 * 12, 216 * 40, seed=0)
    assert done.explaining[0].remedy == faster
    assert {branch.remedy for branch in done.branches if branch.remedy is SLOW} == set()
    assert done.visits <= 216 * 40
    assert "faster" in done.sentence()


def test_without_the_budget_for_two_branches_none_is_tried() -> None:
    done = experiment(case(recipe()), recipe(), [HIGH, FLOW], 216, 216, seed=0)
    assert done.branches == ()
    assert done.explaining == []
    assert done.visits == 0
    assert "No short trainings" in done.sentence()


def test_a_short_training_is_the_same_every_time_and_learns() -> None:
    patient = case(recipe())
    first, second = (short_training(patient, recipe(), 60 * 16, 0) for _ in range(2))
    assert first == second
    assert first < 0.9 * short_training(patient, recipe(), 16, 0)


def test_a_branch_that_cannot_be_made_counts_as_broken() -> None:
    impossible = Remedy("impossible", Cause.RATE_TOO_HIGH, {"optimizer": {"learning_rate": -1.0}})
    done = experiment(case(recipe()), recipe(), [impossible, HIGH], 216 * 12, 216 * 40, seed=0)
    tried = next(branch for branch in done.branches if branch.remedy is impossible)
    assert math.isinf(tried.loss)


@pytest.mark.parametrize("settings", [{"loss": "hinge"}, {"optimizer": {"kind": "schedule_free_adamw"}}])
def test_other_losses_and_optimizers_are_judged_alike(settings: dict[str, object]) -> None:
    changed = recipe(**settings)
    assert 0 < short_training(case(changed), changed, 60 * 16, 0) < 2


def test_short_trainings_that_are_known_cost_nothing() -> None:
    known: dict[str, float] = {}
    patient, allowed = case(recipe()), 216 * 40
    first = experiment(patient, recipe(), [HIGH, WHOLE], 216 * 12, allowed, seed=0, known=known)
    again = experiment(patient, recipe(), [HIGH, WHOLE], 216 * 12, allowed, seed=0, known=known)
    assert first.visits > 0
    assert again.visits == 0
    assert again.branches == first.branches


def test_where_a_gain_is_decisive_one_seed_is_enough() -> None:
    slow = recipe(optimizer={"kind": "adamw", "learning_rate": 1e-6})
    faster = Remedy("faster", Cause.RATE_TOO_LOW, {"optimizer": slow.optimizer.edited(learning_rate=1e-2)})
    known = _losses(slow, faster, 0.2)
    done = experiment(case(slow), slow, [faster, HIGH], 216 * 12, 216 * 40, seed=0, known=known)
    assert len(done.control) == 1
    close = _losses(slow, faster, 0.6)
    done = experiment(case(slow), slow, [faster, HIGH], 216 * 12, 216 * 40, seed=0, known=close)
    assert len(done.control) == 2


def _losses(slow: Recipe, faster: Remedy, loss: float) -> dict[str, float]:
    """Losses as they would be known: of the unchanged training 1, of the gentler one .9."""
    known: dict[str, float] = {}
    for seed in (0, 1):
        for changed, what in ((slow, 1.0), (faster.applied(slow), loss), (HIGH.applied(slow), 0.9)):
            known[f"{key_of(changed)}-{length(216 * 12 / 16) * 16}-{seed}"] = what
    return known
