"""What the benchmarks share: the machine in words, repeated measurements, and bounds that are met or not."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("netwright", "torch", "scikit-learn", "polars", "numpy")


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser that knows where the data sets are; a benchmark adds what it needs."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("NETWRIGHT_DATA"),
        help="folder with the data sets (or the environment variable NETWRIGHT_DATA)",
    )
    return parser


def perform(
    description: str, title: str, folder: str, benches: Mapping[str, Callable[[Path, int, float], bool]]
) -> int:
    """Measure what was asked for of several benchmarks; return 1 if a bound was missed.

    Args:
        description: of the script, for --help.
        title: of what is measured.
        folder: of its data sets, in the folder of all.
        benches: by name; each takes that folder, how many seeds, and the share of the time that is given.
    """
    parser = arguments(description)
    parser.add_argument("--only", nargs="*", choices=[*benches], default=[*benches])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fraction", type=float, default=1.0)
    asked = parser.parse_args()
    announce(title)
    if asked.data is None:
        print("   skipped: give the folder of the data sets as --data or in NETWRIGHT_DATA")
        return 0
    met = [benches[name](asked.data / folder, asked.seeds, asked.fraction) for name in asked.only]
    return 0 if all(met) else 1


def announce(title: str) -> None:
    """Print what is measured, on what, and with which versions."""
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    print(f"== {title}")
    print(
        f"   {processor()}, {cores()} cores, {memory_gib():.0f} GiB; {platform.system()} {platform.release()}"
    )
    print(f"   Python {platform.python_version()}, {versions}", flush=True)


def processor() -> str:
    """Return the name of the processor as the system gives it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_gib() -> float:
    """Return the memory of the machine in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long an action takes by the clock on the wall."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def row(
    name: str,
    values: Sequence[float],
    unit: str = "",
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    digits: int = 3,
    middle: Callable[[Sequence[float]], float] = statistics.median,
) -> bool:
    """Print one measure: median, how often, from the least to the greatest, and the bound with its ratio.

    Args:
        name: what was measured.
        values: each measurement.
        unit: of the values.
        at_most: the bound from above, if any.
        at_least: the bound from below, if any.
        digits: behind the point.
        middle: what stands for the measurements, where it is not their median.

    Returns:
        Whether the median keeps the bound; True where there is none.
    """
    median = middle(values)
    spread = f"{min(values):,.{digits}f} to {max(values):,.{digits}f}"
    line = f"{name:<44} {median:>12,.{digits}f} {unit:<5} n={len(values)}, {spread}"
    bound = at_most if at_most is not None else at_least
    if bound is None:
        print(line, flush=True)
        return True
    met = median <= bound if at_most is not None else median >= bound
    sign = "≤" if at_most is not None else "≥"
    verdict = "met" if met else "NOT MET"
    print(f"{line}; bound {sign} {bound:,g}, ratio {median / bound:.2f}: {verdict}", flush=True)
    return met


def data_file(folder: Path | None, name: str) -> Path | None:
    """Return a file of the data folder, or None after a line that says why the measure is skipped."""
    if folder is None:
        print(f"{name}: skipped, no data folder. Give --data FOLDER or set NETWRIGHT_DATA.")
        return None
    path = Path(folder) / name
    if not path.exists():
        print(f"{name}: skipped, there is no {path}.")
        return None
    return path


def program() -> str:
    """Return the `netwright` command that belongs to this Python."""
    path = shutil.which("netwright", path=str(Path(sys.executable).parent))
    if path is None:
        raise SystemExit("netwright is not installed beside this Python. Run: make bench")
    return path


def netwright(*words: str | Path, folder: Path) -> tuple[dict[str, Any], float]:
    """Run a netwright command with --json in a fresh process.

    Returns:
        What it answered, and the seconds of the whole command.

    Raises:
        SystemExit: when the command fails, with what it said.
    """
    command = [program(), *map(str, words), "--json"]
    start = time.perf_counter()
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if answer.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {answer.returncode}:\n{answer.stderr}")
    return json.loads(answer.stdout), seconds


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(absent)"
