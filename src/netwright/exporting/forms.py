"""Every form of data as one module, and its reader: what makes inputs of raw rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from netwright.data.items import Form
from netwright.errors import ExportError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.preparing import form_of
from netwright.exporting.check_rows import raw_rows
from netwright.exporting.parity import Feed
from netwright.exporting.picture_whole import picture_rows, picture_whole
from netwright.exporting.sequence_whole import sequence_whole
from netwright.exporting.signature import Inlet, Whole
from netwright.exporting.table_whole import table_whole
from netwright.exporting.text_whole import text_rows, text_whole

WHOLES: dict[Form, Callable[[NetworkEstimator, torch.dtype], Whole]] = {
    Form.TABLE: table_whole,
    Form.IMAGES: picture_whole,
    Form.SEQUENCES: sequence_whole,
    Form.TEXTS: text_whole,
}

RAW: dict[Form, Callable[[NetworkEstimator, Any], list[Any]]] = {
    Form.IMAGES: picture_rows,
    Form.TEXTS: text_rows,
}
"""What makes of check rows what the readers take, where that is not the rows as they are."""


def whole_of(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model as one module: raw inputs to decoded answers.

    Args:
        model: fitted.
        dtype: of the numbers that come in: float64 where the target has it, else float32.

    Raises:
        ExportError: for a form of data that has no export.
    """
    form = form_of(model.preparation_)
    if form not in WHOLES:
        raise ExportError(f"{form} cannot be exported. Can be: {', '.join(WHOLES)}.")
    return WHOLES[form](model, dtype)


def rows_for_reader(model: NetworkEstimator, rows: Any) -> list[Any]:
    """Return check rows one by one, as the reader of the model's form takes them."""
    form = form_of(model.preparation_)
    return RAW[form](model, rows) if form in RAW else raw_rows(rows)


def reader_module(name: str) -> ModuleType:
    """Return a reader."""
    return import_module(f"netwright.exporting.readers.{name}")


def reader_source(name: str) -> str:
    """Return the text of a reader, which is copied beside the exported files."""
    file = reader_module(name).__file__
    assert file is not None
    return Path(file).read_text(encoding="utf-8")


def read_inputs(reader: str, inlets: Sequence[Inlet], rows: list[Any]) -> Feed:
    """Return the inputs of raw rows, made by the reader that travels with the files."""
    inputs: Feed = reader_module(reader).inputs_of(rows, describe(inlets))
    return inputs


def describe(inlets: Sequence[Inlet]) -> dict[str, Any]:
    """Return what the readers have to know of inputs: what inputs.json holds."""
    return {"inputs": [inlet.to_json() for inlet in inlets]}
