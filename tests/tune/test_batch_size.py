from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tests.tune.models import model_for, table
from torch import nn

from netwright.training.batches import Batch
from netwright.training.losses import MSE
from netwright.training.objective import Objective
from netwright.tune import find_batch_size
from netwright.tune.batch_size import _suggest, measure_noise


def test_the_noise_is_that_of_the_gradients_of_single_rows() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(400, 3, generator=generator, dtype=torch.float64)
    target = inputs @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    target += torch.randn(400, generator=generator, dtype=torch.float64)
    network = nn.Linear(3, 1, dtype=torch.float64)
    with torch.no_grad():
        network.weight.fill_(0.2)
        network.bias.fill_(0.1)
    # d (w x + b - y)² / d (w, b) = 2 (w x + b - y) (x, 1)
    error = (network(inputs).squeeze(1) - target).detach().numpy()
    rows = 2 * error[:, None] * np.column_stack([inputs.numpy(), np.ones(400)])
    exact_gradient, exact_noise = (rows.mean(axis=0) ** 2).sum(), rows.var(axis=0).sum()
    gradient, noise = measure_noise(network, Objective(MSE()), Batch((inputs,), target), 8, seed=0, draws=300)
    assert gradient == pytest.approx(exact_gradient, rel=0.05)
    assert noise == pytest.approx(exact_noise, rel=0.05)


def test_the_network_is_left_as_it_was() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    data = Batch((torch.randn(64, 3),), torch.randn(64))
    measure_noise(network, Objective(MSE()), data, 2, seed=0, draws=3)
    assert network.training
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    ("scale", "rows", "largest", "expected", "told"),
    [
        (300.0, 100_000, None, 256, "300 rows"),
        (5000.0, 1000, None, 64, "8 updates an epoch"),
        (2.0, 100_000, None, 8, "too little to do"),
        (5000.0, 100_000, 700, 512, "memory holds 700"),
        (float("inf"), 10_000, None, 1024, "the more rows the better"),
        (20.0, 10, None, 1, "8 updates"),
    ],
)
def test_bounds_of_the_suggestion(
    scale: float, rows: int, largest: int | None, expected: int, told: str
) -> None:
    suggestion, reason = _suggest(scale, rows, largest)
    assert suggestion == expected
    assert told in reason


def test_a_model_gets_a_suggestion() -> None:
    model, (rows, target) = model_for("digits"), table("digits")
    found = find_batch_size(model, rows, target)
    assert found == find_batch_size(model, rows, target) or found.largest is not None
    assert not hasattr(model, "network_")
    assert found.noise_scale == pytest.approx(found.noise / found.gradient)
    assert found.suggestion in (64, 128)
    assert found.figure().axes
    assert json.loads(json.dumps(found.to_json()))["suggestion"] == found.suggestion
