"""Parameter groups: which parameters decay, which are hidden matrices, each parameter once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn
from torch.nn import Parameter

_EXEMPT = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
    *(nn.LayerNorm, nn.GroupNorm, nn.RMSNorm),
    *(nn.Embedding, nn.EmbeddingBag),
)
# Networks of several members hold these with an axis for the member, so axes alone do not tell.
_EXEMPT_NAMES = ("bias", "scale", "shift")


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that the optimizer treats alike.

    Attributes:
        parameters: the parameters, in the network's order; each appears in one group only.
        decay: whether weight decay applies.
        name: what people call the group.
        matrix: whether these are hidden matrices, which Muon orthogonalises.
        rate_factor: factor on the learning rate of this group.
    """

    parameters: list[Parameter]
    decay: bool
    name: str
    matrix: bool = False
    rate_factor: float = 1.0


def parameter_groups(network: nn.Module) -> list[ParameterGroup]:
    """Return the trainable parameters of a network in at most three groups.

    Hidden matrices (weights of dense and convolutional layers between the first and the last);
    other weights; and what weight decay leaves alone: biases, normalisation, scales and shifts,
    anything with fewer than two axes, embeddings. A weight shared by several layers appears once.

    >>> groups = parameter_groups(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1)))
    >>> [(group.name, len(group.parameters)) for group in groups]
    [('hidden matrices', 1), ('weights', 2), ('no decay', 3)]
    """
    weights = list(decaying(network))
    kernels = _convolution_kernels(network)
    hidden = {id(weight) for weight in weights[1:-1] if weight.ndim == 2 or id(weight) in kernels}
    decayed = {id(weight) for weight in weights}
    trainable = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        ParameterGroup([p for p in trainable if id(p) in hidden], True, "hidden matrices", matrix=True),
        ParameterGroup([p for p in trainable if id(p) in decayed - hidden], True, "weights"),
        ParameterGroup([p for p in trainable if id(p) not in decayed], False, "no decay"),
    ]
    return [group for group in groups if group.parameters]


def decaying(network: nn.Module) -> Iterator[Parameter]:
    """Yield the trainable weights that decay and penalties apply to, each once, in order."""
    exempt = {
        id(parameter)
        for module in network.modules()
        if isinstance(module, _EXEMPT)
        for parameter in module.parameters(recurse=False)
    }
    for name, parameter in network.named_parameters():
        free = name.rpartition(".")[2].startswith(_EXEMPT_NAMES) or id(parameter) in exempt
        if parameter.requires_grad and parameter.ndim >= 2 and not free:
            yield parameter


def _convolution_kernels(network: nn.Module) -> set[int]:
    convolutions = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return {id(module.weight) for module in network.modules() if isinstance(module, convolutions)}
