"""The output layer: the bias from which a training starts, and the temperature at which it answers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netwright.nets.blend import Blend
from netwright.nets.committee import Committee
from netwright.nets.map_reader import MapReader
from netwright.nets.members import MemberLinear

_LINEAR = (nn.Linear, MemberLinear)


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
    if isinstance(network, Committee):
        found = [set_output_bias(one, bias) for one in network.networks]
        return all(found)
    layer = getattr(network, "output", None)
    current = getattr(layer, "bias", None)
    if not isinstance(current, Tensor) or current.shape[-1:] != bias.shape[-1:]:
        return False
    current.copy_(bias.to(current).expand_as(current))
    return True


@torch.no_grad()
def divide_output(network: nn.Module, temperature: float) -> bool:
    """Divide what the layer called `output` answers by a temperature; return whether there was one.

    >>> network = nn.Sequential()
    >>> network.add_module("output", nn.Linear(2, 1))
    >>> before = network(torch.ones(1, 2)).item()
    >>> divide_output(network, 2.0), abs(network(torch.ones(1, 2)).item() - before / 2) < 1e-6
    (True, True)
    """
    if isinstance(network, Blend):
        network.temperature.mul_(temperature)
        return True
    if isinstance(network, Committee):
        # All or none: half a committee at another temperature would be neither.
        if not all(isinstance(getattr(one, "output", None), _LINEAR) for one in network.networks):
            return False
        done = [divide_output(one, temperature) for one in network.networks]
        return all(done)
    layer = getattr(network, "output", None)
    if not isinstance(layer, _LINEAR):
        return False
    layer.weight.div_(temperature)
    if layer.bias is not None:
        layer.bias.div_(temperature)
    beside = getattr(network, "beside", None)
    if isinstance(beside, MapReader):
        beside.set(beside.weight / temperature, beside.bias / temperature)
    return True
