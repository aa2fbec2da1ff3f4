"""Parameter groups: which parameters decay, which are hidden matrices, each parameter once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from torch import nn
from torch.nn import Parameter

from netwright.errors import RecipeError, did_you_mean

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


def parameter_groups(
    network: nn.Module, layer_rates: Mapping[str, float] | None = None
) -> list[ParameterGroup]:
    """Return the trainable parameters of a network in groups that the optimizer treats alike.

    Hidden matrices (weights of dense and convolutional layers between the first and the last);
    other weights; and what weight decay leaves alone: biases, normalisation, scales and shifts,
    anything with fewer than two axes, embeddings. A weight shared by several layers appears once.
    Parameters with a learning rate of their own make groups of their own.

    Args:
        network: the module to train.
        layer_rates: factors on the learning rate by name of a layer or parameter, with `*` for any
            letters: {"hidden.0": 0.1, "*.bias": 0.5}; where several fit, the last one counts.

    Raises:
        RecipeError: when a name of `layer_rates` fits no trainable parameter.

    >>> groups = parameter_groups(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1)))
    >>> [(group.name, len(group.parameters)) for group in groups]
    [('hidden matrices', 1), ('weights', 2), ('no decay', 3)]
    """
    weights = list(decaying(network))
    kernels = _convolution_kernels(network)
    hidden = {id(weight) for weight in weights[1:-1] if weight.ndim == 2 or id(weight) in kernels}
    decayed = {id(weight) for weight in weights}
    members: dict[tuple[str, float], list[Parameter]] = {}
    for parameter, factor in _with_rates(network, layer_rates or {}):
        free = "weights" if id(parameter) in decayed else "no decay"
        kind = "hidden matrices" if id(parameter) in hidden else free
        members.setdefault((kind, factor), []).append(parameter)
    return [
        ParameterGroup(
            parameters,
            decay=kind != "no decay",
            name=kind if factor == 1.0 else f"{kind}, rate × {factor:g}",
            matrix=kind == "hidden matrices",
            rate_factor=factor,
        )
        for (kind, factor), parameters in sorted(members.items(), key=_order)
    ]


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


def _with_rates(network: nn.Module, layer_rates: Mapping[str, float]) -> Iterator[tuple[Parameter, float]]:
    """Yield every trainable parameter with the factor on its learning rate."""
    named = [(name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad]
    for pattern in layer_rates:
        if not any(_fits(name, pattern) for name, _ in named):
            layers = sorted({name.rpartition(".")[0] or name for name, _ in named})
            raise RecipeError(
                f"optimizer.layer_rates: no layer or parameter is named {pattern!r}. "
                f"{did_you_mean(pattern, layers)}"
            )
    for name, parameter in named:
        factors = [factor for pattern, factor in layer_rates.items() if _fits(name, pattern)]
        yield parameter, factors[-1] if factors else 1.0


def _order(item: tuple[tuple[str, float], list[Parameter]]) -> tuple[int, float]:
    """Hidden matrices first, then other weights, then what does not decay."""
    kind, factor = item[0]
    return ("hidden matrices", "weights", "no decay").index(kind), factor


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")


def _convolution_kernels(network: nn.Module) -> set[int]:
    convolutions = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
    return {id(module.weight) for module in network.modules() if isinstance(module, convolutions)}
