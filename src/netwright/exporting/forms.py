"""Every form of data as one module, and its reader: what makes inputs of raw rows."""

from __future__ import annotations

import re
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
from netwright.exporting.mixed_whole import mixed_whole
from netwright.exporting.parity import Feed
from netwright.exporting.picture_whole import picture_rows, picture_whole
from netwright.exporting.sequence_whole import sequence_whole
from netwright.exporting.signature import Inlet, Whole
from netwright.exporting.sound_whole import sound_rows, sound_whole
from netwright.exporting.table_whole import table_whole
from netwright.exporting.text_whole import text_rows, text_whole

WHOLES: dict[Form, Callable[[NetworkEstimator, torch.dtype], Whole]] = {
    Form.IMAGES: picture_whole,
    Form.SEQUENCES: sequence_whole,
    Form.SOUNDS: sound_whole,
    Form.TEXTS: text_whole,
}

TABLES: dict[Form, Callable[..., Whole]] = {Form.TABLE: table_whole, Form.MIXED: mixed_whole}
"""Those whose preparation may be rougher where 8 bits follow."""

RAW: dict[Form, Callable[[NetworkEstimator, Any], list[Any]]] = {
    Form.IMAGES: picture_rows,
    Form.SOUNDS: sound_rows,
    Form.TEXTS: text_rows,
}
"""What makes of check rows what the readers take, where that is not the rows as they are."""

IMPORTED = re.compile(r"netwright\.exporting\.readers\.(\w+)")


def whole_of(model: NetworkEstimator, dtype: torch.dtype, rough: bool = False) -> Whole:
    """Return a fitted model as one module: raw inputs to decoded answers.

    Args:
        model: fitted.
        dtype: of the numbers that come in: float64 where the target has it, else float32.
        rough: whether 8 bits follow, for which a rougher preparation is enough.

    Raises:
        ExportError: for a form of data that has no export.
    """
    form = form_of(model.preparation_)
    if form in TABLES:
        return TABLES[form](model, dtype, rough=rough)
    if form not in WHOLES:
        raise ExportError(f"{form} cannot be exported. Can be: {', '.join((*TABLES, *WHOLES))}.")
    return WHOLES[form](model, dtype)


def rows_for_reader(model: NetworkEstimator, rows: Any) -> list[Any]:
    """Return check rows one by one, as the reader of the model's form takes them."""
    form = form_of(model.preparation_)
    return RAW[form](model, rows) if form in RAW else raw_rows(rows)


def reader_module(name: str) -> ModuleType:
    """Return a reader."""
    return import_module(f"netwright.exporting.readers.{name}")


def reader_files(name: str) -> dict[str, str]:
    """Return the texts of a reader and of those that it imports, by the names that they are shipped under.

    >>> sorted(reader_files("mixed"))
    ['reader.py', 'reader_table.py', 'reader_text.py']
    """
    text = _source(name)
    others = {f"reader_{one}.py": _source(one) for one in IMPORTED.findall(text)}
    return {"reader.py": IMPORTED.sub(r"reader_\1", text), **others}


def _source(name: str) -> str:
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
