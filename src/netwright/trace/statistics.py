"""Normalisation layers: the mean, variance, scale and shift that one unit gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.trace.layers import BATCH_NORMS, INSTANCE_NORMS, unit_axis
from netwright.trace.tape import Step
from netwright.trace.units import Place, select


@dataclass(frozen=True)
class Statistics:
    """What a unit is normalised with: scale (z - mean) / sqrt(variance + epsilon) + shift.

    Each of mean, variance, scale and shift is (rows, positions ...).
    """

    mean: Tensor
    variance: Tensor
    scale: Tensor
    shift: Tensor
    epsilon: float


def statistics_of(step: Step, value: Tensor, place: Place) -> Statistics:
    """Return what a normalisation layer does to one unit.

    Args:
        step: the layer.
        value: what it reads.
        place: which unit.
    """
    module: Any = step.module
    mean, variance = _moments(module, value, unit_axis(step))
    scale = _spread(getattr(module, "weight", None), 1.0, module, value, unit_axis(step))
    shift = _spread(getattr(module, "bias", None), 0.0, module, value, unit_axis(step))
    epsilon = torch.finfo(value.dtype).eps if module.eps is None else float(module.eps)
    mean, variance, scale, shift = (
        select(step, tensor.expand_as(value), place) for tensor in (mean, variance, scale, shift)
    )
    return Statistics(mean, variance, scale, shift, epsilon)


def _moments(module: Any, value: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return mean and variance, each of which can be spread over the value's shape."""
    kept = getattr(module, "running_mean", None), getattr(module, "running_var", None)
    if kept[0] is not None and kept[1] is not None:
        return _on_axis(kept[0], value, axis), _on_axis(kept[1], value, axis)
    if isinstance(module, nn.GroupNorm):
        # Channels on the second axis are averaged with their positions, units on the last one alone.
        count, shape = module.num_groups, value.shape
        inner = (*shape[:-1], count, -1) if axis == -1 else (shape[0], count, -1, *shape[2:])
        groups = value.reshape(inner)
        averaged = (-1,) if axis == -1 else tuple(range(2, groups.dim()))
        mean, variance = (moment.expand_as(groups).reshape(value.shape) for moment in _over(groups, averaged))
        return mean, variance
    if isinstance(module, INSTANCE_NORMS):
        return _over(value, tuple(range(2, value.dim())))
    if isinstance(module, BATCH_NORMS):
        return _over(value, tuple(other for other in range(value.dim()) if other != axis % value.dim()))
    axes = tuple(range(-len(module.normalized_shape), 0))
    if isinstance(module, nn.RMSNorm):
        return torch.zeros(()), value.square().mean(axes, keepdim=True)
    return _over(value, axes)


def _over(value: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    return value.mean(axes, keepdim=True), value.var(axes, correction=0, keepdim=True)


def _spread(parameter: Tensor | None, otherwise: float, module: Any, value: Tensor, axis: int) -> Tensor:
    if parameter is None:
        return torch.tensor(otherwise, dtype=value.dtype)
    return parameter if isinstance(module, (nn.LayerNorm, nn.RMSNorm)) else _on_axis(parameter, value, axis)


def _on_axis(vector: Tensor, value: Tensor, axis: int) -> Tensor:
    shape = [1] * value.dim()
    shape[axis] = len(vector)
    return vector.view(shape)
