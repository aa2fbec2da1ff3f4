"""A look at a model leaves no trace."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from tests.clinic.loops import Recurrent
from torch import nn

from netwright.clinic.undisturbed import Precision, set_modes, undisturbed


def test_random_numbers_are_given_back() -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(np.random.random()), float(torch.rand(1))

    def seed() -> None:
        random.seed(1)
        np.random.seed(1)
        torch.manual_seed(1)

    layer = nn.Linear(1, 1)
    seed()
    with undisturbed([layer], 5):
        inside = draw()
    after = draw()
    seed()
    assert draw() == after
    assert inside[2] != after[2]


def test_the_same_seed_draws_the_same() -> None:
    drawn = []
    for _ in range(2):
        with undisturbed([nn.Linear(1, 1)], 7):
            drawn.append(float(torch.rand(1)))
    assert drawn[0] == drawn[1]


def test_modes_buffers_and_attributes_are_given_back() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout())
    model[0].eval()
    recurrent = Recurrent()
    recurrent.seen = [1]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with undisturbed([model, recurrent], 0):
        set_modes(model, lambda module: True)
        model(torch.randn(8, 3))
        recurrent(torch.zeros(2, 3, dtype=torch.long))
        recurrent.seen.append(2)
        recurrent.extra = 3
    assert [model[0].training, model[1].training, model.training] == [False, True, True]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert recurrent.state is None
    assert recurrent.seen == [1]
    assert not hasattr(recurrent, "extra")


def test_a_buffer_that_a_graph_holds_can_still_be_used() -> None:
    model = nn.BatchNorm1d(3).eval()
    loss = model(torch.randn(8, 3)).sum()
    with undisturbed([model], 0):
        model.train()(torch.randn(8, 3))
    loss.backward()


def test_hooks_of_others_do_not_run_inside() -> None:
    calls = []
    model = nn.Linear(2, 2)
    model.register_forward_hook(lambda *seen: calls.append(seen))
    with undisturbed([model], 0):
        model(torch.ones(1, 2))
    assert calls == []
    model(torch.ones(1, 2))
    assert len(calls) == 1


def test_what_goes_wrong_inside_is_put_right_too() -> None:
    model = nn.BatchNorm1d(3)

    def fail() -> None:
        with undisturbed([model], 0):
            model(torch.randn(8, 3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert int(model.num_batches_tracked) == 0


def test_weights_that_are_cast_inside_are_not_used_by_the_training() -> None:
    model, inputs = nn.Linear(4, 4), torch.randn(2, 4)
    with torch.autocast("cpu", torch.bfloat16):
        precision = Precision.now("cpu")
        with undisturbed([model], 0), precision.block():
            assert model(inputs).dtype is torch.bfloat16
        model(inputs).float().sum().backward()
    assert model.weight.grad is not None
    assert Precision.now("cpu").dtype is None
