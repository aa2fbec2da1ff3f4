"""What is chosen for tables, and the reason that is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import netwright as nw
from netwright.nets.mlp import MLP
from netwright.recipe.choices import FEWEST_OF_RAREST, MANY_ROWS, resolve
from netwright.recipe.facts import Facts
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.task import Task

YES_NO = Facts(4_000, 10, Task.BINARY, 2, validation=True, device="cpu", device_reason="", rarest=2_000)
NUMBERS = replace(YES_NO, task=Task.REGRESSION, classes=0, rarest=None)
SEVERAL = replace(YES_NO, task=Task.MULTICLASS, classes=5, rarest=None)


def chosen(facts: Facts) -> ResolvedRecipe:
    return resolve(Recipe(), facts).recipe


def network(facts: Facts) -> MLP:
    found = chosen(facts).network
    assert isinstance(found, MLP)
    return found


def test_few_rows_of_the_rarer_class_get_no_bins_and_the_reason_says_so() -> None:
    rare = replace(YES_NO, rarest=FEWEST_OF_RAREST - 1)
    assert network(rare).number_embedding == "none"
    assert (
        resolve(Recipe(), rare)
        .reasons["network"]
        .endswith("no bins: 999 rows of the rarer class are too few")
    )
    assert network(replace(YES_NO, rarest=FEWEST_OF_RAREST)).number_embedding == "piecewise_linear"
    assert network(replace(YES_NO, rarest=None)).number_embedding == "piecewise_linear"


def test_the_rows_of_the_rarer_class_are_counted_in_the_training_rows() -> None:
    X = np.random.default_rng(0).normal(size=(200, 2))
    model = nw.Classifier(epochs=1, validation_fraction=0.25, progress=False, device="cpu")
    model.fit(X, np.arange(200) < 40)
    assert "30 rows of the rarer class" in model.reasons_["network"]


def test_numbers_are_learnt_without_dropout_and_few_of_them_with_little_decay() -> None:
    assert network(NUMBERS).dropout == 0
    assert network(YES_NO).dropout == network(SEVERAL).dropout == 0.1
    many = replace(NUMBERS, rows=MANY_ROWS)
    decays = [
        chosen(facts).optimizer.to_plain()["weight_decay"] for facts in (NUMBERS, many, YES_NO, SEVERAL)
    ]
    assert decays == [0.01, 0.1, 0.1, 0.1]


def test_numbers_settle_for_longer_and_go_through_fewer_epochs_before() -> None:
    numbers, several = chosen(NUMBERS), chosen(SEVERAL)
    assert numbers.early_stopping is not None
    assert several.early_stopping is not None
    assert (numbers.early_stopping.settling, several.early_stopping.settling) == (0.6, 0.15)
    assert numbers.epochs == round(several.epochs * 2 / 3)


@pytest.mark.parametrize(("rows", "patience"), [(MANY_ROWS - 1, 8), (MANY_ROWS, 4)])
def test_with_many_rows_fewer_rounds_without_gain_are_waited_for(rows: int, patience: int) -> None:
    stopping = chosen(replace(YES_NO, rows=rows)).early_stopping
    assert stopping is not None
    assert stopping.patience == patience


def test_a_falling_rate_is_waited_for_over_half_of_its_way() -> None:
    recipe = chosen(replace(SEVERAL, rows=MANY_ROWS))
    assert recipe.early_stopping is not None
    assert recipe.early_stopping.patience == max(8, recipe.epochs // 2)
