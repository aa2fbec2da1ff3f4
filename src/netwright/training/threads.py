"""Threads: small steps are done faster by one thread than by several that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import nn

SMALL_STEP = 30_000_000
"""Multiply-adds of a forward pass below which one thread is as fast as several.

Time with two threads over time with one, on two AMD cores, by millions of multiply-adds: in float32
2.9: 1.11, 4.7: 1.17, 13: 1.05, 19: 1.04, 37: .96, 50: 1.10, 101: .90, 150: .82; in bfloat16 50: .64,
101: .76.
"""


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one thread inside the block, afterwards as many as before.

    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def threads_for(network: nn.Module, batch_size: int) -> Iterator[None]:
    """Use one thread inside the block if a step is small; afterwards as many as before.

    Also makes small trainings the same, bit for bit, whatever the number of processors.

    Args:
        network: what is trained; each weight is used about once by every row of every member, unless its
            attribute `multiply_adds` says otherwise.
        batch_size: rows of a step.

    >>> with threads_for(nn.Linear(10, 100), batch_size=32):
    ...     torch.get_num_threads()
    1
    """
    weights = sum(parameter.numel() for parameter in network.parameters())
    # A convolution uses each weight many times for a row, and its network knows how often.
    work = getattr(network, "multiply_adds", weights * getattr(network, "members", 1))
    with one_thread() if work * batch_size < SMALL_STEP else nullcontext():
        yield
