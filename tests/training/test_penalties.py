"""Penalties against formulas by hand, autograd and weight decay."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from netwright import parts
from netwright.errors import RecipeError
from netwright.training.optimizers import SGD, parameter_groups
from netwright.training.penalties import L1, L2, ElasticNet, Penalty

EVERY = [L1(0.3), L2(0.2), ElasticNet(0.5, ratio=0.25)]


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = (nn.Linear(3, 4), nn.LayerNorm((2, 4)), nn.Linear(4, 2), nn.Embedding(5, 2))
    return nn.Sequential(*layers).double()


def weights(network: nn.Sequential) -> tuple[Tensor, Tensor]:
    return network.get_parameter("0.weight"), network.get_parameter("2.weight")


def test_values_by_hand_over_weights_only(network: nn.Sequential) -> None:
    absolute = sum(float(weight.detach().abs().sum()) for weight in weights(network))
    squared = sum(float(weight.detach().square().sum()) for weight in weights(network))
    assert float(L1(0.3).value(network).detach()) == pytest.approx(0.3 * absolute)
    assert float(L2(0.2).value(network).detach()) == pytest.approx(0.2 * squared)
    expected = 0.5 * (0.25 * absolute + 0.75 * squared)
    assert float(ElasticNet(0.5, ratio=0.25).value(network).detach()) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("penalty", "gradient"),
    [
        (L1(0.3), lambda w: 0.3 * w.sign()),
        (L2(0.2), lambda w: 0.4 * w),
        (ElasticNet(0.5, ratio=0.25), lambda w: 0.125 * w.sign() + 0.75 * w),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_gradients(penalty: Penalty, gradient: Callable[[Tensor], Tensor], network: nn.Sequential) -> None:
    with torch.no_grad():
        weights(network)[0][0, 0] = 0.0
    penalty.value(network).backward()
    for name, parameter in network.named_parameters():
        if name in ("0.weight", "2.weight"):
            assert parameter.grad is not None
            torch.testing.assert_close(parameter.grad, gradient(parameter.detach()))
        else:
            assert parameter.grad is None, f"{name} goes free"


@pytest.mark.parametrize("penalty", EVERY, ids=repr)
def test_gradients_equal_differences(penalty: Penalty) -> None:
    weight = torch.randn(3, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(penalty.of, weight.requires_grad_())


def test_l2_is_weight_decay_of_twice_its_strength_under_plain_sgd(network: nn.Sequential) -> None:
    decayed = copy.deepcopy(network)
    penalised = SGD(learning_rate=0.1).build(parameter_groups(network))
    L2(0.05).value(network).backward()
    penalised.step()
    for parameter in decayed.parameters():
        parameter.grad = torch.zeros_like(parameter)
    SGD(learning_rate=0.1, weight_decay=0.1).build(parameter_groups(decayed)).step()
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter, decayed.get_parameter(name))


def test_a_shared_weight_is_paid_for_once() -> None:
    layer = nn.Linear(2, 2)
    assert float(L2(1.0).value(nn.Sequential(layer, layer)).detach()) == pytest.approx(
        float(layer.weight.detach().square().sum())
    )


def test_a_network_without_weights_costs_nothing() -> None:
    assert float(L1(1.0).value(nn.ReLU())) == 0.0


def test_penalties_are_parts() -> None:
    assert set(parts.parts_of("penalty")) == {penalty.kind for penalty in EVERY}
    for penalty in EVERY:
        assert parts.parse_part(Penalty, penalty.to_plain()) == penalty
        assert penalty.equation.startswith("R = ")
    with pytest.raises(RecipeError, match="strength: expected a number greater than or equal to 0"):
        L1(-1.0)
    with pytest.raises(RecipeError, match="ratio: expected a number less than or equal to 1"):
        ElasticNet(0.1, ratio=1.5)
