import math

import pytest
import torch
from torch import nn

from netwright.errors import RecipeError
from netwright.nets.activations import ACTIVATIONS, find_activation, make_activation
from netwright.nets.initialization import INITIALIZATIONS

FORMULAS = {
    "relu": lambda z: z.clamp_min(0),
    "leaky_relu": lambda z: torch.where(z > 0, z, 0.01 * z),
    "prelu": lambda z: torch.where(z > 0, z, 0.25 * z),
    "elu": lambda z: torch.where(z > 0, z, z.exp() - 1),
    "selu": lambda z: torch.where(z > 0, 1.0507009873554805 * z, 1.7580993408473766 * (z.exp() - 1)),
    "gelu": lambda z: z * 0.5 * (1 + torch.erf(z / math.sqrt(2))),
    "silu": lambda z: z / (1 + (-z).exp()),
    "mish": lambda z: z * torch.tanh(torch.log1p(z.exp())),
    "softplus": lambda z: torch.log1p(z.exp()),
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "tanh": lambda z: (z.exp() - (-z).exp()) / (z.exp() + (-z).exp()),
    "step": lambda z: (z >= 0).double(),
    "identity": lambda z: z,
}


def normal_distribution(z: torch.Tensor) -> torch.Tensor:
    return 0.5 * (1 + torch.erf(z / math.sqrt(2)))


def logistic(z: torch.Tensor) -> torch.Tensor:
    return 1 / (1 + (-z).exp())


DERIVATIVES = {
    "relu": lambda z: (z > 0).double(),
    "leaky_relu": lambda z: torch.where(z > 0, 1.0, 0.01),
    "prelu": lambda z: torch.where(z > 0, 1.0, 0.25),
    "elu": lambda z: torch.where(z > 0, 1.0, z.exp()),
    "selu": lambda z: torch.where(z > 0, 1.0507009873554805, 1.7580993408473766 * z.exp()),
    "gelu": lambda z: normal_distribution(z) + z * (-z * z / 2).exp() / math.sqrt(2 * math.pi),
    "silu": lambda z: logistic(z) * (1 + z * (1 - logistic(z))),
    "mish": lambda z: (
        torch.tanh(torch.log1p(z.exp())) + z * (1 - torch.tanh(torch.log1p(z.exp())) ** 2) * logistic(z)
    ),
    "softplus": logistic,
    "sigmoid": lambda z: logistic(z) * (1 - logistic(z)),
    "tanh": lambda z: 1 - torch.tanh(z) ** 2,
    "step": lambda z: (z.abs() <= 1).double(),
    "identity": torch.ones_like,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_derivative_are_those_of_the_equation(name: str) -> None:
    z = torch.linspace(-4, 4, 82, dtype=torch.float64).requires_grad_()
    output = make_activation(name).double()(z)
    torch.testing.assert_close(output, FORMULAS[name](z), rtol=1e-7, atol=1e-12)
    (slope,) = torch.autograd.grad(output.sum(), z)
    torch.testing.assert_close(slope, DERIVATIVES[name](z.detach()), rtol=1e-7, atol=1e-12, check_dtype=False)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gain_keeps_the_second_moment_of_a_normal_pre_activation(name: str) -> None:
    z = torch.linspace(-12, 12, 240_001, dtype=torch.float64)
    density = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    squares = make_activation(name).double()(z).detach() ** 2
    assert ACTIVATIONS[name].gain == pytest.approx(
        float(torch.trapezoid(squares * density, z)) ** -0.5, abs=1e-4
    )


def test_every_entry_is_complete() -> None:
    for name, entry in ACTIVATIONS.items():
        assert entry.name == name
        assert entry.equation
        assert entry.derivative
        assert entry.summary.endswith(".") or ":" in entry.summary
        assert entry.initialization in INITIALIZATIONS


def test_every_call_makes_a_fresh_module() -> None:
    first, second = make_activation("prelu"), make_activation("prelu")
    assert isinstance(first, nn.PReLU)
    assert first.weight is not second.weight


def test_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(RecipeError, match=r"Unknown activation 'leakyrelu'. Did you mean 'leaky_relu'"):
        find_activation("leakyrelu")
