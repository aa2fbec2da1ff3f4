"""What computes answers: the exported graph under onnxruntime where it answers the same, else PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from netwright.errors import ExportError, MissingExtraError
from netwright.exporting.forms import describe, read_inputs, reader_module
from netwright.exporting.onnx_file import inlets_of, onnx_model
from netwright.exporting.parity import compare, floor_of, require
from netwright.exporting.session import runner_of
from netwright.exporting.subjects import subject_of
from netwright.exporting.support import require_support
from netwright.serving.cells import Row
from netwright.serving.served import Served
from netwright.task import Task

AT_ONCE = 48


@dataclass(frozen=True)
class Engine:
    """What computes answers.

    Attributes:
        name: onnxruntime or PyTorch, and why.
        answer: canonical rows to answers (n, k).
        at_once: rows that take a millisecond or two, for which no thread is needed.
    """

    name: str
    answer: Callable[[list[Row]], np.ndarray]
    at_once: int = 0


def engine_of(served: Served, wanted: str = "auto") -> Engine:
    """Return what computes a model's answers.

    Args:
        served: the model.
        wanted: "onnx", "torch", or "auto": the exported graph where it answers the same.

    Raises:
        ExportError: when the graph was asked for and there is none.
        MissingExtraError: when it was asked for and onnxruntime is not installed.
    """
    if wanted == "torch":
        return _torch_engine(served, "PyTorch, as asked for")
    try:
        return _graph_engine(served)
    except (ExportError, MissingExtraError) as error:
        if wanted == "onnx":
            raise
        return _torch_engine(served, f"PyTorch ({error})")


def _graph_engine(served: Served) -> Engine:
    if not served.table:
        raise ExportError("the graph takes rows of tables only")
    require_support(served.model, ["onnx"], None)
    subject = subject_of(served.model)
    whole = subject.whole(torch.float64, False)
    inlets = inlets_of(whole, words=True)
    run = runner_of(onnx_model(whole, words=True, about={}).SerializeToString())
    checks = subject.checks(None, "")
    feed = read_inputs(whole.reader, inlets, subject.raw(checks.rows))
    target = served.target
    classes = target.task in (Task.BINARY, Task.MULTICLASS)
    expected = subject.answers(checks.rows)
    floor = floor_of(target.task)
    require(compare(run, feed, expected, classes=classes, threshold=target.threshold, floor=floor), "onnx")
    read, description = reader_module(whole.reader).inputs_of, describe(inlets)
    return Engine(
        "onnxruntime: the exported graph, which answers as PyTorch does",
        lambda rows: run(read(rows, description)),
        AT_ONCE,
    )


def _torch_engine(served: Served, name: str) -> Engine:
    return Engine(name, lambda rows: served.answers(served.material(rows)))
