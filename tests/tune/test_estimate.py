from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from tests.tune.models import model_for, table

import netwright as nw
from netwright.errors import RecipeError
from netwright.nets.count import count_parameters
from netwright.tune import estimate


def test_parameters_and_operations_are_those_of_the_training() -> None:
    model, (rows, target) = model_for("digits", epochs=2, early_stopping=None), table("digits")
    found = estimate(model, rows, target)
    model.fit(rows, target)
    assert found.parameters == count_parameters(model.network_)
    assert found.steps == model.outcome_.steps
    # A dense layer costs 2 operations a weight and row forward, 4 backward; the first one only 2 of them.
    weights = [weight.numel() for weight in model.network_.parameters() if weight.ndim == 2]
    assert found.flops == (6 * sum(weights) - 2 * weights[0]) * 32 * found.steps
    assert not hasattr(model_for("digits"), "network_")


def test_seconds_are_measured_steps_times_their_number() -> None:
    ticks = itertools.count()
    model, (rows, target) = model_for("iris", epochs=4, early_stopping=None), table("iris")
    found = estimate(model, rows, target, clock=lambda: next(ticks) * 0.5)
    assert found.seconds == 0.5 * found.steps
    assert "500 ms each" in found.reason
    bounded = estimate(model_for("iris", epochs=40, time=3), rows, target, clock=lambda: next(ticks) * 0.5)
    assert bounded.seconds == 3


def test_memory_grows_with_batch_and_optimizer() -> None:
    rows, target = table("digits")
    small, large = (estimate(model_for("digits", batch_size=b), rows, target) for b in (32, 512))
    assert large.memory_bytes > small.memory_bytes
    plain = estimate(model_for("digits", optimizer=nw.optimizers.SGD()), rows, target)
    assert small.memory_bytes - plain.memory_bytes == 8 * small.parameters


def test_a_recipe_with_and_without_a_target() -> None:
    rows, target = table("iris")
    recipe = nw.Recipe(network=nw.nets.MLP(hidden=(4,)), epochs=2)
    assert estimate(recipe, rows, target).parameters == 5 * 4 + 5 * 3
    alone = estimate(recipe, rows.drop(target))
    assert "one number stood in" in alone.reason
    assert alone.parameters == 5 * 4 + 5
    assert "two classes stood in" in estimate(nw.Classifier(epochs=1), np.random.rand(50, 3)).reason
    assert json.loads(json.dumps(alone.to_json()))["parameters"] == alone.parameters
    assert "parameters" in str(alone)


def test_a_network_too_large_is_refused_before_it_is_built() -> None:
    rows, target = table("iris")
    giant = model_for("iris", network=nw.nets.MLP(hidden=(2_000_000, 2_000_000)))
    with pytest.raises(RecipeError, match=r"4,000,0\d\d,0\d\d,\d\d\d parameters .* TiB, and cpu has"):
        estimate(giant, rows, target)
