"""Sizes of gradients, weights and updates at one step: fused reductions that stay on the device.

Nothing here waits for the device. Sizes are tensors until `fetch` brings all of them over at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import torch
from torch import Tensor

SAMPLED_ENTRIES = 16_384
"""About so many entries of a large tensor are looked at to learn how much a step changes it."""


class Changes:
    """How much a step changes parameters: the Euclidean norm of the change of each.

    Of a large tensor every k-th entry in memory is kept, and the norm is scaled up; of one with a sparse
    gradient the rows that it names.

    Args:
        parameters: as they stand before the step; their gradients name the rows of sparse ones.
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self._parameters = parameters
        self._rows = [_named_rows(parameter.grad) for parameter in parameters]
        self._seen = self._views()
        self._before = [view.clone() for view in self._seen]

    def norms(self) -> list[Tensor]:
        """Return the norms of the changes since, one for each parameter."""
        views = self._views() if any(map(_elsewhere, self._parameters, self._seen)) else self._seen
        norms = norms_of([now - then for now, then in zip(views, self._before, strict=True)])
        return [
            norm if rows is not None else norm * (parameter.numel() / max(1, view.numel())) ** 0.5
            for norm, view, parameter, rows in zip(norms, views, self._parameters, self._rows, strict=True)
        ]

    def _views(self) -> list[Tensor]:
        return [
            sample(parameter.detach()) if rows is None else parameter.detach().index_select(0, rows)
            for parameter, rows in zip(self._parameters, self._rows, strict=True)
        ]


def sample(tensor: Tensor) -> Tensor:
    """Return all entries of a tensor, or evenly spaced ones of a large tensor, as a view where possible.

    >>> sample(torch.zeros(1000, 1000)).numel() < 20_000
    True
    """
    flat = _in_memory_order(tensor)
    if flat.numel() <= 2 * SAMPLED_ENTRIES:
        return flat
    return flat[:: _stride(flat.numel() // SAMPLED_ENTRIES, flat.numel() // tensor.shape[0])]


def norms_of(tensors: Sequence[Tensor], order: int = 2) -> list[Tensor]:
    """Return the norm of every tensor, in float32 at least; of order 0 how many entries are not 0."""
    if not tensors:
        return []
    wide = torch.float64 if any(tensor.dtype == torch.float64 for tensor in tensors) else torch.float32
    return list(torch._foreach_norm(list(tensors), order, dtype=wide))


def dense(gradient: Tensor) -> Tensor:
    """Return the entries of a gradient that are stored: of a sparse one those of the rows that it names."""
    gradient = gradient.detach()
    return gradient.coalesce().values() if gradient.is_sparse else gradient


def fetch(scalars: Sequence[Tensor]) -> list[float]:
    """Return scalars as numbers, with one synchronisation for each device and type."""
    numbers = [0.0] * len(scalars)
    places: dict[tuple[torch.device, torch.dtype], list[int]] = {}
    for place, scalar in enumerate(scalars):
        places.setdefault((scalar.device, scalar.dtype), []).append(place)
    for alike in places.values():
        with torch.no_grad():
            together = torch.stack([scalars[place] for place in alike]).tolist()
        for place, number in zip(alike, together, strict=True):
            numbers[place] = float(number)
    return numbers


def _elsewhere(parameter: Tensor, view: Tensor) -> bool:
    """Return whether a view shows no longer, or never did, the place where a parameter is in memory."""
    return view.data_ptr() != parameter.data_ptr() or view.numel() > parameter.numel()


def _named_rows(gradient: Tensor | None) -> Tensor | None:
    return gradient.coalesce().indices()[0] if gradient is not None and gradient.is_sparse else None


def _in_memory_order(tensor: Tensor) -> Tensor:
    if tensor.is_contiguous():
        return tensor.view(-1)
    order = sorted(range(tensor.dim()), key=tensor.stride, reverse=True)
    return tensor.permute(order).reshape(-1)


def _stride(least: int, unit: int) -> int:
    """Return the first stride from `least` on that visits every place of a unit, column by column, alike."""
    stride = least
    while gcd(stride, unit) > 1:
        stride += 1
    return stride
