from __future__ import annotations

import pickle

import pytest
import torch
from tests.training.setups import setup
from torch import nn

from netwright.training.dense_chain import DenseChain
from netwright.training.flat import flatten, release
from netwright.training.loop import Engine, Position, training_steps
from netwright.training.optimizers import (
    SGD,
    Adam,
    AdamW,
    Lion,
    Optimizer,
    ScheduleFreeAdamW,
    parameter_groups,
)
from netwright.training.penalties import L2


def engines(optimizer: Optimizer, **settings: object) -> tuple[Engine, Engine]:
    """Return the same training twice: each parameter by itself, and all in vectors."""
    apart, together = setup(optimizer=optimizer).engine, setup(optimizer=optimizer).engine
    groups = flatten(parameter_groups(together.network, optimizer.layer_rates))
    alone = optimizer.build(parameter_groups(apart.network, optimizer.layer_rates))
    plain = Engine(**{**vars(apart), "optimizer": alone, "chain": DenseChain.of(apart.network), **settings})
    flat = {"optimizer": optimizer.build(groups), "chain": DenseChain.of(together.network), "flat": True}
    return plain, Engine(**{**vars(together), **flat, **settings})


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(learning_rate=0.05, momentum=0.9, weight_decay=0.01),
        Adam(),
        AdamW(learning_rate=0.01, weight_decay=0.1, layer_rates={"0": 0.1}),
        Lion(),
        ScheduleFreeAdamW(),
    ],
    ids=lambda optimizer: optimizer.kind,
)
@pytest.mark.parametrize("settings", [{}, {"gradient_clip": 0.1}, {"pieces": 3}])
def test_vectors_are_trained_like_the_parameters_in_them(
    optimizer: Optimizer, settings: dict[str, object]
) -> None:
    trained = []
    for engine in engines(optimizer, **settings):
        torch.manual_seed(1)
        steps = list(training_steps(engine, setup().batches, 3, Position()))
        trained.append(([float(step.loss) for step in steps], engine.network.state_dict()))
    (losses, apart), (flat_losses, together) = trained
    assert losses == pytest.approx(flat_losses, rel=1e-5)
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=1e-6)


def test_penalties_reach_the_vectors() -> None:
    made = setup()
    plain, flat = engines(AdamW())
    objective = type(made.engine.objective)(made.engine.objective.loss, (L2(0.1),))
    for engine in (plain, flat):
        engine.__dict__["objective"] = objective
        torch.manual_seed(1)
        next(training_steps(engine, made.batches, 1, Position()))
    for ours, theirs in zip(flat.network.parameters(), plain.network.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


def test_released_parameters_stand_alone() -> None:
    network = nn.Sequential(nn.Linear(50, 40), nn.Linear(40, 30))
    before = pickle.dumps(network)
    flatten(parameter_groups(network))
    release(network)
    assert network[0].weight.grad is None
    assert len(pickle.dumps(network)) == len(before)


def test_frozen_parameters_stay_out() -> None:
    network = nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 3))
    network[0].requires_grad_(False)
    vectors = [vector for group in flatten(parameter_groups(network)) for vector in group.parameters]
    assert sum(vector.numel() for vector in vectors) == 15
