"""Numbers as richer features: piecewise-linear and periodic encodings, all columns at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netwright.nets.bin_mixtures import MANY_BINS, Lookup
from netwright.nets.masking import traced

CAPPING_ROUNDS = 5
"""Capping one mass makes the others larger shares; it settles in a few rounds."""


class PlainNumbers(nn.Module):
    """The numbers as they are."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.width = count

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the numbers (rows, count)."""
        return numbers

    def feature_names(self, names: Sequence[str]) -> list[str]:
        """Return a name for every feature."""
        return list(names)


class PiecewiseLinear(nn.Module):
    """The numbers, followed by a few learnt mixtures of how far each has come through its column's bins.

    For a column with edges b_0 < ... < b_T, progress t is clip((x - b_{t-1}) / (b_t - b_{t-1}), 0, 1): 1
    for bins that lie below x, 0 for bins above, the fraction in between (Gorishniy et al. 2022, "On
    Embeddings for Numerical Features in Tabular Deep Learning"). Column j becomes
    (x_j, (progress_j - mean_j) W_j + c_j). Outside the edges progress stays at 0 and 1, so that an outlier
    cannot blow it up; the plain number beside it still tells how far out it is.
    """

    varied: Tensor
    left: Tensor
    slope: Tensor
    mean: Tensor

    def __init__(
        self,
        edges: Sequence[NDArray[np.float32]],
        mixtures: int = 8,
        generator: torch.Generator | None = None,
    ) -> None:
        """Take the edges of every column; a column with fewer than two of them stays plain."""
        super().__init__()
        varied = [index for index, values in enumerate(edges) if len(values) > 1]
        bins = max([len(edges[index]) - 1 for index in varied], default=0)
        left = np.zeros((len(varied), 1, bins), dtype=np.float32)
        slope = np.zeros_like(left)
        for place, index in enumerate(varied):
            # Columns with fewer bins are filled up with bins of slope 0, whose progress is always 0.
            count = len(edges[index]) - 1
            left[place, 0, :count] = edges[index][:-1]
            # Edges may lie so close that one over their distance is no 32-bit number any more.
            slope[place, 0, :count] = 1 / np.maximum(np.diff(edges[index]), np.finfo(np.float32).tiny)
        # From arrays: what is computed from data exists even where weights are mere shapes.
        self.register_buffer("varied", torch.from_numpy(np.asarray(varied, dtype=np.int64)))
        self.register_buffer("left", torch.from_numpy(left))
        self.register_buffer("slope", torch.from_numpy(slope))
        self.register_buffer("mean", torch.zeros_like(self.left))
        self.mixture = nn.Parameter(0.3 * torch.randn(len(varied), bins, mixtures, generator=generator))
        self.shift = nn.Parameter(torch.zeros(len(varied), 1, mixtures))
        self.width = len(edges) + len(varied) * mixtures
        self._laid_out: tuple[Tensor, tuple[int, int], Lookup] | None = None

    def progress(self, numbers: Tensor) -> Tensor:
        """Return how far numbers (rows, columns) have come through each bin, (varied, rows, bins)."""
        columns = numbers.index_select(1, self.varied).t().unsqueeze(2)
        return (columns - self.left).mul_(self.slope).clamp_(0, 1)

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the features (rows, width) of numbers (rows, columns)."""
        # Narrow bins would lose their place in a 16-bit type. Mere shapes have no autocast of their own.
        with torch.autocast("cpu" if numbers.is_meta else numbers.device.type, enabled=False):
            return torch.cat([numbers, self._mixed(numbers).transpose(0, 1).flatten(1)], dim=1)

    def _mixed(self, numbers: Tensor) -> Tensor:
        """Return (progress - mean) W + c, (varied, rows, mixtures)."""
        plain = numbers.device.type == "cpu" and not numbers.requires_grad and not traced()
        if plain and self.left.shape[2] >= MANY_BINS:
            columns = numbers.t().index_select(0, self.varied)
            return self._lookup().mixed(columns, self.mean, self.mixture) + self.shift
        return torch.baddbmm(self.shift, self.progress(numbers).sub_(self.mean), self.mixture)

    def _lookup(self) -> Lookup:
        """Return the bins laid out for looking up, anew where other bins were loaded."""
        known, versions = self._laid_out, (self.left._version, self.slope._version)
        if known is None or known[0] is not self.left or known[1] != versions:
            known = self._laid_out = (self.left, versions, Lookup.of(self.left, self.slope))
        return known[2]

    @torch.no_grad()
    def center(self, numbers: Tensor) -> None:
        """Take the mean progress from sample rows (rows, columns)."""
        columns = np.ascontiguousarray(numbers.numpy().T)[self.varied.numpy()]
        bins = zip(columns, self.left.squeeze(1).numpy(), self.slope.squeeze(1).numpy(), strict=True)
        means = [mean_progress(column, left, slope) for column, left, slope in bins]
        if means:
            self.mean.copy_(torch.from_numpy(np.stack(means)).unsqueeze(1))

    def feature_names(self, names: Sequence[str]) -> list[str]:
        """Return a name for every feature, such as "age bins 1"."""
        mixtures = range(1, self.mixture.shape[2] + 1)
        return [*names, *(f"{names[column]} bins {k}" for column in self.varied.tolist() for k in mixtures)]


class Periodic(nn.Module):
    """The numbers, followed by a few learnt mixtures of waves of each.

    Column j becomes (x_j, V_j cos(2 pi w_j x_j + b_j) + c_j), with as many waves as w_j has entries
    (Holzmueller et al. 2024, "Better by Default", after Gorishniy et al. 2022). Columns that are not
    `varied` stay plain.
    """

    varied: Tensor

    def __init__(
        self,
        count: int,
        varied: Sequence[int],
        frequencies: int,
        scale: float,
        mixtures: int = 3,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.register_buffer("varied", torch.from_numpy(np.asarray(varied, dtype=np.int64)))
        columns = len(varied)
        bound = 1 / math.sqrt(frequencies)
        self.frequency = nn.Parameter(scale * torch.randn(columns, frequencies, generator=generator))
        self.phase = nn.Parameter(math.pi * _uniform((columns, frequencies), generator))
        self.mixture = nn.Parameter(bound * _uniform((columns, frequencies, mixtures), generator))
        self.shift = nn.Parameter(bound * _uniform((columns, 1, mixtures), generator))
        self.width = count + columns * mixtures

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the features (rows, width) of numbers (rows, columns)."""
        columns = numbers.index_select(1, self.varied).t().unsqueeze(2)
        waves = torch.cos(2 * math.pi * columns * self.frequency.unsqueeze(1) + self.phase.unsqueeze(1))
        mixed = torch.baddbmm(self.shift, waves, self.mixture)
        return torch.cat([numbers, mixed.transpose(0, 1).flatten(1)], dim=1)

    def feature_names(self, names: Sequence[str]) -> list[str]:
        """Return a name for every feature, such as "age wave 1"."""
        mixtures = range(1, self.mixture.shape[2] + 1)
        return [*names, *(f"{names[column]} wave {k}" for column in self.varied.tolist() for k in mixtures)]


def bin_edges(numbers: Tensor, bins: int, distinct: int = 0) -> list[NDArray[np.float32]]:
    """Return the edges of at most `bins` bins of every column.

    Edges are quantiles of the sample, each once; a value that many rows share, such as zero, counts for one
    bin at most, so that the other rows keep theirs. A column with few distinct values has an edge at each,
    and a column with one or two has none, since its plain value says all.

    Args:
        numbers: sample rows (rows, columns).
        bins: the most bins of a column.
        distinct: the most values of a column that has an edge at each, whatever `bins` are: where many rows
            share each of its values, which one it is tells more than about where it lies.

    >>> bin_edges(torch.tensor([[0.0], [1.0], [1.0], [3.0]]), bins=8)[0].tolist()
    [0.0, 1.0, 3.0]
    """
    return [_column_edges(column, bins, distinct) for column in np.ascontiguousarray(numbers.numpy().T)]


def mean_progress(
    column: NDArray[np.float32], left: NDArray[np.float32], slope: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the mean over rows of clip(slope (x - left), 0, 1) for every bin; bins of slope 0 have mean 0.

    From sums over the sorted column, since all rows times all bins of a wide table would fill the memory.
    """
    ordered = np.sort(column).astype(np.float64)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    right = left + 1 / np.where(slope > 0, slope, 1).astype(np.float64)
    first, beyond = np.searchsorted(ordered, left), np.searchsorted(ordered, right)
    within = slope * (sums[beyond] - sums[first] - left * (beyond - first))
    mean: NDArray[np.float32] = ((within + len(column) - beyond) / len(column)).astype(np.float32)
    return np.where(slope > 0, mean, np.float32(0))


def varied_columns(numbers: Tensor) -> list[int]:
    """Return the columns that have more than two distinct values in the sample."""
    return [
        index
        for index, column in enumerate(np.ascontiguousarray(numbers.numpy().T))
        if len(np.unique(column)) > 2
    ]


def _column_edges(column: NDArray[np.float32], bins: int, most: int) -> NDArray[np.float32]:
    distinct, counts = np.unique(column, return_counts=True)
    if len(distinct) <= 2:
        return np.empty(0, dtype=np.float32)
    if len(distinct) > max(bins + 1, most):
        distinct = _quantiles(distinct, counts.astype(np.float64), bins)
    # Rounding can leave neighbours so close that the slope between them overflows.
    far = np.diff(distinct, prepend=-np.inf) > 1e-6 * (distinct[-1] - distinct[0])
    kept: NDArray[np.float32] = distinct[far]
    return kept


def _quantiles(distinct: NDArray[np.float32], mass: NDArray[np.float64], bins: int) -> NDArray[np.float32]:
    """Return bins + 1 quantiles of values with these masses, none of which counts for more than a bin."""
    for _ in range(CAPPING_ROUNDS):
        mass = np.minimum(mass, mass.sum() / bins)
    middle = np.cumsum(mass) - mass / 2
    wanted = np.linspace(middle[0], middle[-1], bins + 1)
    return np.unique(np.interp(wanted, middle, distinct).astype(np.float32))


def _uniform(shape: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
    return 2 * torch.rand(shape, generator=generator) - 1
