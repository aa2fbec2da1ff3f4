"""Units that are silent or saturated, read from the activations of one forward pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from netwright.clinic.record import UnitReading

FLAT = 0.05
"""A slope under this share of the largest one lets hardly any gradient through."""

MOST_READINGS = 16
"""Calls of one activation that are looked at in a pass: a loop over a sequence makes hundreds."""

MOST_ENTRIES = 131_072
"""Entries of an activation whose slope is computed, as far as `FEWEST_ROWS` allow."""

FEWEST_ROWS = 32
"""Rows that are looked at however many entries each has."""

_ONE_SIDED = ("relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "hardswish", "logsigmoid")

Function = Callable[[Tensor], Tensor]


class UnitEar:
    """Listens to the activations of a forward pass, see `structure.Hearing`."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Tensor]] = {}

    def __call__(self, place: str, name: str, function: Function, z: Tensor, family: str) -> None:
        """Read one activation.

        Args:
            place: its name in the record.
            name: of the nonlinearity.
            function: the activation.
            z: its argument.
            family: kind of the layer before it.
        """
        heard = self._heard.setdefault(place, [])
        if len(heard) < MOST_READINGS and z.numel() and z.is_floating_point():
            heard.append(_read(name, function, _some_rows(z.detach()).clone(), family))

    def readings(self) -> dict[str, UnitReading]:
        """Return the means over the calls of each activation."""
        means = {place: torch.stack(heard).mean(0) for place, heard in self._heard.items() if heard}
        if not means:
            return {}
        numbers = torch.stack([mean.float() for mean in means.values()]).tolist()
        return {place: UnitReading(*three) for place, three in zip(means, numbers, strict=True)}


def _some_rows(z: Tensor) -> Tensor:
    """Return the first rows, as many as hold enough entries to tell."""
    if z.dim() < 2:
        return z[:MOST_ENTRIES]
    return z[: max(FEWEST_ROWS, MOST_ENTRIES // max(1, z[0].numel()))]


def _read(name: str, function: Function, z: Tensor, family: str) -> Tensor:
    """Return shares of dead units and saturated entries, and the deviation of the activations."""
    slope, activation = _slope(function, z)
    by_unit = _units_last(slope, family)
    largest, leaks = _range(name, z.device)
    flat = by_unit.abs() < FLAT * largest
    dead = flat.all(0).float().mean() * float(not leaks)
    saturated = flat.float().mean() * float(name not in _ONE_SIDED and not leaks)
    return torch.stack([dead, saturated, activation.float().std(correction=0)])


def _slope(function: Function, z: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        z = z.float().requires_grad_()
        activation = function(z)
        (slope,) = torch.autograd.grad(activation.sum(), z)
    return slope, activation.detach()


def _units_last(values: Tensor, family: str) -> Tensor:
    """Return (entries, units): after a convolution the second axis counts units, else the last."""
    if family == "convolution" and values.dim() > 2:
        values = values.movedim(1, -1)
    return values.reshape(-1, values.shape[-1]) if values.dim() > 1 else values.reshape(-1, 1)


@cache
def _bounds(name: str) -> tuple[float, bool]:
    from netwright.clinic.structure import PURE

    z = torch.linspace(-50, 50, 4001)
    slope, _ = _slope(PURE[name], z)
    return float(slope.abs().max()), bool(slope.abs().min() > 1e-4)


def _range(name: str, device: torch.device) -> tuple[float, bool]:
    """Return the largest slope of a nonlinearity, and whether some gradient always passes."""
    if name in ("prelu", "leaky_relu", "rrelu"):
        return 1.0, True
    return _bounds(name)
