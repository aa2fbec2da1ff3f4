"""The output layer: its bias, from which a training starts at the best constant answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.no_grad()
def set_output_bias(network: nn.Module, bias: Tensor) -> bool:
    """Set the bias of the layer called `output`, for all members; return whether there was one.

    A network of the user's own without such a layer is left as it is.

    Args:
        network: a module; its submodule `output` is looked at.
        bias: values (outputs,).

    >>> network = nn.Sequential()
    >>> network.add_module("output", nn.Linear(2, 1))
    >>> set_output_bias(network, torch.tensor([3.0])), network.output.bias.item()
    (True, 3.0)
    """
    layer = getattr(network, "output", None)
    current = getattr(layer, "bias", None)
    if not isinstance(current, Tensor) or current.shape[-1:] != bias.shape[-1:]:
        return False
    current.copy_(bias.to(current).expand_as(current))
    return True
