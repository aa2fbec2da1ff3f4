"""How long ago this process was started."""

from __future__ import annotations

import os
import time
from pathlib import Path

from netwright.cli.main import STARTED


def seconds_since_start() -> float:
    """Return the seconds since the process was started; since the first import where the system is silent."""
    seconds = _seconds_by_the_system()
    return time.perf_counter() - STARTED if seconds is None else seconds


def _seconds_by_the_system() -> float | None:
    try:
        fields = (
            Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
        # The 22nd field, in ticks since the machine was started; the first two were cut off.
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        seconds = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, ValueError, IndexError, AttributeError):
        return None
    return seconds if seconds >= 0 else None
