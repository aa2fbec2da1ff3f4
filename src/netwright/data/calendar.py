"""What the calendar says of a time, as waves: the hour of the day, the day of the week and of the year."""

from __future__ import annotations

import numpy as np

from netwright.data.frequency import DAY, SECOND, Frequency, Unit

HARMONICS = {"day": 4, "week": 3, "year": 4}
"""Waves of each cycle; more of them can follow sharper corners."""


def calendar_waves(frequency: Frequency, times: np.ndarray) -> np.ndarray:
    """Return sine and cosine waves of the cycles that a step divides, float32 (n, waves).

    Args:
        frequency: the step; cycles no longer than it are left out.
        times: datetime64 (n,), or whole numbers, which have no calendar.

    >>> monthly = Frequency(Unit.MONTH, 1)
    >>> calendar_waves(monthly, monthly.times(np.datetime64("2024-01-01"), 5)).shape
    (5, 8)
    """
    phases = _phases(frequency, times)
    waves = [
        part(2 * np.pi * harmonic * phases[cycle])
        for cycle, harmonics in cycles_of(frequency).items()
        for harmonic in range(1, harmonics + 1)
        for part in (np.sin, np.cos)
    ]
    return (
        np.stack(waves, axis=1).astype(np.float32) if waves else np.zeros((len(times), 0), dtype=np.float32)
    )


def cycles_of(frequency: Frequency) -> dict[str, int]:
    """Return the cycles that a step divides, each with how many waves follow it.

    >>> cycles_of(Frequency(Unit.MONTH, 1))
    {'year': 4}
    """
    if frequency.unit is Unit.STEP:
        return {}
    steps = {cycle: _steps(frequency, cycle) for cycle in HARMONICS}
    return {cycle: min(HARMONICS[cycle], count // 2) for cycle, count in steps.items() if count >= 2}


def _phases(frequency: Frequency, times: np.ndarray) -> dict[str, np.ndarray]:
    """Return how far each time is in each of its cycles, from 0 to 1."""
    if frequency.unit is Unit.STEP:
        return {}
    moments = times.astype("datetime64[us]")
    days = moments.astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    length = ((years + 1).astype("datetime64[D]") - years.astype("datetime64[D]")).astype(np.float64)
    phases = {
        "day": (moments - days).astype(np.int64) / DAY,
        "week": ((days.astype(np.int64) + 3) % 7) / 7,  # 1970 began with a Thursday
        "year": (days - years.astype("datetime64[D]")).astype(np.float64) / length,
    }
    if frequency.unit is Unit.MONTH:
        phases["year"] = (moments.astype("datetime64[M]").astype(np.int64) % 12) / 12
    return phases


def _steps(frequency: Frequency, cycle: str) -> int:
    """Return about how many steps of a frequency a cycle has."""
    cycles = {"day": DAY, "week": 7 * DAY, "year": round(365.25 * DAY)}
    if frequency.unit is Unit.MONTH:
        return 12 // frequency.count if cycle == "year" else 0
    if frequency.unit is Unit.BUSINESS_DAY:
        return {"day": 0, "week": 5, "year": 261}[cycle]
    if cycle == "year" and frequency.count < 3600 * SECOND:
        return 0  # within the days that such series last the year hardly moves
    return cycles[cycle] // frequency.count
