"""The arithmetic of a training: how many bits, scaled losses for float16, and determinism on CUDA."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from netwright.training.batches import Batch

HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def autocast(precision: str, device: torch.device) -> Callable[[], AbstractContextManager[Any]]:
    """Return what opens the block in which the forward pass runs.

    In "bfloat16" and "float16" matrix products are made in 16 bits; weights, their gradients, sums and
    losses stay in 32.
    """
    if precision not in HALVES:
        return nullcontext
    return partial(torch.autocast, device.type, dtype=HALVES[precision])


def loss_scaler(precision: str, device: torch.device) -> torch.amp.GradScaler | None:
    """Return what scales the loss, so that small gradients do not vanish in float16; else None.

    Source: Micikevicius et al. (2018), "Mixed Precision Training".
    """
    return torch.amp.GradScaler(device.type) if precision == "float16" else None


def in_double(network: nn.Module, train: Batch, held: Batch | None) -> tuple[Batch, Batch | None]:
    """Turn a network to 64 bits; return training and held-out rows likewise.

    >>> network = nn.Linear(2, 1)
    >>> rows, _ = in_double(network, Batch((torch.zeros(3, 2),), torch.zeros(3)), None)
    >>> network(*rows.inputs).dtype, rows.target.dtype
    (torch.float64, torch.float64)
    """
    network.double()
    return _double(train), None if held is None else _double(held)


@contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Refuse, inside the block, operations whose results vary between runs; as before after it."""
    if not wanted:
        yield
        return
    mode = torch.get_deterministic_debug_mode()
    tuning = torch.backends.cudnn.benchmark
    # cuBLAS reads this when it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        torch.backends.cudnn.benchmark = tuning


def _double(batch: Batch) -> Batch:
    def wide(tensor: Tensor) -> Tensor:
        return tensor.double() if tensor.is_floating_point() else tensor

    weight = None if batch.weight is None else wide(batch.weight)
    return replace(batch, inputs=tuple(map(wide, batch.inputs)), target=wide(batch.target), weight=weight)
