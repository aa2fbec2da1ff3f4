"""An ONNX file opened in onnxruntime, and how long it takes for one row."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.errors import ExportError, needing
from netwright.exporting.parity import Feed, Runner

REPEATS = 300
"""One-row calls that are timed, after a tenth as many to warm up."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds of one row.

    Attributes:
        median: of the calls.
        p95: what 19 of 20 stay below.
        calls: how many.
        runtime: with which.
    """

    median: float
    p95: float
    calls: int
    runtime: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def onnxruntime_package() -> Any:
    """Return the package `onnxruntime`.

    Raises:
        MissingExtraError: when it is not installed.
    """
    with needing("onnxruntime", "export", "checking an ONNX file"):
        import onnxruntime
    return onnxruntime


def session_of(content: bytes, threads: int = 1) -> Any:
    """Return an ONNX graph opened in onnxruntime.

    Args:
        content: the file.
        threads: how many compute; for one row one is the fastest.

    Raises:
        ExportError: when onnxruntime refuses the graph.
    """
    runtime = onnxruntime_package()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # Its exceptions are of classes that the compiled library makes.
        raise ExportError(f"onnxruntime refuses the graph: {error}. Leave this target out.") from error


def runner_of(content: bytes, threads: int = 1) -> Runner:
    """Return what answers inputs with an ONNX graph."""
    session = session_of(content, threads)

    def run(feed: Feed) -> np.ndarray:
        try:
            return np.asarray(session.run(None, dict(feed))[0])
        except Exception as error:
            # Its exceptions are of classes that the compiled library makes.
            first = str(error).splitlines()[0][:300]
            raise ExportError(f"onnxruntime cannot run the graph: {first}. Leave this target out.") from error

    return run


def latency(
    run: Runner,
    feed: Feed,
    runtime: str,
    repeats: int = REPEATS,
    clock: Callable[[], float] = time.perf_counter,
) -> Latency:
    """Return how long a runner takes for one row.

    Args:
        run: answers inputs.
        feed: inputs of some rows; they take turns.
        runtime: its name.
        repeats: calls that are timed.
        clock: seconds.
    """
    rows = min(len(next(iter(feed.values()))), 64)
    singles = [{name: array[row : row + 1] for name, array in feed.items()} for row in range(rows)]
    for turn in range(max(1, repeats // 10)):
        run(singles[turn % rows])
    took = []
    for turn in range(repeats):
        start = clock()
        run(singles[turn % rows])
        took.append(1000 * (clock() - start))
    p95 = statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
    return Latency(round(statistics.median(took), 4), round(p95, 4), repeats, runtime)
