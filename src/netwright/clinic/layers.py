"""The layers of a model as the clinic sees them: modules that own parameters, unwrapped and named."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from netwright.clinic.record import LayerKind

_PARALLEL = ("DataParallel", "DistributedDataParallel")
_PARAMETRIZED = ".parametrizations."

_KINDS: tuple[tuple[type[nn.Module], LayerKind], ...] = (
    (nn.Linear, "dense"),
    (nn.Bilinear, "dense"),
    (nn.modules.conv._ConvNd, "convolution"),
    (nn.RNNBase, "recurrent"),
    (nn.RNNCellBase, "recurrent"),
    (nn.MultiheadAttention, "attention"),
    (nn.modules.batchnorm._NormBase, "normalization"),
    (nn.LayerNorm, "normalization"),
    (nn.GroupNorm, "normalization"),
    (nn.Embedding, "embedding"),
    (nn.EmbeddingBag, "embedding"),
    (nn.PReLU, "activation"),
)


@dataclass(frozen=True)
class Layer:
    """A module with parameters of its own.

    Attributes:
        name: as in `named_modules`, "" for the model itself.
        module: the module.
        parameters: those that it owns itself; one that is shared belongs to the layer that names it first.
    """

    name: str
    module: nn.Module
    parameters: tuple[Tensor, ...]


def unwrap(model: nn.Module) -> nn.Module:
    """Return the module inside the wrappers of `torch.compile` and of data parallel training.

    >>> layer = nn.Linear(2, 1)
    >>> unwrap(nn.DataParallel(layer)) is layer
    True
    """
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and type(model).__name__ in _PARALLEL:
            inner = model.module
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def layers_of(model: nn.Module) -> list[Layer]:
    """Return the layers of an unwrapped model, in the order in which they are registered.

    >>> [layer.name for layer in layers_of(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))]
    ['0', '2']
    """
    owned: dict[str, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        owned.setdefault(_owner(name), []).append(parameter)
    return [Layer(name, _module(model, name), tuple(parameters)) for name, parameters in owned.items()]


def kind_of(module: nn.Module) -> LayerKind:
    """Return what a module does, by its class; by its name where the class is no PyTorch layer.

    >>> kind_of(nn.Conv2d(1, 1, 3)), kind_of(nn.ReLU())
    ('convolution', 'other')
    """
    for family, kind in _KINDS:
        if isinstance(module, family):
            return kind
    name = type(module).__name__.lower()
    if name.endswith("norm"):
        return "normalization"
    if name.endswith("linear"):
        return "dense"
    return "attention" if name.endswith("attention") else "other"


def weight_of(layer: Layer) -> Tensor | None:
    """Return the weight of a layer with at least two axes, the first of them its units, or None."""
    named = getattr(layer.module, "weight", None)
    if isinstance(named, Tensor) and named.dim() > 1:
        return named
    return next((parameter for parameter in layer.parameters if parameter.dim() > 1), None)


def bias_of(layer: Layer) -> Tensor | None:
    """Return the bias of a layer, or None."""
    bias = getattr(layer.module, "bias", None)
    return bias if isinstance(bias, Tensor) else None


def _owner(parameter: str) -> str:
    return (
        parameter.partition(_PARAMETRIZED)[0] if _PARAMETRIZED in parameter else parameter.rpartition(".")[0]
    )


def _module(model: nn.Module, name: str) -> nn.Module:
    return model.get_submodule(name)
