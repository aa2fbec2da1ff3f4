import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from netwright.errors import RecipeError
from netwright.nets.activations import ACTIVATIONS, make_activation
from netwright.nets.initialization import (
    INITIALIZATIONS,
    initialize,
    resolve_initialization,
    scale_to_unit_variance,
)
from netwright.nets.members import MemberLinear

DEPTH, WIDTH = 30, 128


def stack(activation: str) -> nn.Sequential:
    layers = [nn.Sequential(nn.Linear(WIDTH, WIDTH), make_activation(activation)) for _ in range(DEPTH)]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 10))


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def amid(layer: nn.Module) -> nn.Sequential:
    """Return a module in which a layer is neither the first nor the last."""
    return nn.Sequential(nn.Linear(1, 1), layer, nn.Linear(1, 1))


def pre_activation_deviations(scheme: str, activation: str) -> list[float]:
    """Return the standard deviation before the activation of each of 30 layers."""
    network, rows = stack(activation), torch.randn(256, WIDTH, generator=generator())
    initialize(network, scheme, activation=activation, sample=(rows,), generator=generator())
    deviations = []
    with torch.no_grad():
        for layer in network[:-1]:
            hidden = layer[0](rows)
            deviations.append(float(hidden.std()))
            rows = layer[1](hidden)
    return deviations


@pytest.mark.parametrize("scheme", ["kaiming", "kaiming_uniform", "orthogonal"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu"])
def test_gain_schemes_keep_the_variance_through_30_rectified_layers(scheme: str, activation: str) -> None:
    deviations = pre_activation_deviations(scheme, activation)
    assert all(0.4 < deviation < 2.5 for deviation in deviations), deviations


@pytest.mark.parametrize("scheme", ["xavier_uniform", "xavier_normal"])
def test_xavier_keeps_the_variance_of_tanh(scheme: str) -> None:
    deviations = pre_activation_deviations(scheme, "tanh")
    assert all(0.7 < deviation < 1.4 for deviation in deviations), deviations


def test_lecun_keeps_the_variance_of_selu_and_loses_that_of_relu() -> None:
    assert all(0.7 < deviation < 1.4 for deviation in pre_activation_deviations("lecun", "selu"))
    fading = pre_activation_deviations("lecun", "relu")
    assert fading[-1] < 0.1 * fading[0]


def test_naive_schemes_explode_and_vanish() -> None:
    exploding = pre_activation_deviations("uniform", "relu")
    assert exploding[-1] > 1e12
    assert all(later > 2 * earlier for earlier, later in pairwise(exploding))
    vanishing = pre_activation_deviations("normal", "relu")
    assert vanishing[1] < 0.2


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_data_dependent_gives_unit_variance_whatever_the_activation(activation: str) -> None:
    for deviation in pre_activation_deviations("data_dependent", activation):
        assert deviation == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("scheme", "variance", "bound"),
    [
        ("uniform", 1 / 3, 1),
        ("normal", 1e-4, None),
        ("xavier_uniform", 2 * 2 / (200 + 300), math.sqrt(2) * math.sqrt(6 / (200 + 300))),
        ("xavier_normal", 2 * 2 / (200 + 300), None),
        ("kaiming_uniform", 2 / 200, math.sqrt(2) * math.sqrt(3 / 200)),
        ("kaiming", 2 / 200, None),
        ("lecun", 1 / 200, None),
        ("pytorch", 1 / 600, 1 / math.sqrt(200)),
    ],
)
def test_weights_have_the_variance_and_bounds_of_the_equation(
    scheme: str, variance: float, bound: float | None
) -> None:
    layer = nn.Linear(200, 300)
    initialize(amid(layer), scheme, activation="relu", generator=generator())
    weight = layer.weight.detach()
    assert float(weight.var()) == pytest.approx(variance, rel=0.03)
    assert abs(float(weight.mean())) < 0.05 * math.sqrt(variance)
    if bound is not None:
        assert 0.98 * bound < float(weight.abs().max()) <= bound * 1.0001


def test_orthogonal_rows_times_the_gain() -> None:
    layer = nn.Linear(50, 20)
    initialize(amid(layer), "orthogonal", generator=generator())
    torch.testing.assert_close(layer.weight @ layer.weight.T, 1.4142**2 * torch.eye(20), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Conv1d(8, 64, 5), 40),
        (nn.Conv2d(8, 64, 3), 72),
        (nn.Conv2d(8, 64, 3, groups=2), 36),
        (nn.Conv3d(4, 64, 3), 108),
        (nn.ConvTranspose2d(64, 8, 3), 576),
        (MemberLinear(4, 100, 30), 100),
    ],
)
def test_convolutions_and_members_count_their_inputs(layer: nn.Module, fan_in: int) -> None:
    initialize(amid(layer), "kaiming", activation="relu", generator=generator())
    weight = layer.weight
    assert isinstance(weight, Tensor)
    assert float(weight.detach().var()) == pytest.approx(2 / fan_in, rel=0.1)


