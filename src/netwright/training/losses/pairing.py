"""How a network ends: read from the outputs of a probe batch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.graph import Node

_ENDINGS = {
    "Softmax": "soft-max",
    "LogSoftmax": "log-soft-max",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Relu": "ReLU",
}
_RESHAPES = {
    *("View", "UnsafeView", "ReshapeAlias", "Alias", "ToCopy", "Clone"),
    *("Squeeze", "Unsqueeze", "Select", "Transpose", "Permute", "T"),
}


def ending(output: Tensor) -> str:
    """Return "soft-max", "log-soft-max", "sigmoid", "tanh" or "ReLU" if that was the last operation, or "".

    Autograd's history says so without a guess, for layers and plain functions alike.

    >>> ending(torch.softmax(torch.zeros(2, 3, requires_grad=True), dim=1))
    'soft-max'
    """
    return _ENDINGS.get(last_operation(output), "")


def last_operation(output: Tensor) -> str:
    """Return autograd's name of the last operation that was no mere change of shape, "" without a history.

    >>> last_operation(torch.zeros(2, requires_grad=True).exp().unsqueeze(0))
    'Exp'
    """
    node = output.grad_fn
    while node is not None and _operation(node) in _RESHAPES:
        node = node.next_functions[0][0]
    return "" if node is None else _operation(node)


def is_distribution(output: Tensor) -> bool:
    """Whether every row of a probe batch lies in [0, 1] and adds up to 1, as after a soft-max."""
    if output.ndim != 2 or output.shape[1] < 2 or len(output) < 2:
        return False
    values = output.detach().double()
    sums = values.sum(1)
    inside = bool(((values >= 0) & (values <= 1)).all())
    return inside and torch.allclose(sums, torch.ones_like(sums), atol=1e-3, rtol=0)


def _operation(node: Node) -> str:
    """Return "Softmax" for autograd's "SoftmaxBackward0"."""
    return node.name().rpartition("Backward")[0]
