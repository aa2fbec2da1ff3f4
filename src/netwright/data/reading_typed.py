"""Formats that know the types of their columns: Parquet, Arrow, JSON and Excel."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from netwright.data.decode import as_utf8
from netwright.data.reading_columns import Ledger, tidy
from netwright.data.reading_files import Content, chunks
from netwright.data.reading_sniff import require_different
from netwright.errors import DataError, listing, needing

_NAMES = {
    "parquet": "Parquet",
    "arrow": "Arrow",
    "json": "JSON",
    "json lines": "JSON lines",
    "excel": "Excel",
}


def read_typed(content: Content, format: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Read a format that knows its types; only its text columns are made tidy.

    Args:
        content: the unpacked file.
        format: "parquet", "arrow", "json", "json lines" or "excel".

    Returns:
        the table, and what was decided, one sentence each.

    Raises:
        DataError: when the file is damaged or not of that format.
        MissingExtraError: when the package that reads Excel is not installed.
    """
    readers: dict[str, Callable[[Content], tuple[pl.DataFrame, tuple[str, ...]]]] = {
        "parquet": lambda given: (pl.read_parquet(_bytes_or_path(given), glob=False), ()),
        "arrow": _read_arrow,
        "json": _read_json,
        "json lines": _read_json,
        "excel": _read_excel,
    }
    try:
        frame, decisions = readers[format](content)
    except pl.exceptions.PolarsError as error:
        summary = (str(error).splitlines() or [repr(error)])[0][:200]
        raise DataError(
            f"{content.name} cannot be read as {_NAMES[format]}: {summary}. "
            "The file may be damaged, cut off or of another format."
        ) from error
    ledger = Ledger()
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    frame = tidy(frame, texts, ledger)
    return frame, (
        *content.decisions,
        f"format {_NAMES[format]}",
        *decisions,
        *ledger.sentences(frame.columns),
    )


def _bytes_or_path(content: Content) -> Path | io.BytesIO:
    return io.BytesIO(content.source) if isinstance(content.source, bytes) else content.source


def _read_arrow(content: Content) -> tuple[pl.DataFrame, tuple[str, ...]]:
    source = _bytes_or_path(content)
    if content.format == "arrow":
        return pl.read_ipc(source), ()
    return pl.read_ipc_stream(source), ("the Arrow data is a stream",)


def _read_json(content: Content) -> tuple[pl.DataFrame, tuple[str, ...]]:
    content = as_utf8(content)
    source = _bytes_or_path(content)
    if content.head().lstrip().startswith(b"["):
        return pl.read_json(source, infer_schema_length=None), ("one array of objects",)
    try:
        return pl.read_ndjson(source, infer_schema_length=None), ("one object a line",)
    except pl.exceptions.PolarsError:
        _refuse_bad_line(content)
        raise


def _refuse_bad_line(content: Content) -> None:
    for number, line in enumerate(b"".join(chunks(content.source)).splitlines(), start=1):
        try:
            json.loads(line or b"null")
        except json.JSONDecodeError as error:
            shown = line[:60].decode(errors="replace")
            raise DataError(f"{content.name}, line {number:,}: not JSON ({error.msg}): {shown!r}.") from error


def _read_excel(content: Content) -> tuple[pl.DataFrame, tuple[str, ...]]:
    with needing("fastexcel", "excel", "Reading Excel"):
        fastexcel: Any = importlib.import_module("fastexcel")
    data = content.source if isinstance(content.source, bytes) else content.source.read_bytes()
    try:
        sheets = fastexcel.read_excel(data).sheet_names
        header = _read_sheet(data, sheets[0], has_header=False, read_options={"n_rows": 1})
        frame = _read_sheet(data, sheets[0], infer_schema_length=None)
    except fastexcel.FastExcelError as error:
        summary = (str(error).splitlines() or [repr(error)])[0]
        raise DataError(
            f"{content.name} cannot be read as Excel: {summary}. The file may be damaged."
        ) from error
    if header.height:
        require_different(content.name, [str(name) for name in header.row(0) if name is not None])
    others = f" the first of {len(sheets)} ({listing(sheets, 6)})" if len(sheets) > 1 else " the only one"
    return frame, (f"sheet {sheets[0]!r} -{others}",)


def _read_sheet(data: bytes, sheet: str, **options: Any) -> pl.DataFrame:
    frame = pl.read_excel(
        io.BytesIO(data), sheet_name=sheet, engine="calamine", raise_if_empty=False, **options
    )
    assert isinstance(frame, pl.DataFrame)
    return frame
