"""The training loop: batch, forward, loss, backward, clip, step, yield.

It is a generator: it yields a `Step` and knows nothing of progress bars, checkpoints, early
stopping or diagnosis; those read the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.training.batches import Batch, Batches
from netwright.training.committee_chain import CommitteeChain
from netwright.training.dense_chain import DenseChain
from netwright.training.freezing import Freezing
from netwright.training.fused_update import fused_update
from netwright.training.objective import Objective
from netwright.training.pace import Pace


@dataclass(frozen=True, slots=True)
class Step:
    """One update of the weights, just made; the gradients still stand.

    Attributes:
        number: updates made so far, from 1.
        epoch: the epoch it belongs to, from 0.
        batch: its number in the epoch, from 0.
        rows: rows of the batch.
        loss: the objective before the update, a scalar tensor on the device.
        learning_rate: of the first parameter group.
        ends_epoch: whether this was the epoch's last batch.
        gradient_norm: of the whole gradient before it was clipped, a scalar tensor; None without clipping.
    """

    number: int
    epoch: int
    batch: int
    rows: int
    loss: Tensor
    learning_rate: float
    ends_epoch: bool
    gradient_norm: Tensor | None = None


@dataclass(frozen=True)
class Position:
    """Where a training stands: updates made, and the epoch and batch that come next."""

    step: int = 0
    epoch: int = 0
    batch: int = 0

    @staticmethod
    def after(step: Step) -> Position:
        """Return the place after a step."""
        if step.ends_epoch:
            return Position(step.number, step.epoch + 1, 0)
        return Position(step.number, step.epoch, step.batch + 1)


@dataclass(frozen=True)
class Engine:
    """What turns a batch into an update.

    Attributes:
        network: the module to train.
        objective: loss and penalties.
        optimizer: over the network's parameters.
        pace: how far the training is, and the learning rate that follows.
        gradient_clip: largest allowed norm of the whole gradient, or None.
        pieces: the parts a batch is computed in, one after another, to save memory.
        autocast: opens the block in which the forward pass runs, for mixed precision.
        scaler: scales the loss for float16 gradients, or None.
        chain: the network with its gradient written by hand, or None to leave it to autograd.
        flat: whether the optimizer's parameters are vectors made by `flatten`.
        forward: the network compiled, or None.
        freezing: which layers rest at first, or None.
    """

    network: nn.Module
    objective: Objective
    optimizer: torch.optim.Optimizer
    pace: Pace
    gradient_clip: float | None = None
    pieces: int = 1
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext
    scaler: torch.amp.GradScaler | None = None
    chain: DenseChain | CommitteeChain | None = None
    flat: bool = False
    forward: Callable[..., Tensor] | None = None
    freezing: Freezing | None = None


def training_steps(engine: Engine, batches: Batches, epochs: int, start: Position) -> Iterator[Step]:
    """Train, yielding after every update of the weights.

    Args:
        engine: network, objective and optimizer.
        batches: the training rows in batches.
        epochs: how often all rows are visited, counted from the very beginning.
        start: where to begin; a later place when a training is resumed.
    """
    try:
        yield from _steps(engine, batches, epochs, start)
    finally:
        if engine.freezing is not None:
            engine.freezing.release()


def _steps(engine: Engine, batches: Batches, epochs: int, start: Position) -> Iterator[Step]:
    network, optimizer = engine.network, engine.optimizer
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    step = fused_update(optimizer) if engine.flat else optimizer.step
    rates = [group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups]
    number, last = start.step, batches.per_epoch - 1
    _clear(parameters, engine.flat)  # an earlier pass may have been left in the middle
    for epoch in range(start.epoch, epochs):
        first = start.batch if epoch == start.epoch else 0
        for index, batch in enumerate(batches.epoch(epoch, first), first):
            factor = engine.pace.factor(number)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            if not network.training:
                network.train()
            if engine.freezing is not None:
                engine.freezing.apply(engine.pace.progress(number))
            loss = _backward(engine, batch, number)
            norm = _update(engine, parameters, step)
            number += 1
            yield Step(number, epoch, index, batch.rows, loss, rates[0] * factor, index == last, norm)
            _clear(parameters, engine.flat)


def _clear(parameters: Sequence[Tensor], flat: bool) -> None:
    for parameter in parameters:
        if flat and parameter.grad is not None:
            parameter.grad.zero_()  # the gradients of the network's own parameters are views of it
        else:
            parameter.grad = None


def _backward(engine: Engine, batch: Batch, number: int) -> Tensor:
    """Add the gradient of the batch to the parameters; return the loss."""
    total: Tensor | None = None
    for piece, share in _pieces(batch, engine.pieces):
        with engine.autocast():
            loss = engine.objective(engine.network, piece, number, engine.chain or engine.forward)
        if share != 1.0:
            loss = loss * share
        (loss if engine.scaler is None else engine.scaler.scale(loss)).backward()  # type: ignore[no-untyped-call]
        if engine.chain is not None:
            engine.chain.backward()
        total = loss.detach() if total is None else total + loss.detach()
    assert total is not None
    return total


def _update(engine: Engine, parameters: Sequence[Tensor], step: Callable[[], object]) -> Tensor | None:
    """Clip the gradient and make the step; return the norm before clipping, if it was clipped."""
    norm = None
    if engine.scaler is not None:
        engine.scaler.unscale_(engine.optimizer)
    if engine.gradient_clip is not None:
        norm = nn.utils.clip_grad_norm_(parameters, engine.gradient_clip)
    if engine.scaler is None:
        step()
    else:
        engine.scaler.step(engine.optimizer)
        engine.scaler.update()
    return norm


def _pieces(batch: Batch, count: int) -> Iterator[tuple[Batch, float]]:
    """Yield the pieces of a batch with the share of each in the weighted mean."""
    if count == 1 or batch.rows == 1:
        yield batch, 1.0
        return
    size = -(-batch.rows // count)
    whole = batch.rows if batch.weight is None else float(batch.weight.sum())
    for low in range(0, batch.rows, size):
        piece = batch.slice(low, min(low + size, batch.rows))
        part = piece.rows if piece.weight is None else float(piece.weight.sum())
        yield piece, part / whole
