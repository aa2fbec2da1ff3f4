"""Looking at rows held out from training: the loss and a metric, without touching the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netwright.training.batches import Batch
from netwright.training.committee_chain import chain_of
from netwright.training.losses import Loss, TargetShape
from netwright.training.objective import batch_loss, decode
from netwright.training.threads import threads_for

CHUNK_ROWS = 8192

MEMBER_ROWS = 4096
"""Rows of a chunk, members counted apart: what a network of several holds of them stays close at hand."""

MANY_ROWS = 256
"""From here on looking for the faster way through the network pays."""

Scores = dict[str, float]


@dataclass(frozen=True)
class Validation:
    """Held-out rows and what is measured on them.

    Attributes:
        data: the rows, on the network's device.
        loss: the loss, without penalties.
        shape: what the target looks like.
        metrics: from decoded answers (rows, ...) and targets to scores by name, such as
            {"roc_auc": 0.9}; both arrive on the CPU.
        autocast: opens the block in which the forward pass runs.
    """

    data: Batch
    loss: Loss
    shape: TargetShape
    metrics: Callable[[Tensor, Tensor], Scores]
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext

    def measure(self, network: nn.Module) -> Scores:
        """Return the validation loss under "loss" and every metric."""
        output = outputs(network, self.data.inputs, self.autocast)
        with torch.inference_mode():
            value = float(batch_loss(self.loss, output, self.data.target, self.data.weight))
            answers = self.loss.point(decode(self.loss, output, self.shape)).cpu()
        return {"loss": value, **self.metrics(answers, self.data.target.cpu())}


def outputs(
    network: nn.Module,
    inputs: tuple[Tensor, ...],
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
    chunk_rows: int | None = None,
) -> Tensor:
    """Return what the network answers in evaluation mode, float32 (rows, ...), chunk by chunk."""
    rows = inputs[0].shape[0]
    most = chunk_rows if chunk_rows is not None else _chunk_rows(network)
    chain = chain_of(network) if rows >= MANY_ROWS else None
    answer = network if chain is None else chain.infer
    with evaluating(network), threads_for(network, min(rows, most)), torch.inference_mode():
        parts = []
        for start in range(0, max(rows, 1), most):
            chunk = inputs if rows <= most else tuple(t[start : start + most] for t in inputs)
            with autocast():
                parts.append(answer(*chunk))
        output = parts[0] if len(parts) == 1 else torch.cat(parts)
        return output if output.dtype in (torch.float32, torch.float64) else output.float()


def _chunk_rows(network: nn.Module) -> int:
    members = int(getattr(network, "members", 1))
    usual = CHUNK_ROWS if members == 1 else max(MANY_ROWS, MEMBER_ROWS // members)
    return int(getattr(network, "chunk_rows", usual))


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put the network in evaluation mode inside the block; before and after it is as it was."""
    was_training = network.training
    if was_training:
        network.eval()
    try:
        yield
    finally:
        if was_training:
            network.train()
