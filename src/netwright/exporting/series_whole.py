"""Models that forecast as one module: the last values of a series in, forecasts with their intervals out."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from netwright.data.calendar import cycles_of
from netwright.data.frequency import Unit
from netwright.data.panel_preparation import PanelPreparation
from netwright.estimators.forecast_answers import _nearest
from netwright.estimators.forecaster import Forecaster
from netwright.exporting.signature import ROWS, Inlet, Outlet, Whole
from netwright.task import Task
from netwright.training.losses import Loss, Quantile, TargetShape
from netwright.training.objective import decode

ENDS = ("forecast", "lower", "upper")


class SeriesWhole(nn.Module):
    """Scaling, network, decoding and intervals of a model that forecasts, see `Forecaster.answer`."""

    def __init__(self, model: Forecaster, dtype: torch.dtype) -> None:
        super().__init__()
        preparation, recipe = model.preparation_, model.recipe_
        assert isinstance(recipe.loss, Loss)
        self.network = copy.deepcopy(model.network_).cpu().eval()
        self.loss, self.horizon = recipe.loss, recipe.horizon
        self.logarithm = preparation.logarithm
        self.has_waves, self.has_known = has_waves(preparation), bool(preparation.columns.known)
        self.static = preparation.static_width > 0
        self.levels, self.places = _levels(recipe.loss, recipe.coverage)
        self.register_buffer("center", torch.as_tensor(preparation.known_center).to(dtype))
        self.register_buffer("spread", torch.as_tensor(preparation.known_spread).to(dtype))
        self.register_buffer("by", torch.as_tensor(model.widening_.by).to(dtype))

    def forward(self, past: Tensor, unit: Tensor, *rest: Tensor) -> Tensor:
        """Return forecasts and ends of intervals (n, 3 · horizon), in the unit of the series.

        Args:
            past: the last values, without gaps (n, lookback).
            unit: mean and spread of each series (n, 2).
            rest: waves of the calendar (n, lookback + horizon, w), columns known ahead (n, lookback +
                horizon, k), static ones (n, s), each only where there are some.
        """
        mean, spread = unit[:, :1], unit[:, 1:]
        scaled = ((past - mean) / spread).float()
        ahead = [rest[0].float()] if self.has_waves else []
        if self.has_known:
            given = rest[int(self.has_waves)]
            numbers = (given - self.get_buffer("center")) / self.get_buffer("spread")
            ahead.append(torch.where(numbers != numbers, torch.zeros_like(numbers), numbers).float())
        known = torch.cat(ahead, dim=2) if ahead else scaled.unsqueeze(2)[:, :, :0]
        static = rest[-1].float() if self.static else scaled[:, :0]
        point, lower, upper = self._ends(self.network(scaled, known, static), past.dtype)
        by = self.get_buffer("by")
        lower = torch.minimum(lower - by, point)
        upper = torch.maximum(upper + by, point)
        answers = torch.cat([point, lower, upper], dim=1) * spread + mean
        return torch.exp(answers) if self.logarithm else answers

    def _ends(self, raw: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
        """Return point, lower and upper end (n, horizon) of raw outputs, in units of the series."""
        decoded = decode(self.loss, raw, TargetShape(Task.REGRESSION, width=self.horizon)).to(dtype)
        several = decoded.reshape(-1, self.horizon, self.levels)
        first, second, third = (several[:, :, place] for place in self.places)
        return first, second, third


def series_whole(model: Forecaster, dtype: torch.dtype) -> Whole:
    """Return a fitted model that forecasts as one module."""
    wide = dtype == torch.float64
    kind = "float64" if wide else "float32"
    preparation, shape = model.preparation_, model.shape_
    steps = shape.lookback + shape.horizon
    lasting = {"longest": shape.lookback, "ahead": shape.horizon, "logarithm": preparation.logarithm}
    of = "the logarithm of " if preparation.logarithm else ""
    units = {name: [one.mean, one.spread] for name, one in preparation.scalings.items()}
    inlets = [
        Inlet("past", kind, (ROWS, shape.lookback), f"{of}the last values, gaps filled in a line", lasting),
        Inlet("unit", kind, (ROWS, 2), "mean and spread of the series in training", {"units": units}),
    ]
    if has_waves(preparation):
        months = preparation.frequency.unit is Unit.MONTH
        cycles = {"months" if months else name: n for name, n in cycles_of(preparation.frequency).items()}
        size = (ROWS, steps, 2 * sum(cycles.values()))
        inlets.append(Inlet("waves", "float32", size, "the calendar of each step", {"cycles": cycles}))
    if preparation.columns.known:
        holds = {"names": list(preparation.columns.known)}
        size = (ROWS, steps, len(preparation.columns.known))
        inlets.append(Inlet("known", kind, size, "what is known ahead, as it is", holds))
    if preparation.static_width:
        words = dict(zip(preparation.columns.static, map(list, preparation.words), strict=True))
        says = "1 for each word of the series"
        inlets.append(Inlet("static", "float32", (ROWS, preparation.static_width), says, {"words": words}))
    return Whole(SeriesWhole(model, dtype).eval(), tuple(inlets), _outlet(model, kind), "series")


def has_waves(preparation: PanelPreparation) -> bool:
    """Return whether the calendar is an input."""
    return preparation.calendar and bool(cycles_of(preparation.frequency))


def _outlet(model: Forecaster, kind: str) -> Outlet:
    labels = tuple(f"{end} {step}" for end in ENDS for step in range(1, model.recipe_.horizon + 1))
    says = (
        f"the next {model.recipe_.horizon:,} values, then the lower and the upper ends of intervals "
        f"that should hold {model.recipe_.coverage:.0%} of them"
    )
    return Outlet("forecast", kind, labels, says)


def _levels(loss: Loss, coverage: float) -> tuple[int, tuple[int, int, int]]:
    """Return how many levels a loss has, and which are the point and the ends of the interval."""
    if not (isinstance(loss, Quantile) and len(loss.levels) > 1):
        return 1, (0, 0, 0)
    rest = (1 - coverage) / 2
    return len(loss.levels), (loss.central, _nearest(loss, rest), _nearest(loss, 1 - rest))
