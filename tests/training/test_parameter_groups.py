"""Which parameters decay, which are hidden matrices, and that each appears once."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import Parameter

from netwright.errors import RecipeError
from netwright.training.optimizers import AdamW, parameter_groups


def names(network: nn.Module) -> dict[str, set[str]]:
    """Return the names of the parameters of each group."""
    known = {id(parameter): name for name, parameter in network.named_parameters()}
    return {
        group.name: {known[id(parameter)] for parameter in group.parameters}
        for group in parameter_groups(network)
    }


class Members(nn.Module):
    """Several networks side by side: every tensor has an axis for the member."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = Parameter(torch.ones(4, 3))
        self.weight = Parameter(torch.ones(4, 3, 2))
        self.bias = Parameter(torch.zeros(4, 2))


def test_weights_decay_and_the_rest_does_not() -> None:
    network = nn.Sequential(
        nn.Embedding(10, 5),
        nn.Linear(5, 8),
        nn.BatchNorm1d(8),
        nn.PReLU(),
        nn.Linear(8, 8),
        nn.LayerNorm((8,)),
        nn.Linear(8, 2),
    )
    assert names(network) == {
        "hidden matrices": {"4.weight"},
        "weights": {"1.weight", "6.weight"},
        "no decay": {
            *("0.weight", "1.bias", "2.weight", "2.bias", "3.weight"),
            *("4.bias", "5.weight", "5.bias", "6.bias"),
        },
    }
    decays = {group.name: group.decay for group in parameter_groups(network)}
    assert decays == {"hidden matrices": True, "weights": True, "no decay": False}


def test_normalisation_over_two_axes_does_not_decay() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm((3, 4)))
    assert "1.weight" in names(network)["no decay"]


def test_members_keep_biases_and_scales_free() -> None:
    assert names(Members()) == {"weights": {"weight"}, "no decay": {"scale", "bias"}}


def test_convolution_kernels_are_hidden_matrices() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3), nn.Flatten(), nn.Linear(4, 2))
    assert names(network)["hidden matrices"] == {"1.weight"}


def test_shared_weights_appear_once_and_frozen_ones_not_at_all() -> None:
    layer = nn.Linear(3, 3)
    network = nn.Sequential(nn.Linear(3, 3), layer, layer, nn.Linear(3, 1))
    network[0].weight.requires_grad_(False)
    grouped = [parameter for group in parameter_groups(network) for parameter in group.parameters]
    expected = [parameter for parameter in network.parameters() if parameter.requires_grad]
    assert len(grouped) == len({id(parameter) for parameter in grouped})
    assert {id(parameter) for parameter in grouped} == {id(parameter) for parameter in expected}


def test_layers_can_have_learning_rates_of_their_own() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1))
    rates = AdamW(learning_rate=0.01, layer_rates={"*.bias": 0.5, "0": 0.1}).layer_rates
    groups = parameter_groups(network, rates)
    factors = {
        name: group.rate_factor
        for name, parameter in network.named_parameters()
        for group in groups
        if any(parameter is member for member in group.parameters)
    }
    assert factors == {
        **{"0.weight": 0.1, "0.bias": 0.1},
        **{"1.weight": 1.0, "1.bias": 0.5, "2.weight": 1.0, "2.bias": 0.5},
    }
    built = AdamW(learning_rate=0.01).build(groups)
    assert sorted({group["lr"] for group in built.param_groups}) == pytest.approx([0.001, 0.005, 0.01])
    assert groups[1].name == "weights, rate × 0.1"


def test_a_layer_rate_for_a_layer_that_is_not_there() -> None:
    network = nn.ModuleDict({"first": nn.Linear(3, 4), "last": nn.Linear(4, 1)})
    with pytest.raises(RecipeError, match=r"no layer or parameter is named 'frist'\. Did you mean 'first'"):
        parameter_groups(network, {"frist": 0.1})
    with pytest.raises(RecipeError, match="greater than or equal to 0"):
        AdamW(layer_rates={"first": -1.0})


def test_a_network_without_parameters_has_no_groups() -> None:
    assert parameter_groups(nn.ReLU()) == []
