"""One flat tensor for all parameters of a group: one optimizer call instead of one per layer.

The layers keep their parameters; these become views into the flat tensor, and their gradients
views into its gradient. Elementwise optimizers compute the same numbers either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from netwright.training.optimizers import ParameterGroup


def flatten(groups: Sequence[ParameterGroup]) -> list[ParameterGroup]:
    """Return the groups with one flat parameter each, the layers' parameters being views into it.

    Args:
        groups: parameter groups; the parameters of one group share device and type, else the
            group is returned as it is.

    >>> layer = torch.nn.Linear(3, 2)
    >>> [group] = flatten([ParameterGroup([layer.weight, layer.bias], decay=True, name="all")])
    >>> group.parameters[0].shape
    torch.Size([8])
    """
    return [_flatten_group(group) for group in groups]


def _flatten_group(group: ParameterGroup) -> ParameterGroup:
    parameters = list(group.parameters)
    kinds = {(parameter.device, parameter.dtype) for parameter in parameters}
    if len(kinds) != 1:
        return group
    with torch.no_grad():
        flat = nn.Parameter(torch.cat([parameter.detach().reshape(-1) for parameter in parameters]))
        flat.grad = torch.zeros_like(flat)
        offset = 0
        for parameter in parameters:
            end = offset + parameter.numel()
            parameter.data = flat.data[offset:end].view_as(parameter)
            parameter.grad = flat.grad[offset:end].view_as(parameter)
            offset = end
    return replace(group, parameters=[flat])
