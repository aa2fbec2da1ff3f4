"""Where numbers stopped being finite."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from netwright.clinic.breakdown import locate
from netwright.clinic.probe import Lens
from netwright.clinic.rows import rows_of
from netwright.clinic.wiring_subject import Call


class Log(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x)


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def bad_weight(network: nn.Module) -> None:
    network[2].weight.data[0, 0] = float("inf")  # type: ignore[index]


def bad_gradient(network: nn.Module) -> None:
    for layer in (network[0], network[2]):  # type: ignore[index]
        layer.weight.grad = torch.zeros_like(layer.weight)
    network[0].weight.grad[0, 0] = float("nan")  # type: ignore[index]


@pytest.mark.parametrize(
    ("spoil", "layer", "what"), [(bad_weight, "2", "weight"), (bad_gradient, "0", "gradient")]
)
def test_weights_and_gradients(spoil: Callable[[nn.Module], None], layer: str, what: str) -> None:
    network = model()
    spoil(network)
    found = locate(Lens(network), rows_of(Call((torch.ones(5, 3),))), 9)
    assert (found.step, found.layer, found.what) == (9, layer, what)


def test_inputs_and_targets() -> None:
    inputs, target = torch.ones(5, 3), torch.ones(5)
    inputs[2, 1] = float("nan")
    assert locate(Lens(model()), rows_of(Call((inputs,)), target), 1).what == "input"
    target[0] = float("inf")
    assert locate(Lens(model()), rows_of(Call((torch.ones(5, 3),)), target), 1).what == "target"


def test_the_first_layer_whose_output_breaks() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), Log(), nn.Linear(4, 2))
    nn.init.constant_(network[0].bias, -10.0)
    found = locate(Lens(network), rows_of(Call((torch.ones(5, 3),))), 4)
    assert (found.layer, found.what) == ("2", "output")


def test_only_the_loss() -> None:
    found = locate(Lens(model()), None, 3)
    assert (found.layer, found.what) == ("", "loss")
