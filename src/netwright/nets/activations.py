"""Activations by their textbook names: equation, derivative, gain, and the initialisation that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator
from torch import Tensor, nn

from netwright.errors import RecipeError, did_you_mean


@dataclass(frozen=True)
class Activation:
    """One activation function, as a catalogue shows it.

    Attributes:
        name: its name in recipes.
        equation: f(z).
        derivative: f'(z).
        summary: when to use it, in one sentence.
        gain: 1 / sqrt(E[f(z)^2]) for z ~ N(0, 1): weights of variance gain^2 / fan_in keep the variance
            of the pre-activations from layer to layer.
        initialization: the initialisation that a network with this activation gets by default.
        make: returns a fresh module.
    """

    name: str
    equation: str
    derivative: str
    summary: str
    gain: float
    initialization: str
    make: Callable[[], nn.Module]


class Step(nn.Module):
    """The unit step of the first perceptrons, trained with a straight-through gradient.

    The true derivative is 0 wherever it exists, so nothing would be learnt. Backward passes use
    1 for |z| <= 1 and 0 elsewhere instead (Hubara et al. 2016, "Binarized Neural Networks").

    >>> import torch
    >>> Step()(torch.tensor([-0.5, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """

    def forward(self, z: Tensor) -> Tensor:
        """Return 1 where z >= 0, else 0."""
        hard = (z >= 0).to(z.dtype)
        surrogate = z.clamp(-1, 1)
        return hard + (surrogate - surrogate.detach())


_ALL = (
    Activation(
        "relu",
        "max(0, z)",
        "1 if z > 0 else 0",
        "The default: cheap, does not saturate for z > 0; units can die.",
        1.4142,
        "kaiming_uniform",
        nn.ReLU,
    ),
    Activation(
        "leaky_relu",
        "z if z > 0 else 0.01 z",
        "1 if z > 0 else 0.01",
        "ReLU whose units cannot die, since a little gradient always passes.",
        1.4141,
        "kaiming_uniform",
        nn.LeakyReLU,
    ),
    Activation(
        "prelu",
        "z if z > 0 else a z, a learnt, 0.25 at first",
        "1 if z > 0 else a",
        "Leaky ReLU that learns its slope (He et al. 2015).",
        1.3720,
        "kaiming_uniform",
        nn.PReLU,
    ),
    Activation(
        "elu",
        "z if z > 0 else exp(z) - 1",
        "1 if z > 0 else exp(z)",
        "Smooth below zero, outputs nearer to mean zero than ReLU's (Clevert et al. 2016).",
        1.2452,
        "kaiming_uniform",
        nn.ELU,
    ),
    Activation(
        "selu",
        "1.0507 z if z > 0 else 1.7581 (exp(z) - 1)",
        "1.0507 if z > 0 else 1.7581 exp(z)",
        "Keeps mean 0 and variance 1 by itself in deep plain stacks (Klambauer et al. 2017).",
        1.0,
        "lecun",
        nn.SELU,
    ),
    Activation(
        "gelu",
        "z Phi(z), Phi the normal distribution function",
        "Phi(z) + z phi(z)",
        "Smooth ReLU of transformers (Hendrycks and Gimpel 2016).",
        1.5335,
        "kaiming_uniform",
        nn.GELU,
    ),
    Activation(
        "silu",
        "z s(z), s the sigmoid",
        "s(z) (1 + z (1 - s(z)))",
        "Smooth ReLU, also called swish; strong in deep and tabular networks.",
        1.6765,
        "kaiming_uniform",
        nn.SiLU,
    ),
    Activation(
        "mish",
        "z tanh(ln(1 + exp(z)))",
        "tanh(u) + z (1 - tanh(u)^2) s(z), u = ln(1 + exp(z))",
        "Close to SiLU, dearer (Misra 2019).",
        1.4868,
        "kaiming_uniform",
        nn.Mish,
    ),
    Activation(
        "softplus",
        "ln(1 + exp(z))",
        "s(z), the sigmoid",
        "A smooth ReLU that is always above zero: for outputs that must be positive.",
        1.0419,
        "kaiming_uniform",
        nn.Softplus,
    ),
    Activation(
        "sigmoid",
        "1 / (1 + exp(-z))",
        "s(z) (1 - s(z)), at most 1/4",
        "A probability; in hidden layers its gradient vanishes with depth.",
        1.8462,
        "xavier_uniform",
        nn.Sigmoid,
    ),
    Activation(
        "tanh",
        "(exp(z) - exp(-z)) / (exp(z) + exp(-z))",
        "1 - tanh(z)^2",
        "Sigmoid centred on zero: for shallow and recurrent networks.",
        1.5925,
        "xavier_uniform",
        nn.Tanh,
    ),
    Activation(
        "step",
        "1 if z >= 0 else 0",
        "0; when training 1 if |z| <= 1 else 0 (straight-through)",
        "The perceptron of 1958, for teaching and for binary units.",
        1.4142,
        "xavier_uniform",
        Step,
    ),
    Activation(
        "identity",
        "z",
        "1",
        "No activation: layers in a row amount to a linear model.",
        1.0,
        "xavier_uniform",
        nn.Identity,
    ),
)

ACTIVATIONS: dict[str, Activation] = {entry.name: entry for entry in _ALL}


def find_activation(name: str) -> Activation:
    """Return the catalogue entry of an activation.

    Raises:
        RecipeError: for an unknown name, with the nearest known one.

    >>> find_activation("relu").equation
    'max(0, z)'
    """
    if name not in ACTIVATIONS:
        raise RecipeError(f"Unknown activation {name!r}. {did_you_mean(name, list(ACTIVATIONS))}")
    return ACTIVATIONS[name]


ActivationName = Annotated[str, AfterValidator(lambda name: find_activation(name).name)]
"""A setting that names an activation."""


def make_activation(name: str) -> nn.Module:
    """Return a fresh activation module, see `find_activation`."""
    return find_activation(name).make()
