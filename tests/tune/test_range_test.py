from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from tests.tune.models import model_for, table

import netwright as nw
from netwright.errors import RecipeError
from netwright.tune import range_test
from netwright.tune.range_test import choose, smoothed, steepest_descent
from netwright.tune.trial import trial_of

OPTIMIZERS = {"sgd": nw.optimizers.SGD(momentum=0.9), "adamw": nw.optimizers.AdamW()}


def distance_from_best(name: str, optimizer: str, seeds: range, **settings: Any) -> float:
    """Return the factor between the suggestion and the best rate of a grid of whole trainings."""
    part = OPTIMIZERS[optimizer]
    model, (rows, target) = model_for(name, optimizer=part, **settings), table(name)
    found = range_test(model, rows, target)
    trial = trial_of(model, rows, target)

    def loss(rate: float) -> float:
        return float(
            np.mean(
                [trial.score(trial.setup(s, optimizer=part.edited(learning_rate=rate)), s) for s in seeds]
            )
        )

    grid = {float(rate): loss(float(rate)) for rate in np.geomspace(1e-4, 1, 9)}
    # Rates within a hundredth of the lowest loss cannot be told apart.
    best = [rate for rate, reached in grid.items() if reached <= 1.01 * min(grid.values())]
    return min(max(found.suggestion / rate, rate / found.suggestion) for rate in best)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_suggestion_is_near_the_best_rate_of_a_grid(optimizer: str) -> None:
    assert distance_from_best("breast_cancer", optimizer, range(100, 102), epochs=3, batch_size=64) <= 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seeds"), [("breast_cancer", 4), ("diabetes", 12), ("digits", 2)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_suggestion_is_near_the_best_rate_of_long_trainings(
    name: str, seeds: int, optimizer: str
) -> None:
    # 66 held-out rows tell the rates of diabetes apart only in the mean of many trainings.
    assert distance_from_best(name, optimizer, range(200, 200 + seeds)) <= 3


def test_nothing_of_the_model_changes() -> None:
    model, (rows, target) = model_for("iris", epochs=3), table("iris")
    model.fit(rows, target)
    before = {name: tensor.clone() for name, tensor in model.network_.state_dict().items()}
    parameters, random_state = model.get_params(), torch.get_rng_state()
    range_test(model, rows, target, low=1e-3, high=1e-1)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.network_.state_dict().items())
    assert model.get_params() == parameters
    assert torch.equal(torch.get_rng_state(), random_state)


def test_the_result_is_whole_and_the_same_again() -> None:
    model, (rows, target) = model_for("iris", epochs=3), table("iris")
    first, second = (range_test(model, rows, target, low=1e-4, high=1) for _ in range(2))
    assert first == second
    assert len(first.rates) == len(first.losses)
    assert first.rates[0] == pytest.approx(1e-4)
    assert 1e-4 <= first.suggestion <= 1
    assert f"{first.suggestion:.2g}" in first.reason
    assert first.figure().axes[0].get_xscale() == "log"
    assert json.loads(json.dumps(first.to_json()))["suggestion"] == first.suggestion


def test_without_held_out_rows_the_training_loss_decides() -> None:
    model, (rows, target) = model_for("iris", epochs=3, early_stopping=None), table("iris")
    assert "training loss" in range_test(model, rows, target, low=1e-3, high=1e-1).reason


def test_breakdowns_are_survived() -> None:
    sgd = nw.optimizers.SGD(momentum=0.9)
    model, (rows, target) = (
        model_for("diabetes", optimizer=sgd, gradient_clip=None, epochs=2),
        table("diabetes"),
    )
    found = range_test(model, rows, target, low=1e-2, high=100)
    assert found.suggestion < 10
    assert all(math.isfinite(loss) for loss in found.losses)


def test_smoothing_drops_spikes() -> None:
    losses = np.linspace(1, 0, 50)
    spiked = losses.copy()
    spiked[[10, 30]] = 100
    np.testing.assert_allclose(smoothed(spiked)[5:-5], losses[5:-5], atol=0.05)


def test_the_steepest_descent_is_found() -> None:
    rates = np.geomspace(1e-4, 10, 200)
    falling = 1 / (1 + (rates / 1e-2) ** 2)
    rising = np.where(rates > 1, rates, 0)
    assert steepest_descent(rates, falling + rising) == pytest.approx(1e-2, rel=0.1)


def test_the_lowest_point_lies_between_the_rates() -> None:
    scores = {rate: [(math.log10(rate) + 1.6) ** 2] for rate in (1e-3, 1e-2, 1e-1, 1.0)}
    assert choose(scores) == pytest.approx(10**-1.6)
    assert choose({1e-3: [1.0], 1e-2: [2.0]}) == 1e-3
    assert choose({1e-3: [2.0], 1e-2: [1.0], 1e-1: [math.inf]}) == 1e-2


def test_of_rates_that_are_as_good_the_middle_is_taken() -> None:
    noise = {1e-3: [3.0, 3.1], 1e-2: [1.0, 1.2], 1e-1: [1.1, 1.0], 1.0: [1.2, 1.1], 10.0: [math.inf, 1.0]}
    assert choose(noise) == pytest.approx(math.sqrt(1e-2 * 1e-1))


def test_mistakes_are_explained() -> None:
    rows, target = table("iris")
    with pytest.raises(RecipeError, match="low < high"):
        range_test(model_for("iris"), rows, target, low=1, high=0.1)
    with pytest.raises(TypeError, match="expected a Classifier or a Regressor, got Linear"):
        range_test(torch.nn.Linear(1, 1), rows, target)
