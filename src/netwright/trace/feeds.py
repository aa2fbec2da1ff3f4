"""Where a unit's activation goes: the next layers with weights, and how strongly they read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from netwright.randomness import isolated
from netwright.trace.layers import Layer, kind_of, unit_axis
from netwright.trace.tape import Step, Tape, double_precision, pairs
from netwright.trace.units import Place, rows_first

ANSWER = "the network's answer"
_WEIGHTED = ("dense", "convolution", "recurrent", "attention")


@dataclass(frozen=True)
class Feed:
    """A reader of a unit.

    Attributes:
        layer: its name, or "the network's answer".
        weights: d z / d activation for every unit of the reader (units,), in the first row: in a dense layer
            that reads the unit directly, the weights. Averaged over positions where there are several.
    """

    layer: str
    weights: Tensor


def feeds_of(tape: Tape, layers: list[Layer], layer: Layer, place: Place, members: int) -> tuple[Feed, ...]:
    """Return the readers of one unit of a layer.

    Args:
        tape: of the whole pass; the feeds are those of its first row.
        layers: of the tape.
        layer: the layer with the unit.
        place: which unit.
        members: how many networks are in this one.
    """
    names = {step.number: found.name for found in layers for step in found.steps}
    reached, between, readers = {layer.output}, [], []
    for step in tape.steps[layer.steps[-1].number + 1 :]:
        if not reached.intersection(step.reads):
            continue
        if kind_of(step) in _WEIGHTED or (kind_of(step) == "layer" and any(True for _ in _own(step))):
            readers.append(step)
        else:
            between.append(step)
            reached.update(step.makes)
    known = tape.replay()
    moved, shift = _moved(known[layer.output], layer, place)
    with double_precision(), isolated(0), torch.enable_grad():
        known |= {layer.output: moved}
        for step in between:
            known.update(pairs(step.result, step.perform(known)))
        made = [dict(pairs(step.result, step.perform(known)))[step.makes[0]] for step in readers]
        feeds = [
            Feed(names[step.number], _slope(step, value, shift, place, members))
            for step, value in zip(readers, made, strict=True)
        ]
        if tape.answer in reached and tape.answer != layer.output:
            feeds.append(Feed(ANSWER, _slope(between[-1], known[tape.answer], shift, place, members)))
    return tuple(feeds)


def _moved(output: Tensor, layer: Layer, place: Place) -> tuple[Tensor, Tensor]:
    """Return a layer's output in which the unit depends on a shift, and the shift."""
    shift = torch.zeros((), dtype=output.dtype, requires_grad=True)
    mask = torch.zeros_like(output)
    index: tuple[Any, ...] = (slice(None), *(place.position or (...,)))
    rows_first(layer.first, mask).movedim(unit_axis(layer.first), -1)[..., place.unit][index] = 1.0
    return output + shift * mask, shift


def _slope(step: Step, made: Tensor, shift: Tensor, place: Place, members: int) -> Tensor:
    """Return d made / d shift for every unit, by differentiating the backward pass once more."""
    direction = torch.zeros_like(made, requires_grad=True)
    (backward,) = torch.autograd.grad(made, shift, direction, create_graph=True, allow_unused=True)
    if backward is None or not backward.requires_grad:
        units = made.shape[unit_axis(step)]
        return torch.zeros(units, dtype=made.dtype)
    (slope,) = torch.autograd.grad(backward, direction, retain_graph=True)
    first = rows_first(step, slope).movedim(unit_axis(step), -1)[0]
    if members > 1 and first.dim() == 2 and place.position:
        return first[place.position[0]]
    return first.reshape(-1, first.shape[-1]).mean(0) if first.dim() else first.reshape(1)


def _own(step: Step) -> Any:
    return [] if step.module is None else step.module.parameters()
