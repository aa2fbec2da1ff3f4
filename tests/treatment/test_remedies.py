"""Remedies: each cause has some, all are valid recipes, and none is no change."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.treatment.cases import recipe

from netwright.clinic.causes import Cause, Stage
from netwright.recipe.choices import Facts, resolve
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.losses import TargetShape
from netwright.treatment.own_settings import ours, whole
from netwright.treatment.patient import Patient, extremes, suspects
from netwright.treatment.remedies import TREATABLE, remedies_for
from netwright.treatment.remedy import Remedy, difference, flattened


def patient(changed: Recipe, task: Task = Task.BINARY) -> Patient:
    own = isinstance(changed.network, torch.nn.Module)
    facts = Facts(400, 5, task, 2, True, "cpu", "", own)
    return Patient(changed, resolve(changed, facts).recipe, TargetShape(task, 2))


@pytest.mark.parametrize("cause", sorted(TREATABLE))
def test_every_remedy_is_a_valid_recipe_that_differs(cause: Cause) -> None:
    sick = patient(
        recipe(
            preparation={"scaling": "none"},
            network={"kind": "mlp", "hidden": [4, 4, 4], "activation": "sigmoid", "initialization": "normal"},
            optimizer={"kind": "adamw", "learning_rate": 0.1, "epsilon": 1.0, "weight_decay": 5.0},
            loss="focal",
            gradient_clip=1e-4,
            batch_size=2,
            precision="bfloat16",
        )
    )
    found = remedies_for(sick, cause)
    assert found
    assert all(remedy.cause in TREATABLE for remedy in found)
    for remedy in found:
        assert remedy.applied(sick.recipe) != sick.recipe


def test_what_lies_in_data_or_code_has_no_remedy() -> None:
    assert remedies_for(patient(recipe()), Cause.WRONG_LABELS) == []
    assert remedies_for(patient(recipe()), Cause.LEAK) == []
    assert all(cause.stage is not Stage.WIRING or cause is Cause.PAIRING for cause in TREATABLE)


def test_a_rate_too_high_is_lowered_to_the_usual_one_first() -> None:
    sick = patient(recipe(optimizer={"kind": "sgd", "learning_rate": 20.0}))
    rates = [r.changes["optimizer"].learning_rate for r in remedies_for(sick, Cause.RATE_TOO_HIGH)]
    assert rates == [0.05, 2.0, 0.2, 0.02]
    assert all(rate < 20 for rate in rates)


def test_a_network_of_the_users_own_is_left_alone() -> None:
    sick = patient(recipe(network=torch.nn.Linear(5, 1)))
    for cause in TREATABLE:
        assert all("network" not in remedy.changes for remedy in remedies_for(sick, cause))
    assert all("network" not in remedy.changes for remedy in whole(sick))


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"optimizer": {"kind": "sgd", "learning_rate": 20.0}}, Cause.RATE_TOO_HIGH),
        ({"optimizer": {"learning_rate": 1e-7}}, Cause.RATE_TOO_LOW),
        ({"gradient_clip": 1e-6}, Cause.CLIP_TOO_TIGHT),
        ({"optimizer": {"epsilon": 10.0}}, Cause.EPSILON_TOO_LARGE),
        ({"preparation": {"scaling": "none"}}, Cause.UNSCALED_INPUTS),
        ({"penalties": "l2"}, Cause.STRONG_DECAY),
        ({"network": {"kind": "mlp", "dropout": 0.9}}, Cause.STRONG_DROPOUT),
        ({"epochs": 1}, Cause.TOO_SHORT),
    ],
)
def test_settings_far_from_usual_are_suspects(settings: dict[str, Any], cause: Cause) -> None:
    if settings.get("penalties") == "l2":
        settings = {"penalties": [{"kind": "l2", "strength": 1.0}]}
    assert cause in suspects(patient(Recipe(**settings)))


def test_a_recipe_left_to_us_has_no_suspects_and_no_last_resort() -> None:
    assert suspects(patient(Recipe())) == []
    assert whole(patient(Recipe(seed=3, effort="quick"))) == []


def test_the_last_resort_keeps_the_seed() -> None:
    sick = patient(recipe(seed=7))
    after = whole(sick)[-1].applied(sick.recipe)
    assert after == Recipe(seed=7)


def test_the_difference_names_what_changed_only() -> None:
    before = recipe()
    after = Remedy("slower", None, {"optimizer": {"kind": "adamw", "learning_rate": 0.001}}).applied(before)
    assert difference(before, after) == "optimizer.learning_rate: 0.01 -> 0.001"
    assert difference(before, before) == ""


def test_a_part_that_is_exchanged_is_one_line() -> None:
    before, after = recipe(), recipe(optimizer={"kind": "sgd", "learning_rate": 0.1})
    assert difference(before, after) == "optimizer: adamw -> sgd"
    assert flattened(after.to_plain())["optimizer.learning_rate"] == 0.1


def test_a_clip_as_usual_is_not_to_blame() -> None:
    assert remedies_for(patient(recipe(gradient_clip=1.0)), Cause.CLIP_TOO_TIGHT) == []
    assert remedies_for(patient(recipe(gradient_clip=1e-3)), Cause.CLIP_TOO_TIGHT)


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"optimizer": {"kind": "adamw", "learning_rate": 0.5}}, Cause.RATE_TOO_HIGH),
        ({"optimizer": {"kind": "adamw", "learning_rate": 1e-5}}, Cause.RATE_TOO_LOW),
        ({"optimizer": {"kind": "adamw", "learning_rate": 0.004, "weight_decay": 5.0}}, Cause.STRONG_DECAY),
        ({"network": {"kind": "mlp", "hidden": [32], "dropout": 0.95}}, Cause.STRONG_DROPOUT),
        ({"optimizer": {"kind": "sgd", "learning_rate": 0.5, "momentum": 0.9}}, Cause.RATE_TOO_HIGH),
        ({"optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9}}, None),
        ({"schedule": {"kind": "step", "every": 0.03, "gamma": 0.1}}, Cause.EARLY_DECAY),
        ({"schedule": {"kind": "one_cycle"}}, None),
        ({"network": {"kind": "mlp", "hidden": [32, 1, 32], "dropout": 0.0}}, Cause.TOO_SMALL),
        ({}, None),
    ],
)
def test_extreme_settings_are_looked_into(settings: dict[str, Any], cause: Cause | None) -> None:
    assert [found for _, found in extremes(patient(recipe(**settings)), 300)] == (
        [] if cause is None else [cause]
    )


def test_a_training_of_a_few_steps_is_looked_into() -> None:
    assert [cause for _, cause in extremes(patient(recipe()), 20)] == [Cause.TOO_SHORT]


def test_a_narrow_layer_gets_the_width_of_those_beside_it_first() -> None:
    narrow = recipe(network={"kind": "mlp", "hidden": [64, 2, 48], "dropout": 0.0})
    first = remedies_for(patient(narrow), Cause.TOO_SMALL)[0]
    assert first.applied(narrow).network.hidden == (64, 48, 48)
    even = recipe(network={"kind": "mlp", "hidden": [8, 8], "dropout": 0.0})
    assert "wider" in remedies_for(patient(even), Cause.TOO_SMALL)[0].name


def test_own_settings_keep_the_length_and_the_network_unless_asked() -> None:
    given = patient(recipe())
    same, other = (ours(given, network=wish) for wish in (False, True))
    assert same is not None
    assert other is not None
    assert "network" not in same.changes
    assert other.changes["network"] == "auto"
    assert "epochs" not in {**same.changes, **other.changes}
    assert ours(patient(Recipe()), network=True) is None
