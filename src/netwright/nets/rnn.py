"""The plain recurrent network: h = tanh(W x + U h_before + b)."""

from __future__ import annotations

from torch import nn

from netwright.nets.recurrent import Cells, _Recurrent


class RNN(_Recurrent):
    """A plain recurrent network: one state, overwritten at every step.

        h = tanh(W x + U h_before + b)

    Fast, and forgetful: gradients fade or explode over a few dozen steps. LSTM and GRU remember longer.

    Source: Elman (1990), Finding structure in time.

    >>> import torch
    >>> from netwright.nets.network import SequenceShape
    >>> network = RNN(hidden=8).build(SequenceShape(channels=3, length=20), outputs=2)
    >>> network(torch.zeros(4, 20, 3), torch.tensor([20, 5, 1, 7])).shape
    torch.Size([4, 2])
    """

    def cells(self) -> Cells:
        """Return PyTorch's fused module."""
        return nn.RNN
