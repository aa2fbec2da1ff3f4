"""Rows of a table on their way in: raw numbers and codes to what the network reads, inside the graph."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from netwright.data.encode import CYCLES, MICROSECONDS
from netwright.data.preparation import LARGEST_NUMBER, Preparation
from netwright.exporting.scaling import scaling_module

DAY = 86_400.0
SECONDS_A_YEAR = MICROSECONDS["year"] / 1e6

DATE_PARTS = ("years", *CYCLES)
"""What a date is given as where the target has no 64-bit numbers: see `date_parts`."""


class TableEntrance(nn.Module):
    """Raw rows of a table to the numbers that its network reads, see `data.preparation.Preparation`.

    Called with numbers (n, m) in the order numbers, dates, yes/no, NaN where missing. A date is one number,
    the seconds since the beginning of 1970, where the type has 64 bits; else four, see `date_parts`.
    Yes is 1, no is 0.
    """

    def __init__(self, preparation: Preparation, dtype: torch.dtype) -> None:
        super().__init__()
        self.plain, self.dates = len(preparation.numbers), len(preparation.dates)
        self.cycles = [tuple(dates.cycles) for dates in preparation.dates.values()]
        self.seconds = dtype == torch.float64
        self.dtype = dtype
        self.largest = min(LARGEST_NUMBER, torch.finfo(dtype).max / 4)
        self.scaling = scaling_module(preparation.scaler, dtype)
        fill = np.clip(preparation.imputer.fill, -self.largest, self.largest)
        self.register_buffer("fill", torch.as_tensor(fill).to(dtype))
        self.flags = len(preparation.imputer.flagged) > 0
        if self.flags:
            self.register_buffer("flagged", torch.as_tensor(np.array(preparation.imputer.flagged)))

    def forward(self, numbers: Tensor) -> Tensor:
        """Return prepared numbers float32 (n, p)."""
        width = self.dates * (1 if self.seconds else len(DATE_PARTS))
        first, dates, rest = torch.split(
            numbers, [self.plain, width, numbers.shape[1] - self.plain - width], dim=1
        )
        parts = [self._date(dates, place) for place in range(self.dates)]
        values = torch.cat([first, *(part[:, :1] for part in parts), rest], dim=1)
        missing = values != values
        # Not a number must be gone before anything is cut: runtimes differ in what they make of it.
        filled = torch.where(missing, self.get_buffer("fill"), values).clamp(-self.largest, self.largest)
        scaled = self.scaling(filled[:, : self.plain + self.dates])
        waves = [self._waves(part, cycles) for part, cycles in zip(parts, self.cycles, strict=True)]
        there = [scaled, filled[:, self.plain + self.dates :], *waves]
        if self.flags:
            there.append(missing.index_select(1, self.get_buffer("flagged")).to(self.dtype))
        there = [one for one in there if one.shape[1]]
        return (there[0] if len(there) == 1 else torch.cat(there, dim=1)).float()

    def _date(self, dates: Tensor, place: int) -> Tensor:
        """Return years, month, weekday and minute of a date (n, 4), NaN where missing."""
        if not self.seconds:
            return dates[:, place * len(DATE_PARTS) : (place + 1) * len(DATE_PARTS)]
        seconds = dates[:, place : place + 1]
        days = torch.floor(seconds / DAY)
        minute = torch.floor((seconds - days * DAY) / 60)
        week = days + 3  # 1 January 1970 was a Thursday
        weekday = week - 7 * torch.floor(week / 7)
        return torch.cat([seconds / SECONDS_A_YEAR, _month(days), weekday, minute], dim=1)

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
