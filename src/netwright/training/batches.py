"""Batches: one shuffled index an epoch, gathered block by block from tensors held in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import torch
from torch import Tensor

from netwright.randomness import torch_generator

BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Batch:
    """Some rows of the training data.

    Attributes:
        inputs: what the network is called with; the first axis of each counts rows.
        target: what it should answer.
        weight: the weight of each row (rows,), or None when all count alike.
    """

    inputs: tuple[Tensor, ...]
    target: Tensor
    weight: Tensor | None = None

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.target.shape[0]

    def take(self, index: Tensor) -> Batch:
        """Return the rows that `index` names."""
        return Batch(
            tuple(tensor.index_select(0, index) for tensor in self.inputs),
            self.target.index_select(0, index),
            None if self.weight is None else self.weight.index_select(0, index),
        )

    def slice(self, start: int, stop: int) -> Batch:
        """Return the rows from `start` to before `stop`, sharing memory."""
        return Batch(
            tuple(tensor[start:stop] for tensor in self.inputs),
            self.target[start:stop],
            None if self.weight is None else self.weight[start:stop],
        )

    def to(self, device: torch.device) -> Batch:
        """Return the rows on another device; nothing is copied when they are there."""
        return Batch(
            tuple(tensor.to(device, non_blocking=True) for tensor in self.inputs),
            self.target.to(device, non_blocking=True),
            None if self.weight is None else self.weight.to(device, non_blocking=True),
        )

    @property
    def device(self) -> torch.device:
        """Where the rows are."""
        return self.target.device

    @property
    def row_bytes(self) -> int:
        """Memory of one row."""
        tensors = [*self.inputs, self.target] + ([] if self.weight is None else [self.weight])
        return sum(t.element_size() * (t.numel() // max(1, t.shape[0])) for t in tensors)


def joined(parts: Sequence[Batch]) -> Batch:
    """Return the rows of several parts, one after the other; weighted where all parts are.

    >>> joined([Batch((torch.zeros(2, 3),), torch.zeros(2)), Batch((torch.ones(1, 3),), torch.ones(1))]).rows
    3
    """
    weights = [part.weight for part in parts if part.weight is not None]
    return Batch(
        tuple(torch.cat(tensors) for tensors in zip(*(part.inputs for part in parts), strict=True)),
        torch.cat([part.target for part in parts]),
        torch.cat(weights) if len(weights) == len(parts) else None,
    )


class Source(Protocol):
    """Where batches are gathered from: rows in memory, or rows that are cut out when they are asked for."""

    @property
    def rows(self) -> int:
        """How many rows."""

    @property
    def row_bytes(self) -> int:
        """Memory of one row."""

    @property
    def device(self) -> torch.device:
        """Where the rows are."""

    def take(self, index: Tensor) -> Batch:
        """Return the rows that `index` names."""

    def to(self, device: torch.device) -> Self:
        """Return the rows on another device."""


@dataclass(frozen=True)
class Batches:
    """How an epoch is cut into batches; the same seed and epoch give the same batches.

    Attributes:
        data: the training rows.
        batch_size: rows of a batch; the last batch holds what is left.
        seed: of the order.
        sampling_weight: share of each row in a draw with replacement (rows,), for balanced
            sampling; None visits every row once.
        device: where the batches go.
    """

    data: Source
    batch_size: int
    seed: int
    sampling_weight: Tensor | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def per_epoch(self) -> int:
        """Batches of an epoch. A single left-over row joins the batch before it."""
        full, rest = divmod(self.data.rows, self.batch_size)
        return max(1, full + (rest > 1 or (rest == 1 and self.batch_size == 1)))

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Yield the batches of one epoch from batch number `start` on."""
        order = self._order(epoch)
        block_batches = max(1, BLOCK_BYTES // max(1, self.data.row_bytes * self.batch_size))
        for first in range(start, self.per_epoch, block_batches):
            last = min(first + block_batches, self.per_epoch)
            low = first * self.batch_size
            high = len(order) if last == self.per_epoch else last * self.batch_size
            block = self.data.take(order[low:high]).to(self.device)
            for number in range(first, last):
                begin = (number - first) * self.batch_size
                end = block.rows if number == self.per_epoch - 1 else begin + self.batch_size
                yield block.slice(begin, end)

    def _order(self, epoch: int) -> Tensor:
        generator = torch_generator(self.seed, "order", epoch)
        rows = self.data.rows
        if self.sampling_weight is None:
            order = torch.randperm(rows, generator=generator)
        else:
            # Inverse-transform sampling: torch.multinomial refuses more than 2^24 rows.
            cumulative = self.sampling_weight.double().cumsum(0)
            draws = torch.rand(rows, generator=generator, dtype=torch.float64) * cumulative[-1]
            order = torch.searchsorted(cumulative, draws).clamp_(max=rows - 1)
        return order.to(self.data.device)
