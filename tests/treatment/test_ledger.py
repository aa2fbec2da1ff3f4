"""The budget holds always: every row that any training visits is counted here, beside the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.treatment.cases import case, recipe, rows

from netwright.training import fit, loop
from netwright.training.loop import Step
from netwright.treatment import short_training
from netwright.treatment.case import Case, Trained
from netwright.treatment.course import Course
from netwright.treatment.ledger import SHORTEST, Ledger, ledger_of, planned_visits, shortened
from netwright.treatment.treat import case_of_model, treat_case


class Counter:
    """Counts the rows of every step of every training, whoever asks for it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.visits = 0
        for module in (fit, short_training):
            patch.setattr(module, "training_steps", self.steps)

    def steps(self, *arguments: Any) -> Iterator[Step]:
        for step in loop.training_steps(*arguments):
            self.visits += step.rows
            yield step


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


SICK: dict[str, dict[str, Any]] = {
    "too slow": {"optimizer": {"kind": "adamw", "learning_rate": 1e-7}},
    "almost all dropped": {"network": {"kind": "mlp", "hidden": [32], "dropout": 0.98}},
    "stopped early": {
        "optimizer": {"kind": "sgd", "learning_rate": 30.0},
        "early_stopping": {"patience": 2},
        "epochs": 60,
    },
    "a single epoch": {"epochs": 1},
}


@pytest.mark.parametrize("count", [100, 400])  # few rows are judged by folds alone, more by a part and folds
@pytest.mark.parametrize("fault", sorted(SICK))
@pytest.mark.parametrize("budget", [0.7, 3.0])
def test_what_is_visited_is_counted_and_never_above_the_budget(
    counter: Counter, fault: str, budget: float, count: int
) -> None:
    sick = case_of_model(recipe(**SICK[fault]), *rows(count))
    before = sick.train(sick.recipe)
    counter.visits = 0
    treated = treat_case(sick, before, budget=budget)
    unit = ledger_of(sick, before, budget).unit
    assert counter.visits <= budget * unit
    assert treated.cost <= budget
    # A short training counts in full though it leaves out a last batch that would be too many.
    assert 0.85 * treated.visits <= counter.visits <= treated.visits
    assert treated.visits == pytest.approx(treated.cost * unit)


def test_the_unit_is_the_training_as_it_ran_as_planned_or_a_tenth_of_the_usual() -> None:
    sick = case(recipe(epochs=40))
    planned = planned_visits(sick, sick.recipe)
    usual = planned_visits(sick, recipe(epochs="auto"))
    model: Any = object()
    assert ledger_of(sick, Trained(model, planned - 100), 3).unit == planned - 100
    assert ledger_of(sick, Trained(None, 7, error="broke down"), 3).unit == planned
    assert ledger_of(sick, Trained(model, 7), 3).unit == round(SHORTEST * usual)


def test_a_ledger_holds_what_is_left() -> None:
    ledger = Ledger(unit=100, budget=2.5, spent=60)
    assert ledger.left == 190
    assert ledger.holds(190)
    assert not ledger.holds(191)
    ledger.spent = 300
    assert ledger.left == 0
    assert ledger.cost == 3.0


def test_a_recipe_gets_as_many_epochs_as_there_are_rows_left() -> None:
    sick = case(recipe(epochs=12))
    each = len(sick.fitting)
    assert shortened(sick, sick.recipe, 12 * each) is sick.recipe
    fewer = shortened(sick, sick.recipe, 5.5 * each)
    assert fewer is not None
    assert fewer.epochs == 5
    assert shortened(sick, sick.recipe, each - 1) is None


def test_a_training_that_visits_more_than_it_may_is_cut_off_and_forgotten(counter: Counter) -> None:
    sick: Case = case(recipe(epochs=12))
    each = len(sick.fitting)
    cut = sick.train(sick.recipe, most=5 * each)
    assert cut.cut
    assert cut.model is None
    assert cut.visits == counter.visits == 5 * each
    assert not sick.shelf
    whole = sick.train(sick.recipe, most=12 * each)
    assert not whole.cut
    assert whole.visits == 12 * each


def test_rows_visited_before_are_part_of_the_budget() -> None:
    sick = case_of_model(recipe(**SICK["too slow"]), *rows(400))
    before = sick.train(sick.recipe)
    course = Course(sick, before, 3.0, 0, spent=before.visits)
    assert course.ledger.left == 2 * before.visits
    assert course.run().cost <= 3
