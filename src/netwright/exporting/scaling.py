"""The scaling of numbers as modules that can be traced: what `data.scale` does, inside the exported graph."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.scale import SMALLEST_TAIL, Affine, QuantileMap, Scaler
from netwright.exporting.normal_scores import normal_score

BUCKETS = (16, 64, 256)
"""Columns with about as many knots are computed together; the others need not be padded to the longest."""


def scaling_module(scaler: Scaler, dtype: torch.dtype) -> nn.Module:
    """Return a fitted scaling as a module: numbers (n, d) without gaps to scaled numbers (n, d).

    >>> affine = Affine(np.array([1.0]), np.array([2.0]))
    >>> scaling_module(affine, torch.float64)(torch.tensor([[4.0]], dtype=torch.float64)).item()
    1.5
    """
    if isinstance(scaler, Affine):
        return AffineScaling(scaler, dtype)
    return QuantileScaling(scaler, dtype)


class AffineScaling(nn.Module):
    """z = (x - center) / spread, cut, and where wished limited smoothly, see `data.scale.Affine`."""

    def __init__(self, scaler: Affine, dtype: torch.dtype) -> None:
        super().__init__()
        with np.errstate(divide="ignore"):
            factor = 1 / scaler.spread
        self.register_buffer("center", torch.as_tensor(scaler.center).to(dtype))
        self.register_buffer("factor", torch.as_tensor(factor).to(dtype))
        self.smooth, self.bound = scaler.smooth, scaler.bound

    def forward(self, numbers: Tensor) -> Tensor:
        """Return scaled numbers (n, d)."""
        assert isinstance(self.center, Tensor)
        assert isinstance(self.factor, Tensor)
        scaled = ((numbers - self.center) * self.factor).clamp(-self.bound, self.bound)
        if not self.smooth:
            return scaled
        third = scaled / 3
        return scaled / torch.sqrt(1 + third * third)


class QuantileScaling(nn.Module):
    """z = Φ⁻¹(F(x)) of every column, see `data.scale.QuantileMap`."""

    def __init__(self, scaler: QuantileMap, dtype: torch.dtype) -> None:
        super().__init__()
        columns = [
            _knots(*arrays, dtype=dtype)
            for arrays in zip(scaler.knots, scaler.below, scaler.above, strict=True)
        ]
        sizes = np.array([len(knots) for knots, _, _ in columns], dtype=np.int64)
        buckets = np.searchsorted(BUCKETS, sizes)
        order: list[int] = []
        groups = []
        for bucket in np.unique(buckets):
            members = np.flatnonzero(buckets == bucket).tolist()
            groups.append(_Group([columns[column] for column in members], members, dtype))
            order += members
        self.groups = nn.ModuleList(groups)
        self.register_buffer("back", torch.as_tensor(np.argsort(order)))

    def forward(self, numbers: Tensor) -> Tensor:
        """Return normal scores (n, d)."""
        if not len(self.groups):
            return numbers
        sides = torch.cat([group(numbers) for group in self.groups], dim=1)
        sides = sides.index_select(1, self.get_buffer("back")) if len(self.groups) > 1 else sides
        sides = sides.clamp(SMALLEST_TAIL, 1 - SMALLEST_TAIL)
        return normal_score(sides[:, :, 0], sides[:, :, 1])


Column = tuple[np.ndarray, np.ndarray, np.ndarray]


class _Group(nn.Module):
    """Columns with about equally many knots, padded to the longest of them."""

    def __init__(self, columns: list[Column], places: list[int], dtype: torch.dtype) -> None:
        super().__init__()
        most = max(len(knots) for knots, _, _ in columns)
        padded = np.full((len(columns), most), np.inf)
        table = np.zeros((len(columns), most, 4))
        for row, (knots, below, above) in enumerate(columns):
            rise = np.append((below[1:] - above[:-1]) / np.diff(knots), 0.0)
            padded[row, : len(knots)] = knots
            table[row, : len(knots)] = np.column_stack([rise, above, 1 - above, (above - below) / 2])
        largest = torch.finfo(dtype).max
        self.register_buffer("places", torch.tensor(places))
        self.register_buffer("knots", torch.as_tensor(np.minimum(padded, largest)).to(dtype))
        self.register_buffer("table", torch.as_tensor(table.reshape(-1, 4)).float())
        self.register_buffer("starts", torch.arange(len(columns)) * most - 1)
        ends = [[knots[0] for knots, _, _ in columns], [knots[-1] for knots, _, _ in columns]]
        self.register_buffer("ends", torch.as_tensor(np.array(ends)).to(dtype))

    def forward(self, numbers: Tensor) -> Tensor:
        """Return F and 1 - F of this group's columns (n, g, 2) of numbers (n, d)."""
        knots, ends = self.get_buffer("knots"), self.get_buffer("ends")
        values = numbers.index_select(1, self.get_buffer("places"))
        values = torch.minimum(torch.maximum(values, ends[0]), ends[1])
        reached = (values.unsqueeze(2) >= knots).to(torch.int32).sum(2).to(torch.int64)
        at = reached + self.get_buffer("starts")
        knot = functional.embedding(at, knots.reshape(-1, 1))[:, :, 0]
        found = functional.embedding(at, self.get_buffer("table")).to(values.dtype)
        # On a knot F makes a step, and its middle counts; else F is linear up to the next knot.
        change = torch.where(values == knot, -found[:, :, 3], (values - knot) * found[:, :, 0])
        # What is left to 1 has a table of its own: 32 bits would lose the upper tail in a difference.
        return torch.stack([found[:, :, 1] + change, found[:, :, 2] - change], dim=2)


def _knots(knots: np.ndarray, below: np.ndarray, above: np.ndarray, *, dtype: torch.dtype) -> Column:
    """Return one column's knots without padding; those that are one number in 32 bits become one step."""
    there = np.isfinite(knots)
    knots, below, above = knots[there], below[there], above[there]
    rounded = torch.as_tensor(knots).to(dtype).double().numpy()
    distinct, first, count = np.unique(rounded, return_index=True, return_counts=True)
    return distinct, below[first], above[first + count - 1]
