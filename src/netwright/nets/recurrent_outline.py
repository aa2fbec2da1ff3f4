"""What recurrent cells cost, without going through the steps one by one.

PyTorch computes fused cells on an outline, a module without memory, as thousands of small operations, a
handful for every step. Here a layer of cells takes as many products, and keeps as many numbers, in a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@contextmanager
def steps_at_once(module: nn.Module) -> Iterator[None]:
    """Let all recurrent cells of a module compute all steps at once: right sizes, wrong values.

    >>> cells = nn.LSTM(3, 5, batch_first=True)
    >>> with steps_at_once(cells):
    ...     cells(torch.zeros(2, 1_000, 3))[0].shape
    torch.Size([2, 1000, 5])
    """
    cells = [one for one in module.modules() if isinstance(one, nn.RNNBase) and not one.proj_size]
    try:
        for one in cells:
            one.forward = partial(_at_once, one, one.forward)
        yield
    finally:
        for one in cells:
            del one.forward  # the method of the class is seen again


def _at_once(cells: nn.RNNBase, forward: Any, steps: Any, state: Any = None) -> Any:
    """Return outputs and last states of the right sizes for steps (rows, steps, inputs), in either order."""
    if not isinstance(steps, Tensor) or steps.dim() != 3:
        return forward(steps, state)
    hidden, directions = cells.hidden_size, ("", "_reverse")[: 1 + cells.bidirectional]
    for layer in range(cells.num_layers):
        answers = []
        for direction in directions:
            gates = functional.linear(steps, getattr(cells, f"weight_ih_l{layer}{direction}"))
            before = torch.tanh(gates[..., :hidden])
            again = functional.linear(before, getattr(cells, f"weight_hh_l{layer}{direction}"))
            answers.append(torch.tanh(torch.sigmoid(gates + again)[..., :hidden]))
        steps = torch.cat(answers, dim=2) if len(answers) > 1 else answers[0]
    rows = steps.shape[0 if cells.batch_first else 1]
    last = steps.new_zeros(cells.num_layers * len(directions), rows, hidden)
    return steps, (last, last) if isinstance(cells, nn.LSTM) else last
