"""The gated recurrent unit: a state that is partly kept, partly replaced."""

from __future__ import annotations

import torch
from torch import nn

from netwright.nets.recurrent import Cells, _Recurrent, chrono_biases


class GRU(_Recurrent):
    """A recurrent network with two gates: how much of the state to read, and how much to keep.

        h = (1 - update) · candidate + update · h_before

    Remembers about as long as an LSTM with three quarters of its weights.

    Source: Cho et al. (2014).

    >>> from netwright.nets.network import SequenceShape
    >>> network = GRU(hidden=8, bidirectional=True).build(SequenceShape(channels=3), outputs=2)
    >>> network(torch.zeros(4, 20, 3), torch.tensor([20, 5, 1, 7])).shape
    torch.Size([4, 2])
    """

    def cells(self) -> Cells:
        """Return PyTorch's fused module."""
        return nn.GRU

    def prepare(self, cells: nn.RNNBase, length: int) -> None:
        """Set initial weights; the update gate keeps the state over 1 to `length` steps at first."""
        super().prepare(cells, length)
        hidden = cells.hidden_size
        with torch.no_grad():
            for layer in range(cells.num_layers):
                bias = getattr(cells, f"bias_ih_l{layer}")
                bias[hidden : 2 * hidden] = chrono_biases(hidden, length)
