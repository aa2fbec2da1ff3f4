"""Threads: small steps are done faster by one thread than by several that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL_STEP = 8_000_000
"""Multiply-adds of a forward pass below which one thread is as fast as several."""


@contextmanager
def threads_for(parameters: int, batch_size: int) -> Iterator[None]:
    """Use one thread inside the block if a step is small; afterwards as many as before.

    Also makes small trainings the same, bit for bit, whatever the number of processors.

    Args:
        parameters: weights of the network; each is used about once a row.
        batch_size: rows of a step.

    >>> with threads_for(parameters=1_000, batch_size=32):
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    if parameters * batch_size < SMALL_STEP:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
