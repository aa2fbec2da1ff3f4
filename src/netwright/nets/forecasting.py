"""What networks for forecasting share: windows in their own level and spread, and what is known ahead."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from netwright.data.items import Form
from netwright.data.shapes import SequenceShape, WindowShape
from netwright.nets.network import Network

FLATTEST = 0.02
"""Least spread of a window, in deviations of its series: a flat window must not blow up what follows."""

EFFECT_UNITS = 32

Level = Literal["mean", "last"]


class KnownEffect(nn.Module):
    """What the columns that are known ahead, and the static ones, add to a value: g(known, static).

    It is taken off what was and put back on what comes; at first it is zero.

    >>> KnownEffect(3, 1)(torch.randn(2, 5, 3), torch.zeros(2, 1)).abs().max().item()
    0.0
    """

    def __init__(self, known: int, static: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(known + static, EFFECT_UNITS)
        self.straight = nn.Linear(known, 1, bias=False)
        self.output = nn.Linear(EFFECT_UNITS, 1, bias=False)
        nn.init.zeros_(self.straight.weight)
        nn.init.zeros_(self.output.weight)

    def forward(self, known: Tensor, static: Tensor) -> Tensor:
        """Return (n, steps) for known (n, steps, k) and static (n, s)."""
        every = static.unsqueeze(1).expand(-1, known.shape[1], -1)
        hidden = torch.relu(self.hidden(torch.cat([known, every], dim=2)))
        effect: Tensor = self.straight(known) + self.output(hidden)
        return effect.squeeze(2)


class SeasonalStart(nn.Module):
    """Where a forecast starts from: between the level of its window and the last season; learnt where.

    start = level + a (y one season before - level),    a = sigmoid(w)
    """

    def __init__(self, shape: WindowShape) -> None:
        super().__init__()
        ahead = torch.arange(shape.horizon) % shape.season
        self.register_buffer("places", shape.lookback - shape.season + ahead, persistent=False)
        self.share = nn.Parameter(torch.zeros(()))

    def forward(self, past: Tensor, level: Tensor) -> Tensor:
        """Return (n, horizon) for values (n, lookback) and their level (n, 1)."""
        assert isinstance(self.places, Tensor)
        return level + torch.sigmoid(self.share) * (past[:, self.places] - level)


class ForecastNetwork(nn.Module):
    """A core that answers windows of level 0 and spread 1, with what brings windows there and back.

        x = (y - g - level) / spread,    ŷ = core(x) · spread + start + g

    Level and spread are those of each window itself, so that a forecast moves with its window.

    Source: Kim et al. (2022), Reversible instance normalization.
    """

    def __init__(self, core: nn.Module, shape: WindowShape, level: Level, spread: bool) -> None:
        super().__init__()
        self.core = core
        self.effect = KnownEffect(shape.known, shape.static) if shape.known else None
        self.start = SeasonalStart(shape) if 1 < shape.season <= shape.lookback else None
        self.level = level
        self.spread = spread
        self.horizon = shape.horizon
        self.members = int(getattr(core, "members", 1))

    def forward(self, past: Tensor, known: Tensor, static: Tensor) -> Tensor:
        """Return (n, horizon · levels), or (n, members, horizon · levels).

        Args:
            past: values (n, lookback).
            known: what is known ahead (n, lookback + horizon, k).
            static: of the series (n, s).
        """
        lookback = past.shape[1]
        ahead = past.new_zeros(())
        if self.effect is not None:
            effect = self.effect(known, static)
            past, ahead = past - effect[:, :lookback], effect[:, lookback:]
        level = past[:, -1:] if self.level == "last" else past.mean(1, keepdim=True)
        scale = torch.ones_like(level)
        if self.spread:
            scale = (past.var(1, correction=0, keepdim=True) + FLATTEST**2).sqrt()
        answer: Tensor = self.core((past - level) / scale)
        start = level if self.start is None else self.start(past, level)
        levels = answer.shape[-1] // self.horizon
        back = (start + ahead).expand(-1, self.horizon).repeat_interleave(levels, dim=1)
        if answer.dim() == 3:  # of members side by side
            scale, back = scale.unsqueeze(1), back.unsqueeze(1)
        return answer * scale + back


class _WindowNetwork(Network):
    """A network for forecasting in a recipe: its subclasses give the core."""

    forms: ClassVar[tuple[Form, ...]] = (Form.SERIES,)

    @property
    def level(self) -> Level:
        """What of a window counts as its level."""
        return "mean"

    @property
    def spread(self) -> bool:
        """Whether windows are brought to one spread."""
        return True

    @abstractmethod
    def core(self, shape: WindowShape, outputs: int) -> nn.Module:
        """Return what maps normalised windows (n, lookback) to (n, outputs)."""

    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module, see `Network.build`; for a `WindowShape`."""
        assert isinstance(shape, WindowShape)
        return ForecastNetwork(self.core(shape, outputs), shape, self.level, self.spread)


class WindowReader(nn.Module):
    """A network for sequences as the core of a forecast: a window is a sequence of one channel."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.members = int(getattr(network, "members", 1))

    def forward(self, window: Tensor) -> Tensor:
        """Return (n, outputs) for windows (n, lookback)."""
        lengths = torch.full_like(window[:, 0], window.shape[1], dtype=torch.int64)
        answer: Tensor = self.network(window.unsqueeze(2), lengths)
        return answer


def forecast_network(part: Network, shape: WindowShape, outputs: int) -> nn.Module:
    """Return a network that forecasts: one made for it, or any network for sequences as its core.

    >>> from netwright.nets.lstm import LSTM
    >>> network = forecast_network(LSTM(hidden=8), WindowShape(lookback=24, horizon=6), outputs=18)
    >>> network(torch.zeros(4, 24), torch.zeros(4, 30, 0), torch.zeros(4, 0)).shape
    torch.Size([4, 18])
    """
    if Form.SERIES in part.forms:
        return part.build(shape, outputs, ())
    core: Callable[..., nn.Module] = part.build
    reader = WindowReader(core(SequenceShape(1, shape.lookback), outputs, ()))
    return ForecastNetwork(reader, shape, "mean", spread=True)
