"""The calendar of times as waves. Needs Python and NumPy, nothing else."""

from typing import Any

import numpy as np


def waves_of(times: list[str], cycles: dict[str, int]) -> Any:
    """Return sine and cosine of each cycle of the calendar and its harmonics (steps, waves)."""
    moments = np.array(times, dtype="datetime64[us]")
    days, years = moments.astype("datetime64[D]"), moments.astype("datetime64[Y]")
    begun, ended = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    phases = {
        "day": (moments - days).astype(np.int64) / 86_400e6,
        "week": ((days.astype(np.int64) + 3) % 7) / 7,
        "year": (days - begun).astype(np.float64) / (ended - begun).astype(np.float64),
        "months": (moments.astype("datetime64[M]").astype(np.int64) % 12) / 12,
    }
    turns = [
        2 * np.pi * step * phases[name] for name, count in cycles.items() for step in range(1, count + 1)
    ]
    return np.stack([part(turn) for turn in turns for part in (np.sin, np.cos)], axis=1)
