"""NLinear: one linear map from the window, less its last value, to all steps ahead."""

from __future__ import annotations

from torch import nn

from netwright.data.shapes import WindowShape
from netwright.nets.forecasting import Level, _WindowNetwork


class NLinear(_WindowNetwork):
    """A linear map of the window less its last value.

        ŷ = W (y - y_last) + y_last

    At first it forecasts the last value. Follows a series whose level moves.

    Source: Zeng et al. (2023), Are transformers effective for time series forecasting?

    >>> import torch
    >>> network = NLinear().build(WindowShape(lookback=24, horizon=6), outputs=6)
    >>> network(torch.ones(4, 24), torch.zeros(4, 30, 0), torch.zeros(4, 0))[0].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """

    @property
    def level(self) -> Level:
        """The last value."""
        return "last"

    @property
    def spread(self) -> bool:
        """A linear map needs no spread."""
        return False

    def core(self, shape: WindowShape, outputs: int) -> nn.Module:
        """Return the linear map, zero at first."""
        linear = nn.Linear(shape.lookback, outputs)
        nn.init.zeros_(linear.weight)
        nn.init.zeros_(linear.bias)
        return linear
