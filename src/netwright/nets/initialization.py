"""The weights before training: schemes by their textbook names, for dense and convolutional layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.errors import RecipeError, did_you_mean
from netwright.nets.activations import find_activation
from netwright.nets.members import MemberLinear

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
_LAYERS = (nn.Linear, MemberLinear, *_CONVOLUTIONS, *_TRANSPOSED)
_SAMPLE_ROWS = 2048

Fill = Callable[[Tensor, float, torch.Generator | None], object]


@dataclass(frozen=True)
class Initialization:
    """One scheme, as a catalogue shows it.

    Attributes:
        name: its name in recipes.
        equation: how a weight is drawn; g is the gain of the activation before the layer.
        summary: when to use it.
        fill: overwrites a weight (outputs, inputs, ...) given the gain and a generator.
    """

    name: str
    equation: str
    summary: str
    fill: Fill


_ALL = (
    Initialization(
        "uniform",
        "U(-1, 1)",
        "The naive choice: explodes with width and depth.",
        lambda w, gain, g: nn.init.uniform_(w, -1, 1, generator=g),
    ),
    Initialization(
        "normal",
        "N(0, 0.01^2)",
        "Small random numbers, as in AlexNet: vanishes with depth.",
        lambda w, gain, g: nn.init.normal_(w, 0, 0.01, generator=g),
    ),
    Initialization(
        "xavier_uniform",
        "U(-r, r), r = g sqrt(6 / (inputs + outputs))",
        "Keeps the variance forward and backward alike (Glorot and Bengio 2010): sigmoid and tanh.",
        lambda w, gain, g: nn.init.xavier_uniform_(w, gain, generator=g),
    ),
    Initialization(
        "xavier_normal",
        "N(0, 2 g^2 / (inputs + outputs))",
        "Xavier from a normal distribution.",
        lambda w, gain, g: nn.init.xavier_normal_(w, gain, generator=g),
    ),
    Initialization(
        "kaiming_uniform",
        "U(-r, r), r = g sqrt(3 / inputs)",
        "Keeps the variance forward (He et al. 2015): ReLU and its relatives.",
        lambda w, gain, g: _fill_uniform(w, gain * math.sqrt(3 / _fan_in(w)), g),
    ),
    Initialization(
        "kaiming",
        "N(0, g^2 / inputs)",
        "Kaiming from a normal distribution.",
        lambda w, gain, g: nn.init.normal_(w, 0, gain / math.sqrt(_fan_in(w)), generator=g),
    ),
    Initialization(
        "lecun",
        "N(0, 1 / inputs)",
        "Kaiming with gain 1 (LeCun et al. 1998): for SELU.",
        lambda w, gain, g: nn.init.normal_(w, 0, 1 / math.sqrt(_fan_in(w)), generator=g),
    ),
    Initialization(
        "pytorch",
        "U(-1 / sqrt(inputs), 1 / sqrt(inputs))",
        "PyTorch's own default: starts small, which suits shallow networks on tables; vanishes with depth.",
        lambda w, gain, g: _fill_uniform(w, 1 / math.sqrt(_fan_in(w)), g),
    ),
    Initialization(
        "orthogonal",
        "g Q, Q with orthonormal rows or columns",
        "Keeps lengths exactly (Saxe et al. 2014): very deep and recurrent networks.",
        lambda w, gain, g: nn.init.orthogonal_(w, gain, generator=g),
    ),
    Initialization(
        "data_dependent",
        "W / std(W x) over sample rows x, layer by layer, W orthogonal",
        "Unit variance measured instead of computed (Mishkin and Matas 2016): any mix of layers.",
        lambda w, gain, g: nn.init.orthogonal_(w, gain, generator=g),
    ),
)

INITIALIZATIONS: dict[str, Initialization] = {entry.name: entry for entry in _ALL}


def find_initialization(name: str) -> Initialization:
    """Return the catalogue entry of a scheme.

    Raises:
        RecipeError: for an unknown name, with the nearest known one.
    """
    if name not in INITIALIZATIONS:
        raise RecipeError(
            f"Unknown initialization {name!r}. {did_you_mean(name, ['auto', *INITIALIZATIONS])}"
        )
    return INITIALIZATIONS[name]


def resolve_initialization(name: str, activation: str) -> str:
    """Return the scheme's name, or for "auto" the one that fits the activation.

    >>> resolve_initialization("auto", "relu")
    'kaiming_uniform'
    """
    return find_activation(activation).initialization if name == "auto" else find_initialization(name).name


@torch.no_grad()
def initialize(
    module: nn.Module,
    scheme: str = "auto",
    *,
    activation: str = "relu",
    sample: tuple[Tensor, ...] = (),
    zero_output: bool = False,
    output_bias: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> None:
    """Draw the weights of every dense and convolutional layer of a module anew.

    The gain makes up for what an activation takes from the variance, so the first layer, which reads
    features, has gain 1. So has the last one, the output, and its bias is 0, to start near the best constant.
    Other biases are drawn from U(-1/sqrt(inputs), 1/sqrt(inputs)), so that the kinks of a ReLU layer lie
    at different places even when it has a single input; scheme "uniform" draws them as it draws weights.

    Args:
        module: its layers are changed in place.
        scheme: a name from `INITIALIZATIONS`, or "auto" for the one that fits the activation.
        activation: the activation between the layers; gives the gain.
        sample: what to call the module with, for "data_dependent"; its first 2048 rows are used.
        zero_output: whether the last layer's weights become 0, so that training starts from the bias.
        output_bias: a bias to leave as it is.
        generator: source of the numbers; PyTorch's global one when left out.

    Raises:
        RecipeError: for an unknown scheme or activation, or "data_dependent" without sample rows.
    """
    entry = find_initialization(resolve_initialization(scheme, activation))
    if any(parameter.is_meta for parameter in module.parameters()):
        return  # only shapes, no values to draw
    gain = find_activation(activation).gain
    layers = [layer for layer in module.modules() if isinstance(layer, _LAYERS)]
    for layer in layers:
        last = layer is layers[-1]
        for matrix in _matrices(layer):
            entry.fill(matrix, 1.0 if last or layer is layers[0] else gain, generator)
        if layer.bias is not None and layer.bias is not output_bias:
            bound = 0.0 if last else 1 / math.sqrt(_fan_in(next(_matrices(layer))))
            bound = 1.0 if entry.name == "uniform" else bound
            _fill_uniform(layer.bias, bound, generator)
    if entry.name == "data_dependent":
        scale_to_unit_variance(module, sample, output_bias)
    if zero_output and layers:
        layers[-1].weight.zero_()


@torch.no_grad()
def scale_to_unit_variance(
    module: nn.Module, sample: tuple[Tensor, ...], output_bias: Tensor | None = None
) -> None:
    """Divide every layer's weights so that its outputs have variance 1 over the sample, first layer first.

    One forward pass does it (LSUV, Mishkin and Matas 2016): each layer is rescaled when it is reached, and
    the next one already sees the rescaled values. A layer whose outputs are constant stays as it is.

    Args:
        module: its dense and convolutional layers are changed in place.
        sample: what to call the module with; the first 2048 rows are used.
        output_bias: a bias to leave as it is.

    Raises:
        RecipeError: without sample rows.
    """
    if not sample or len(sample[0]) < 2:
        raise RecipeError(
            "Data-dependent initialisation measures outputs on sample rows: give at least 2 of them."
        )
    reached: set[nn.Module] = set()

    def rescale(layer: Any, inputs: Any, output: Tensor) -> Tensor | None:
        deviation = output.std()
        if layer in reached or not deviation > 0:
            return None
        reached.add(layer)
        layer.weight.div_(deviation)
        if layer.bias is not None and layer.bias is not output_bias:
            layer.bias.div_(deviation)
        return layer.forward(*inputs)  # type: ignore[no-any-return]

    hooks = [layer.register_forward_hook(rescale) for layer in module.modules() if isinstance(layer, _LAYERS)]
    modes = {part: part.training for part in module.modules()}
    try:
        module.eval()
        module(*(rows[:_SAMPLE_ROWS] for rows in sample))
    finally:
        for hook in hooks:
            hook.remove()
        for part, training in modes.items():
            part.training = training


def _matrices(layer: nn.Module) -> Iterator[Tensor]:
    """Yield a layer's weights as (outputs, inputs, ...), one for every member of an ensemble."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    if isinstance(layer, MemberLinear):
        yield from weight
    else:
        yield weight.transpose(0, 1) if isinstance(layer, _TRANSPOSED) else weight


def _fill_uniform(weight: Tensor, bound: float, generator: torch.Generator | None) -> None:
    nn.init.uniform_(weight, -bound, bound, generator=generator)


def _fan_in(weight: Tensor) -> int:
    return max(1, math.prod(weight.shape[1:]))
