"""Long short-term memory: a cell whose content is added to, not overwritten."""

from __future__ import annotations

import torch
from torch import nn

from netwright.nets.recurrent import Cells, _Recurrent, chrono_biases


class LSTM(_Recurrent):
    """A recurrent network whose cells keep what they hold until a gate lets it go.

        c = forget · c_before + input · candidate,    h = output · tanh(c)

    At first the forget gates keep a content for 1 to as many steps as the data is long, each unit for
    its own time.

    Source: Hochreiter, Schmidhuber (1997); Gers, Schmidhuber, Cummins (2000); Tallec, Ollivier (2018).

    >>> from netwright.nets.network import SequenceShape
    >>> network = LSTM(hidden=8, layers=2).build(SequenceShape(channels=3, length=20), outputs=2)
    >>> network(torch.zeros(4, 20, 3), torch.tensor([20, 5, 1, 7])).shape
    torch.Size([4, 2])
    """

    def cells(self) -> Cells:
        """Return PyTorch's fused module."""
        return nn.LSTM

    def prepare(self, cells: nn.RNNBase, length: int) -> None:
        """Set initial weights; the forget gates keep for 1 to `length` steps, the input gates oppose them."""
        super().prepare(cells, length)
        hidden = cells.hidden_size
        with torch.no_grad():
            for layer in range(cells.num_layers):
                bias, keep = getattr(cells, f"bias_ih_l{layer}"), chrono_biases(hidden, length)
                bias[:hidden], bias[hidden : 2 * hidden] = -keep, keep
