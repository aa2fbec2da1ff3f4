"""Parameters side by side in memory: one call of the optimizer where there would be one for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import nn
from torch.nn import Parameter

from netwright.training.optimizers.groups import ParameterGroup


def flatten(groups: Sequence[ParameterGroup]) -> list[ParameterGroup]:
    """Move parameters that an optimizer treats alike into one long vector each time, gradients too.

    The parameters stay what they are, as views of the vector, until `release`. For optimizers that treat
    every number by itself; gradients have to be set to zero, not to None.

    Args:
        groups: the parameters of a network, on one device.

    >>> network = nn.Linear(3, 2)
    >>> (group,) = flatten([ParameterGroup(list(network.parameters()), decay=False, name="all")])
    >>> group.parameters[0].shape, network.weight.grad.shape
    (torch.Size([8]), torch.Size([2, 3]))
    """
    ordered = sorted(groups, key=_kind)
    return [_one_vector(list(alike)) for _, alike in groupby(ordered, key=_kind)]


def release(network: nn.Module) -> None:
    """Give every parameter memory of its own again, without a gradient."""
    for parameter in network.parameters():
        parameter.data = parameter.data.clone()
        parameter.grad = None


def _kind(group: ParameterGroup) -> tuple[bool, float]:
    return group.decay, group.rate_factor


def _one_vector(groups: Sequence[ParameterGroup]) -> ParameterGroup:
    parameters = [parameter for group in groups for parameter in group.parameters]
    vector = Parameter(torch.cat([parameter.detach().flatten() for parameter in parameters]))
    vector.grad = torch.zeros_like(vector)
    start = 0
    for parameter in parameters:
        here = slice(start, start + parameter.numel())
        parameter.data = vector.data[here].view_as(parameter)
        parameter.grad = vector.grad[here].view_as(parameter)
        start = here.stop
    name = ", ".join(group.name for group in groups)
    return ParameterGroup([vector], groups[0].decay, name, rate_factor=groups[0].rate_factor)