def test_biases_are_small_and_spread_and_the_last_is_zero() -> None:
    network = nn.Sequential(nn.Linear(100, 500), nn.ReLU(), nn.Linear(500, 3))
    initialize(network, generator=generator())
    hidden, output = network[0].bias.detach(), network[2]
    assert 0.09 < float(hidden.abs().max()) <= 0.1
    assert len(hidden.unique()) > 400
    assert output.bias.tolist() == [0, 0, 0]


def test_a_given_output_bias_is_left_alone() -> None:
    for scheme in INITIALIZATIONS:
        network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        with torch.no_grad():
            network[2].bias.copy_(torch.tensor([0.3, -1.5]))
        rows = torch.randn(20, 4, generator=generator())
        initialize(network, scheme, sample=(rows,), output_bias=network[2].bias, generator=generator())
        assert network[2].bias.tolist() == pytest.approx([0.3, -1.5])


def test_zero_output_starts_from_the_bias_alone() -> None:
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    initialize(network, zero_output=True, generator=generator())
    assert torch.equal(network(torch.randn(5, 4)), torch.zeros(5, 2))
    assert network[0].weight.abs().min() > 0


def test_the_first_and_the_last_layer_have_gain_one() -> None:
    network = nn.Sequential(
        nn.Linear(300, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 300)
    )
    initialize(network, "kaiming", activation="relu", generator=generator())
    variances = [float(network[place].weight.detach().var()) for place in (0, 2, 4)]
    assert variances == pytest.approx([1 / 300, 2 / 400, 1 / 400], rel=0.03)


def test_pytorch_is_pytorchs_default() -> None:
    torch.manual_seed(0)
    theirs = nn.Linear(400, 500).weight.detach()
    layer = nn.Linear(400, 500)
    initialize(layer, "pytorch", generator=generator())
    ours = layer.weight.detach()
    assert float(ours.abs().max()) == pytest.approx(float(theirs.abs().max()), rel=1e-3)
    assert float(ours.var()) == pytest.approx(float(theirs.var()), rel=0.02)


def test_the_default_follows_the_activation() -> None:
    assert resolve_initialization("auto", "relu") == "kaiming_uniform"
    assert resolve_initialization("auto", "tanh") == "xavier_uniform"
    assert resolve_initialization("auto", "selu") == "lecun"
    assert resolve_initialization("orthogonal", "relu") == "orthogonal"


def test_the_same_generator_gives_the_same_weights() -> None:
    first, second = nn.Linear(5, 4), nn.Linear(5, 4)
    for scheme in INITIALIZATIONS:
        rows = torch.randn(9, 5, generator=generator())
        for network in (first, second):
            initialize(network, scheme, sample=(rows,), generator=generator())
        assert torch.equal(first.weight, second.weight)


def test_data_dependent_leaves_modes_and_hooks_as_they_were() -> None:
    network = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8).eval(), nn.ReLU(), nn.Linear(8, 2))
    average = network[1].running_mean.clone()
    scale_to_unit_variance(network, (torch.randn(50, 4),))
    assert [part.training for part in network.modules()] == [True, True, False, True, True]
    assert torch.equal(network[1].running_mean, average)
    assert not any(part._forward_hooks for part in network.modules())


def test_data_dependent_rescales_a_shared_layer_once() -> None:
    shared = nn.Linear(6, 6)
    network = nn.Sequential(shared, nn.Tanh(), shared)
    rows = torch.randn(200, 6)
    scale_to_unit_variance(network, (rows,))
    assert float(shared(rows).detach().std()) == pytest.approx(1, abs=1e-4)


def test_data_dependent_leaves_a_constant_layer_as_it_is() -> None:
    layer = nn.Linear(3, 1)
    weight = layer.weight.clone()
    scale_to_unit_variance(nn.Sequential(layer), (torch.ones(10, 3),))
    torch.testing.assert_close(layer.weight, weight)


def test_data_dependent_without_rows_is_refused() -> None:
    with pytest.raises(RecipeError, match="sample rows"):
        initialize(nn.Linear(2, 1), "data_dependent")


def test_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'xavier_normal'"):
        initialize(nn.Linear(2, 1), "xavier_norml")


def test_every_entry_is_complete() -> None:
    assert all(entry.equation and entry.summary for entry in INITIALIZATIONS.values())
