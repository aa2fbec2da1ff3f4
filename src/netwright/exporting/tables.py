"""Rows of a table on their way in: raw numbers and codes to what the network reads, inside the graph."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from netwright.data.encode import CYCLES, MICROSECONDS
from netwright.data.preparation import LARGEST_NUMBER, Preparation
from netwright.exporting.scaling import scaling_module
from netwright.exporting.score_curves import STEP
from netwright.exporting.table_columns import DATE_PARTS, number_columns, width_of

DAY = 86_400.0
SECONDS_A_YEAR = MICROSECONDS["year"] / 1e6


class TableEntrance(nn.Module):
    """Raw rows of a table to the numbers that its network reads, see `data.preparation.Preparation`.

    Called with numbers (n, m) in the order numbers, dates, yes/no, NaN where missing. A date is one number,
    the seconds since the beginning of 1970, where the type has 64 bits; else four: years, month, weekday and
    minute. With pairs a number, and the years of a date, are two that add up to it, so that nothing is lost
    where 32 bits do not tell neighbours apart. Yes is 1, no is 0.
    """

    def __init__(
        self, preparation: Preparation, dtype: torch.dtype, pairs: bool = False, step: float = STEP
    ) -> None:
        super().__init__()
        self.plain, self.dates = len(preparation.numbers), len(preparation.dates)
        self.cycles = [tuple(dates.cycles) for dates in preparation.dates.values()]
        self.seconds, self.dtype, self.pairs = dtype == torch.float64, dtype, pairs
        self.widths = [width_of(one) for one in number_columns(preparation, dtype, pairs)]
        self.largest = min(LARGEST_NUMBER, torch.finfo(dtype).max / 4)
        self.scaling = scaling_module(preparation.scaler, dtype, pairs=pairs, step=step)
        fill = torch.as_tensor(np.clip(preparation.imputer.fill, -self.largest, self.largest))
        self.register_buffer("fill", fill.to(dtype))
        if pairs:
            rest = fill - fill.to(dtype).double()
            self.register_buffer("fill_rest", rest[: self.plain + self.dates].to(dtype))
        self.flags = len(preparation.imputer.flagged) > 0
        if self.flags:
            self.register_buffer("flagged", torch.as_tensor(np.array(preparation.imputer.flagged)))

    def forward(self, numbers: Tensor) -> Tensor:
        """Return prepared numbers float32 (n, p)."""
        columns = list(torch.split(numbers, self.widths, dim=1))
        scaled_ones = self.plain + self.dates
        parts = [self._date(column) for column in columns[self.plain : scaled_ones]]
        firsts = [one[:, :1] for one in (*columns[: self.plain], *parts, *columns[scaled_ones:])]
        values = torch.cat(firsts, dim=1)
        missing = values != values
        # Not a number must be gone before anything is cut: runtimes differ in what they make of it.
        filled = torch.where(missing, self.get_buffer("fill"), values).clamp(-self.largest, self.largest)
        if self.pairs and scaled_ones:
            rest = torch.cat([one[:, 1:2] for one in columns[:scaled_ones]], dim=1)
            rest = torch.where(missing[:, :scaled_ones], self.get_buffer("fill_rest"), rest)
            scaled = self.scaling(filled[:, :scaled_ones], rest)
        else:
            scaled = self.scaling(filled[:, :scaled_ones])
        waves = [self._waves(part, cycles) for part, cycles in zip(parts, self.cycles, strict=True)]
        there = [scaled, filled[:, scaled_ones:], *waves]
        if self.flags:
            there.append(missing.to(self.dtype).index_select(1, self.get_buffer("flagged")))
        there = [one for one in there if one.shape[1]]
        return (there[0] if len(there) == 1 else torch.cat(there, dim=1)).float()

    def _date(self, given: Tensor) -> Tensor:
        """Return years, month, weekday and minute of a date (n, 4), NaN where missing."""
        if not self.seconds:
            return torch.cat([given[:, :1], given[:, 2:]], dim=1) if self.pairs else given
        days = torch.floor(given / DAY)
        minute = torch.floor((given - days * DAY) / 60)
        week = days + 3  # 1 January 1970 was a Thursday
        weekday = week - 7 * torch.floor(week / 7)
        return torch.cat([given / SECONDS_A_YEAR, _month(days), weekday, minute], dim=1)

    def _waves(self, part: Tensor, cycles: tuple[str, ...]) -> Tensor:
        """Return sine and cosine of each cycle (n, 2 · cycles), 0 where the date is missing."""
        missing = part[:, :1] != part[:, :1]
        known = torch.where(missing, torch.zeros_like(part), part)
        waves = []
        for name in cycles:
            place = DATE_PARTS.index(name)
            angle = known[:, place : place + 1] * (2 * math.pi / CYCLES[name])
            waves += [torch.sin(angle), torch.cos(angle)]
        if not waves:
            return part[:, :0]
        return torch.where(missing, torch.zeros_like(waves[0]), torch.cat(waves, dim=1))


def _month(days: Tensor) -> Tensor:
    """Return the month from 0 of days since 1970, by arithmetic alone.

    Source: Hinnant (2013), chrono-compatible low-level date algorithms.
    """
    shifted = days + 719_468
    era = torch.floor(shifted / 146_097)
    day = shifted - era * 146_097
    year = torch.floor(
        (day - torch.floor(day / 1_460) + torch.floor(day / 36_524) - torch.floor(day / 146_096)) / 365
    )
    of_year = day - (365 * year + torch.floor(year / 4) - torch.floor(year / 100))
    from_march = torch.floor((5 * of_year + 2) / 153)
    return torch.where(from_march < 10, from_march + 2, from_march - 10)
