"""Treating: faults are mended and proven, healthy trainings are left alone, data faults are listed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tests.treatment.cases import case, recipe, rows
from torch import nn

import netwright as nw
from netwright.clinic.causes import Cause
from netwright.errors import RecipeError
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment import treat_model
from netwright.treatment.case import Trained
from netwright.treatment.treat import case_of_model, treat_case

BAD: dict[str, dict[str, Any]] = {
    "rate too low": {"optimizer": {"kind": "adamw", "learning_rate": 1e-7}},
    "dropout": {"network": {"kind": "mlp", "hidden": [32], "dropout": 0.98}},
}


def alarm(cause: str, **details: Any) -> Finding:
    return Finding("some-rule", "alarm", "Something is wrong.", cause=cause, **details)


@pytest.mark.parametrize("fault", sorted(BAD))
def test_a_fault_is_mended_and_proven(fault: str) -> None:
    sick = recipe(**BAD[fault], epochs=12)
    treated = treat_model(nw.Classifier(**settings_of(sick)), *rows(400))
    assert treated.cured, treated.verdict
    assert treated.kept is not None
    assert treated.kept.comparison is not None
    assert treated.kept.comparison.better
    assert treated.change
    assert treated.scores["after"] < treated.scores["before"]
    x, y = rows(400, seed=9)
    assert treated.model is not None
    assert treated.model.score(x, y) > 0.75
    assert treated.to_json()["cured"] is True


def settings_of(changed: Recipe) -> dict[str, Any]:
    return {**{name: getattr(changed, name) for name in Recipe.model_fields}, "progress": False}


def test_a_healthy_training_is_left_alone() -> None:
    treated = treat_model(nw.Classifier(**settings_of(recipe(epochs=40))), *rows(400))
    assert treated.verdict.startswith("Healthy")
    assert treated.history == ()
    assert treated.change == ""
    assert treated.cost == 0
    assert treated.recipe == recipe(epochs=40)


def test_data_at_fault_is_listed_and_not_treated() -> None:
    patient = case(recipe())
    before = patient.train(patient.recipe)
    wrong = alarm(Cause.WRONG_LABELS.value, rows=(4, 17))
    treated = treat_case(patient, replace(before, findings=(wrong,)))
    assert treated.verdict.startswith("Not treated")
    assert "5, 18" in treated.verdict
    assert treated.rows == (4, 17)
    assert treated.model is before.model
    assert treated.history == ()


def test_wrong_labels_are_found_among_all_rows_and_listed_by_their_numbers() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, 500)
    x = 4 * np.eye(3)[truth] + generator.normal(size=(500, 3))
    y = truth.copy()
    wrong = generator.choice(500, 170, replace=False)
    y[wrong] = (truth[wrong] + generator.integers(1, 3, 170)) % 3
    treated = treat_model(nw.Classifier(**settings_of(recipe(epochs=6))), x, y)
    assert treated.verdict.startswith("Not treated"), treated.verdict
    assert "Look at rows" in treated.verdict
    assert treated.rows
    assert len(set(treated.rows) & set(wrong.tolist())) >= 0.9 * len(treated.rows)


def test_a_false_alarm_does_no_harm() -> None:
    patient = case(recipe(epochs=40), 400)
    before = patient.train(patient.recipe)
    treated = treat_case(patient, replace(before, findings=(alarm(Cause.RATE_TOO_LOW.value),)))
    assert treated.scores["after"] <= treated.scores["before"]
    assert treated.model is before.model or treated.kept is not None


def test_a_training_that_broke_down_is_mended() -> None:
    patient = case(recipe(optimizer={"kind": "sgd", "learning_rate": 30.0}, epochs=12), 400)
    broken = Trained(None, 0, (), "numbers were no longer finite")
    treated = treat_case(patient, broken)
    assert treated.findings[0].rule == "broken-down"
    assert treated.kept is not None
    assert treated.model is not None


def few(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of two classes that lie apart."""
    x, _ = rows(count)
    y = (x[:, 0] > 0).astype(int)
    return x + y[:, None], y


def test_few_rows_are_judged_in_folds() -> None:
    sick = recipe(**BAD["rate too low"], epochs=40)
    treated = treat_model(sick, *few(60))
    assert treated.cured, treated.verdict
    assert treated.kept is not None
    assert treated.kept.comparison is not None
    assert "each answered by trainings that never saw it" in treated.verdict
    assert treated.scores["after"] < treated.scores["before"]
    assert treated.model is not None
    assert treated.model.score(*few(300)) > 0.8


def test_too_few_rows_to_judge_are_said() -> None:
    patient = case_of_model(recipe(), *few(24))
    before = patient.train(patient.recipe)
    treated = treat_case(patient, replace(before, findings=(alarm(Cause.RATE_TOO_LOW.value),)))
    assert "too few to judge on" in treated.verdict
    assert treated.model is before.model
    assert treated.history == ()


def test_trainings_that_were_done_are_not_done_again() -> None:
    sick = recipe(**BAD["rate too low"], epochs=12)
    patient = case(sick, 400)
    first = treat_case(patient, patient.train(sick))
    done = dict(patient.shelf)
    again = case(sick, 400)
    again.shelf = done
    second = treat_case(again, again.train(sick))
    assert set(again.shelf) == set(patient.shelf)
    assert [attempt.to_json() for attempt in second.history] == [a.to_json() for a in first.history]


def test_a_recipe_can_be_treated_and_the_input_stays() -> None:
    sick = recipe(**BAD["rate too low"], epochs=12)
    x, y = rows(400)
    before = x.copy()
    treat_model(sick, x, y)
    assert np.array_equal(x, before)
    assert sick == recipe(**BAD["rate too low"], epochs=12)


def test_a_network_of_ones_own_is_treated_and_left_as_it_is() -> None:
    own = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
    weights = [weight.clone() for weight in own.parameters()]
    sick = recipe(**BAD["rate too low"]).edited(network=own)
    treated = treat_model(nw.Classifier(**settings_of(sick)), *few(300))
    assert treated.cured, treated.verdict
    assert treated.change.startswith("optimizer.learning_rate: ")
    assert isinstance(treated.recipe.network, nn.Sequential)
    assert all(torch.equal(old, new) for old, new in zip(weights, own.parameters(), strict=True))


def test_a_bare_module_is_refused_with_the_way_to_wrap_it() -> None:
    with pytest.raises(TypeError, match="network=model"):
        treat_model(nn.Linear(4, 2), *few(100))


@pytest.mark.parametrize("budget", [0, -1, float("nan"), float("inf")])
def test_an_impossible_budget_is_refused(budget: float) -> None:
    patient = case(recipe())
    with pytest.raises(RecipeError, match="budget"):
        treat_case(patient, Trained(None, 0), budget=budget)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="Classifier"):
        treat_model("model", *rows(100))
