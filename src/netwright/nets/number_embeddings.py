"""Numbers as richer features: piecewise-linear and periodic encodings, all columns at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


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
    """The numbers, followed by how far each has come through the bins of its column.

    For a column with edges b_0 < ... < b_T, feature t is clip((x - b_{t-1}) / (b_t - b_{t-1}), 0, 1): 1 for
    bins that lie below x, 0 for bins above, the fraction in between (Gorishniy et al. 2022, "On
    Embeddings for Numerical Features in Tabular Deep Learning"). Outside the edges the features stay at 0
    and 1, so that an outlier cannot blow them up; the plain number beside them still tells how far out it is.
    """

    column: Tensor
    left: Tensor
    slope: Tensor

    def __init__(self, edges: Sequence[NDArray[np.float32]]) -> None:
        """Take the edges of every column; a column with fewer than two of them stays plain."""
        super().__init__()
        bins = [max(0, len(values) - 1) for values in edges]
        left = [values[:-1] for values in edges]
        steps = [np.diff(values) for values in edges]
        self.register_buffer("column", torch.from_numpy(np.repeat(np.arange(len(edges)), bins)))
        self.register_buffer("left", torch.from_numpy(_joined(left)))
        self.register_buffer("slope", torch.from_numpy(1 / _joined(steps)))
        self.width = len(edges) + sum(bins)

    def forward(self, numbers: Tensor) -> Tensor:
        """Return the features (rows, width) of numbers (rows, columns)."""
        progress = numbers.index_select(1, self.column).sub_(self.left).mul_(self.slope).clamp_(0, 1)
        return torch.cat([numbers, progress], dim=1)

    def feature_names(self, names: Sequence[str]) -> list[str]:
        """Return a name for every feature, such as "age from 0.3 to 0.7"."""
        right = self.left + 1 / self.slope
        bins = zip(self.column.tolist(), self.left.tolist(), right.tolist(), strict=True)
        return [*names, *(f"{names[column]} from {low:.4g} to {high:.4g}" for column, low, high in bins)]


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


def bin_edges(numbers: Tensor, bins: int) -> list[NDArray[np.float32]]:
    """Return the edges of at most `bins` bins of every column.

    Edges are quantiles of the sample, each once; a column with few distinct values has an edge at each, and
    a column with one or two has none, since its plain value says all.

    Args:
        numbers: sample rows (rows, columns).
        bins: the most bins of a column.

    >>> bin_edges(torch.tensor([[0.0], [1.0], [1.0], [3.0]]), bins=8)[0].tolist()
    [0.0, 1.0, 3.0]
    """
    return [_column_edges(column, bins) for column in numbers.numpy().T]


def varied_columns(numbers: Tensor) -> list[int]:
    """Return the columns that have more than two distinct values in the sample."""
    return [index for index, column in enumerate(numbers.numpy().T) if len(np.unique(column)) > 2]


def _column_edges(column: NDArray[np.float32], bins: int) -> NDArray[np.float32]:
    distinct = np.unique(column)
    if len(distinct) <= 2:
        return np.empty(0, dtype=np.float32)
    if len(distinct) > bins + 1:
        distinct = np.unique(np.quantile(column, np.linspace(0, 1, bins + 1)).astype(np.float32))
    # Rounding can leave neighbours so close that the slope between them overflows.
    far = np.diff(distinct, prepend=-np.inf) > 1e-6 * (distinct[-1] - distinct[0])
    kept: NDArray[np.float32] = distinct[far]
    return kept


def _joined(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([np.empty(0, dtype=np.float32), *arrays]).astype(np.float32)


def _uniform(shape: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
    return 2 * torch.rand(shape, generator=generator) - 1
