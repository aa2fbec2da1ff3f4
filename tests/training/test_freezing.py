"""Freezing: who rests until when, and what becomes of running averages."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from netwright.nets import CNN, ResNet
from netwright.nets.network import ImageShape
from netwright.training.freezing import Freezing, depth_groups, rates_by_depth
from netwright.training.optimizers import parameter_groups


def network() -> nn.Sequential:
    def block() -> nn.Sequential:
        return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))

    return nn.Sequential(nn.Sequential(block(), block()), nn.ReLU(), nn.Linear(4, 2))


def test_groups_go_from_input_to_head() -> None:
    found = [name for name, _ in depth_groups(CNN(widths=(4, 4)).build(ImageShape(1, 16, 16), 2))]
    assert found == ["stages.0.0", "stages.0.1", "stages.1.1", "stages.1.2", "output"]
    assert depth_groups(ResNet(widths=(4, 4)).build(ImageShape(1, 16, 16), 2))[-1][0] == "output"


def test_every_parameter_belongs_to_one_group() -> None:
    built = ResNet(widths=(4, 8)).build(ImageShape(1, 16, 16), 2)
    grouped = [id(p) for _, module in depth_groups(built) for p in module.parameters()]
    assert sorted(grouped) == sorted(id(p) for p in built.parameters())


def test_gradual_thaws_from_the_head_down() -> None:
    twin = network()
    freezing = Freezing.of(twin, "gradual")
    resting = [freezing.apply(progress / 20) for progress in range(21)]
    assert resting[0] == len(freezing.groups)
    assert resting[-1] == 0
    assert resting == sorted(resting, reverse=True)
    freezing.apply(0.3)
    trainable = [p.requires_grad for p in twin.parameters()]
    assert trainable == sorted(trainable)


@pytest.mark.parametrize(("freeze", "free"), [("none", True), ("body", False)])
def test_all_or_nothing(freeze: str, free: bool) -> None:
    twin = network()
    freezing = Freezing.of(twin, freeze)
    freezing.apply(0.99)
    assert all(p.requires_grad is free for p in twin[0].parameters())
    assert all(p.requires_grad for p in twin[2].parameters())
    freezing.release()
    assert all(p.requires_grad for p in twin.parameters())


def test_the_averages_of_a_resting_layer_stay() -> None:
    twin = network()
    freezing = Freezing.of(twin, "gradual")
    for progress, moved in ((0.0, False), (0.9, True)):
        twin.train()
        freezing.apply(progress)
        before = twin[0][0][1].running_mean.clone()
        twin(torch.randn(20, 4) + 5)
        assert torch.equal(twin[0][0][1].running_mean, before) is not moved


def test_rates_name_layers_of_the_network() -> None:
    twin = network()
    rates = rates_by_depth(twin)
    assert list(rates.values()) == sorted(rates.values())
    groups = parameter_groups(twin, rates)
    assert sum(len(group.parameters) for group in groups) == len(list(twin.parameters()))
    assert {group.rate_factor for group in groups} >= {1.0, *rates.values()}
