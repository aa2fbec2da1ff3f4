"""What computes answers: the exported graph under onnxruntime where it answers the same, else PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch

from netwright.data.items import Form
from netwright.data.preparation import Preparation
from netwright.data.schema import Kind
from netwright.errors import ExportError, MissingExtraError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.preparing import form_of
from netwright.exporting.check_rows import check_rows, raw_rows
from netwright.exporting.forms import describe, read_inputs, reader_module, whole_of
from netwright.exporting.job import answers_of
from netwright.exporting.onnx_file import inlets_of, onnx_model
from netwright.exporting.parity import compare, require
from netwright.exporting.session import runner_of
from netwright.serving.cells import Row
from netwright.task import Task

AT_ONCE = 48

_TYPES: dict[Kind, Any] = {
    Kind.NUMBER: pl.Float64,
    Kind.CATEGORY: pl.String,
    Kind.YES_NO: pl.String,
    Kind.DATETIME: pl.Datetime("us"),
    Kind.TEXT: pl.String,
}


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


def engine_of(model: NetworkEstimator, wanted: str = "auto") -> Engine:
    """Return what computes a model's answers.

    Args:
        model: fitted.
        wanted: "onnx", "torch", or "auto": the exported graph where it answers the same.

    Raises:
        ExportError: when the graph was asked for and there is none.
        MissingExtraError: when it was asked for and onnxruntime is not installed.
    """
    if wanted == "torch":
        return _torch_engine(model, "PyTorch, as asked for")
    try:
        return _graph_engine(model)
    except (ExportError, MissingExtraError) as error:
        if wanted == "onnx":
            raise
        return _torch_engine(model, f"PyTorch ({error})")


def _graph_engine(model: NetworkEstimator) -> Engine:
    if form_of(model.preparation_) is not Form.TABLE or not isinstance(model.preparation_, Preparation):
        raise ExportError("the graph takes rows of tables only")
    whole = whole_of(model, torch.float64)
    inlets = inlets_of(whole, words=True)
    run = runner_of(onnx_model(whole, words=True, about={}).SerializeToString())
    checks = check_rows(model, None, "")
    feed = read_inputs(whole.reader, inlets, raw_rows(checks.rows))
    target = model.target_
    classes = target.task in (Task.BINARY, Task.MULTICLASS)
    expected = answers_of(model, checks.rows)
    require(compare(run, feed, expected, classes=classes, threshold=target.threshold), "onnx")
    read, description = reader_module(whole.reader).inputs_of, describe(inlets)
    return Engine(
        "onnxruntime: the exported graph, which answers as PyTorch does",
        lambda rows: run(read(rows, description)),
        AT_ONCE,
    )


def _torch_engine(model: NetworkEstimator, name: str) -> Engine:
    types = {column.name: _TYPES.get(column.kind) for column in model.schema_.used}

    def answer(rows: list[Row]) -> np.ndarray:
        frame = pl.DataFrame(
            [pl.Series(name, [row[name] for row in rows], dtype=dtype) for name, dtype in types.items()]
        )
        return answers_of(model, frame)

    return Engine(name, answer)
