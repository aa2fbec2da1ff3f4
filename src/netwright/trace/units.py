"""One unit picked out of a layer's values: which axis counts units, which rows, which positions."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from netwright.errors import UserError
from netwright.trace.layers import Layer, unit_axis
from netwright.trace.tape import Step


@dataclass(frozen=True)
class Place:
    """Where to look in a layer.

    Attributes:
        unit: number of the unit, channel or feature, from 0.
        position: pixel, token or time step, one number for each axis between rows and units; empty for all.
        level: of stacked recurrent layers, from 0.
    """

    unit: int
    position: tuple[int, ...] = ()
    level: int | None = None


def rows_first(step: Step, value: Tensor) -> Tensor:
    """Return a value with the rows on its first axis, for layers that expect time on it."""
    turned = isinstance(step.module, (nn.RNNBase, nn.MultiheadAttention)) and not step.module.batch_first
    return value.transpose(0, 1) if turned and value.dim() == 3 else value


def select(step: Step, value: Tensor, place: Place) -> Tensor:
    """Return the values (rows, positions ...) of one unit; (rows,) when a position is given."""
    chosen = value.movedim(unit_axis(step), -1)[..., place.unit]
    return at(chosen, place.position)


def at(values: Tensor, position: tuple[int, ...]) -> Tensor:
    """Return values (rows, positions ...) at one position, or all of them when none is given."""
    for number in position:
        values = values.select(1, number)
    return values


def check_place(layer: Layer, value: Tensor, place: Place) -> None:
    """Raise UserError when a layer has no such unit or position.

    Args:
        layer: the layer.
        value: what its first step makes, rows first.
        place: unit and position.
    """
    shape = list(value.shape)
    units = shape.pop(unit_axis(layer.first))
    if not 0 <= place.unit < units:
        raise UserError(
            f"trace: layer {layer.name!r} has {units:,} units, numbered 0 to {units - 1}; "
            f"there is no unit {place.unit}."
        )
    axes = shape[1:]
    if place.position and len(place.position) != len(axes):
        raise UserError(
            f"trace: layer {layer.name!r} has {len(axes)} axes of positions (sizes {axes}), "
            f"got the position {place.position}. Give one number for each, or none for all positions."
        )
    for number, size in zip(place.position, axes, strict=False):
        if not -size <= number < size:
            raise UserError(
                f"trace: position {place.position} lies outside the sizes {axes} of layer {layer.name!r}."
            )
