"""DLinear: the window is split into a moving average and the rest, each with a linear map of its own."""

from __future__ import annotations

from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.shapes import WindowShape
from netwright.nets.forecasting import _WindowNetwork


class Decomposition(nn.Module):
    """A linear map of the moving average plus a linear map of what is left."""

    def __init__(self, lookback: int, outputs: int, width: int) -> None:
        super().__init__()
        self.width = min(width, lookback // 2 * 2 - 1) if lookback > 2 else 1
        self.trend = nn.Linear(lookback, outputs)
        self.rest = nn.Linear(lookback, outputs)
        for linear in (self.trend, self.rest):
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, window: Tensor) -> Tensor:
        """Return (n, outputs) for windows (n, lookback)."""
        reach = self.width // 2
        wide = functional.pad(window.unsqueeze(1), (reach, reach), mode="replicate")
        trend = functional.avg_pool1d(wide, self.width, stride=1).squeeze(1)
        answer: Tensor = self.trend(trend) + self.rest(window - trend)
        return answer


class DLinear(_WindowNetwork):
    """Two linear maps: of the moving average of a window, and of what is left.

        ŷ = W_t trend + W_r (y - trend)

    Settings:
        width: steps of the moving average, odd.

    Source: Zeng et al. (2023), Are transformers effective for time series forecasting?

    >>> import torch
    >>> network = DLinear().build(WindowShape(lookback=24, horizon=6), outputs=6)
    >>> network(torch.ones(4, 24), torch.zeros(4, 30, 0), torch.zeros(4, 0)).shape
    torch.Size([4, 6])
    """

    width: int = Field(default=25, ge=3)

    @field_validator("width")
    @classmethod
    def _odd(cls, width: int) -> int:
        if width % 2 == 0:
            raise ValueError("width has to be odd, so that it has a middle")
        return width

    def core(self, shape: WindowShape, outputs: int) -> nn.Module:
        """Return both linear maps, zero at first."""
        return Decomposition(shape.lookback, outputs, self.width)
