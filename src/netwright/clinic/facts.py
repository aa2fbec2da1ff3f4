"""What can be said of model, optimizers and loss before the first step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.layers import Layer, bias_of, kind_of, layers_of, weight_of
from netwright.clinic.readings import fetch
from netwright.clinic.record import LayerFacts, OptimizerFacts
from netwright.clinic.structure import Structure

_LOSS_NAMES = {
    "crossentropy": "crossentropyloss",
    "binarycrossentropy": "bceloss",
    "binarycrossentropywithlogits": "bcewithlogitsloss",
    "kldiv": "kldivloss",
}


def loss_name(loss_function: object) -> str:
    """Return the name of a loss, the same for the module and the function; "" when it has none.

    >>> loss_name(nn.CrossEntropyLoss()), loss_name(nn.functional.cross_entropy)
    ('crossentropyloss', 'crossentropyloss')
    """
    if loss_function is None:
        return ""
    named = getattr(loss_function, "func", loss_function)  # of a partial
    name = str(getattr(named, "__name__", type(named).__name__)).lower().replace("_", "")
    return _LOSS_NAMES.get(name, "" if "lambda" in name else name)


def optimizer_facts(optimizer: torch.optim.Optimizer) -> OptimizerFacts:
    """Return how an optimizer is set; its first parameter group speaks for all."""
    group = optimizer.param_groups[0]
    betas = group.get("betas")
    return OptimizerFacts(
        name=type(optimizer).__name__,
        learning_rate=float(group["lr"]),
        momentum=float(betas[0] if betas else group.get("momentum", 0.0)),
        weight_decay=float(group.get("weight_decay", 0.0)),
        epsilon=float(group["eps"]) if betas and "eps" in group else None,
        maximize=bool(group.get("maximize", False)),
    )


def held_by(optimizers: Sequence[torch.optim.Optimizer]) -> Callable[[Tensor], bool]:
    """Return what tells whether optimizers hold a parameter, itself or as part of a vector."""
    held = [p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]
    itself, memory = {id(p) for p in held}, {_memory(p) for p in held}
    return lambda parameter: id(parameter) in itself or _memory(parameter) in memory


def layer_facts(
    model: nn.Module, structure: Structure, optimizers: Sequence[torch.optim.Optimizer]
) -> tuple[LayerFacts, ...]:
    """Return the layers and activations of an unwrapped model, in the order in which they were first called.

    Args:
        model: with its initial weights.
        structure: how it computes.
        optimizers: those that train it.
    """
    layers, held = layers_of(model), held_by(optimizers)
    depth = {name: place for place, name in enumerate(structure.order)}
    inner = {
        layer.name: depth[_nearest(layer.name, depth)] for layer in layers if _nearest(layer.name, depth)
    }
    ordered = sorted(layers, key=lambda layer: inner.get(layer.name, len(depth)))
    statistics = _statistics(ordered)
    facts = [
        _facts(layer, place, structure, held, statistics[layer.name]) for place, layer in enumerate(ordered)
    ]
    known = {layer.name for layer in layers}
    for place, (name, function) in enumerate(structure.sites.items(), len(facts)):
        if name not in known:
            facts.append(LayerFacts(name, "activation", function, place, optimized=True))
    return tuple(facts)


def _facts(
    layer: Layer,
    place: int,
    structure: Structure,
    held: Callable[[Tensor], bool],
    statistics: dict[str, Any],
) -> LayerFacts:
    weight = weight_of(layer)
    return LayerFacts(
        name=layer.name,
        kind=kind_of(layer.module),
        activation=structure.after.get(layer.name, ""),
        depth=place,
        parameters=sum(parameter.numel() for parameter in layer.parameters),
        trainable=any(parameter.requires_grad for parameter in layer.parameters),
        optimized=any(held(parameter) for parameter in layer.parameters),
        sparse=kind_of(layer.module) == "embedding",
        residual=layer.name in structure.residual,
        inputs=0 if weight is None else weight[0].numel(),
        **statistics,
    )


def _statistics(layers: Sequence[Layer]) -> dict[str, dict[str, Any]]:
    """Return for each layer what its initial numbers look like; one synchronisation for all."""
    names, scalars = [], []
    with torch.no_grad():
        for layer in layers:
            weight, bias = weight_of(layer), bias_of(layer)
            if weight is not None and weight.numel():
                names.append((layer.name, "weight_deviation"))
                scalars.append(weight.float().std(correction=0))
                if kind_of(layer.module) in ("dense", "convolution"):
                    names.append((layer.name, "twin_units"))
                    scalars.append(_twins(weight))
            if bias is not None and bias.numel():
                names.append((layer.name, "bias_mean"))
                scalars.append(bias.float().mean())
    found: dict[str, dict[str, Any]] = {layer.name: {} for layer in layers}
    for (name, what), number in zip(names, fetch(scalars), strict=True):
        found[name][what] = number
    return found


def _twins(weight: Tensor) -> Tensor:
    """Return the share of units whose weights are copies of another unit's."""
    rows = weight.flatten(1).double()
    if len(rows) < 2:
        return torch.zeros((), device=weight.device)
    # Copies, and only copies, look alike from a direction without any pattern.
    direction = torch.cos(torch.arange(rows.shape[1], device=rows.device, dtype=rows.dtype) ** 2)
    shadow = (rows @ direction).sort().values
    alike = shadow.diff() <= 1e-9 * torch.linalg.vector_norm(rows, dim=1).amax()
    none = alike.new_zeros(1)
    return (torch.cat([alike, none]) | torch.cat([none, alike])).float().mean()


def _nearest(name: str, depth: dict[str, int]) -> str:
    """Return the layer itself or the nearest module around it that was called, "" for none."""
    while name and name not in depth:
        name = name.rpartition(".")[0]
    return name if name in depth else ""


def _memory(parameter: Tensor) -> int:
    return parameter.untyped_storage().data_ptr()
