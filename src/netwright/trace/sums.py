"""z = w · x + b for one unit of each kind of layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.errors import UserError
from netwright.nets.members import MemberLinear
from netwright.trace.chain_rule import pull_back
from netwright.trace.layers import CONVOLUTIONS
from netwright.trace.statistics import statistics_of
from netwright.trace.tape import Step
from netwright.trace.units import Place, at, rows_first, select

Values = dict[int, Tensor]


@dataclass(frozen=True)
class WeightedSum:
    """What a unit computes: the sum of weights times inputs, plus the bias.

    Attributes:
        weights: (inputs,), or (rows, positions ..., inputs) where every row has its own.
        bias: a number, or (rows, positions ...) where every row has its own.
        inputs: (rows, positions ..., inputs).
        names: a name for every input; "#" stands for the layer that the inputs come from.
        equation: how it is written.
    """

    weights: Tensor
    bias: Tensor
    inputs: Tensor
    names: tuple[str, ...]
    equation: str = "z = w · x + b"


def weighted_sum(step: Step, kind: str, values: Values, place: Place) -> WeightedSum:
    """Return the weights, bias and inputs of one unit.

    Args:
        step: the layer's first step.
        kind: of the layer.
        values: by number.
        place: which unit.
    """
    if kind == "dense":
        return _dense(step, values, place)
    if kind == "convolution":
        return _convolution(step, values, place)
    if kind == "normalisation":
        return _normalization(step, values, place)
    if kind == "activation":
        read = select(step, values[step.reads[0]], place).unsqueeze(-1)
        return WeightedSum(torch.ones(1), torch.zeros(()), read, (f"#[{place.unit}]",), "z = x")
    return linearized(step, values, place)


def linearized(step: Step, values: Values, place: Place) -> WeightedSum:
    """Return the straight line that a layer of any kind follows near these rows.

    Raises:
        UserError: when the unit has several positions and none is given.
    """
    made = rows_first(step, values[step.makes[0]])
    chosen = select(step, made, place)
    if chosen.dim() != 1:
        raise UserError(
            f"trace: {step.name} has positions of sizes {tuple(chosen.shape[1:])}. Give position=(...)."
        )
    wanted = torch.zeros_like(made)
    select(step, wanted, place).fill_(1.0)
    wanted = rows_first(step, wanted)  # turns the axes back
    slopes = pull_back(step, values, {step.makes[0]: wanted}).values
    reads = {number: rows_first(step, values[number]) for number in slopes}
    flat = [value.flatten(1) for value in reads.values()] or [torch.zeros(len(chosen), 0)]
    weights = [rows_first(step, slopes[number]).flatten(1) for number in reads] or [
        torch.zeros(len(chosen), 0)
    ]
    inputs, slope = torch.cat(flat, dim=1), torch.cat(weights, dim=1)
    names = tuple(f"#[{index}]" for index in range(inputs.shape[1]))
    bias = chosen - (inputs * slope).sum(-1)
    return WeightedSum(slope, bias, inputs, names, "z = w · x + b, the tangent at these inputs")


def _dense(step: Step, values: Values, place: Place) -> WeightedSum:
    assert isinstance(step.module, (nn.Linear, MemberLinear))
    weight, bias = step.module.weight, step.module.bias
    inputs = at(values[step.reads[0]], place.position)
    if isinstance(step.module, MemberLinear):
        members = place.position[0] if place.position else slice(None)
        chosen, shift = weight[members, place.unit], bias[members, place.unit]
    else:
        chosen = weight[place.unit]
        shift = torch.zeros(()) if bias is None else bias[place.unit]
    return WeightedSum(chosen, shift, inputs, tuple(f"#[{index}]" for index in range(inputs.shape[-1])))


def _convolution(step: Step, values: Values, place: Place) -> WeightedSum:
    """Take the patch under the kernel as the inputs."""
    module = step.module
    assert isinstance(module, CONVOLUTIONS)
    image = values[step.reads[0]]
    mode = "constant" if module.padding_mode == "zeros" else module.padding_mode
    padded = functional.pad(image, module._reversed_padding_repeated_twice, mode=mode)
    group = place.unit * module.groups // module.out_channels
    channels = module.in_channels // module.groups
    patches = padded[:, group * channels : (group + 1) * channels]
    for axis, size in enumerate(module.kernel_size):
        reach = module.dilation[axis] * (size - 1) + 1
        patches = patches.unfold(axis + 2, reach, module.stride[axis])[..., :: module.dilation[axis]]
    patches = patches.movedim(1, len(module.kernel_size) + 1).flatten(len(module.kernel_size) + 1)
    kernel = module.weight[place.unit]
    bias = torch.zeros(()) if module.bias is None else module.bias[place.unit]
    names = tuple(
        f"#[{group * channels + offset[0]}] at {tuple(offset[1:])}"
        for offset in torch.ones_like(kernel).nonzero().tolist()
    )
    equation = "z = w · (patch under the kernel) + b"
    return WeightedSum(kernel.flatten(), bias, at(patches, place.position), names, equation)


def _normalization(step: Step, values: Values, place: Place) -> WeightedSum:
    found = statistics_of(step, values[step.reads[0]], place)
    slope = found.scale / (found.variance + found.epsilon).sqrt()
    read = select(step, values[step.reads[0]], place)
    equation = "z = scale (x - mean) / sqrt(variance + epsilon) + shift"
    names = (f"#[{place.unit}]",)
    return WeightedSum(
        slope.unsqueeze(-1), found.shift - slope * found.mean, read.unsqueeze(-1), names, equation
    )
