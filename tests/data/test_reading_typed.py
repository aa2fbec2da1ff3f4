"""Formats that know their types are read, and damaged ones are refused."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import polars as pl
import pytest

from netwright.data.read import Table, read_table
from netwright.errors import DataError, MissingExtraError


def read(folder: Path, content: bytes, name: str = "table.csv") -> Table:
    file = folder / name
    file.write_bytes(content)
    return read_table(file)


def said(table: Table, words: str) -> bool:
    return any(words in decision for decision in table.decisions)


FRAME = pl.DataFrame({"a": [1, 2, None], "b": ["x", "?", " y "]})


def typed_bytes(format: str) -> bytes:
    buffer = io.BytesIO()
    {
        "parquet": FRAME.write_parquet,
        "arrow": FRAME.write_ipc,
        "stream": FRAME.write_ipc_stream,
        "jsonl": FRAME.write_ndjson,
        "json": FRAME.write_json,
        "xlsx": FRAME.write_excel,
    }[format](buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("format", "name"),
    [
        ("parquet", "a.parquet"),
        ("parquet", "named_wrongly.csv"),
        ("arrow", "a.feather"),
        ("stream", "a.arrow"),
        ("jsonl", "a.jsonl"),
        ("jsonl", "a.ndjson"),
        ("json", "a.json"),
        ("xlsx", "a.xlsx"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_typed_formats(tmp_path: Path, format: str, name: str, packed: bool) -> None:
    data = typed_bytes(format)
    table = read(tmp_path, gzip.compress(data) if packed else data, name + ".gz" * packed)
    assert table.frame.rows() == [(1, "x"), (2, None), (None, "y")]
    assert said(table, "? read as missing in b (1 cell)")


def test_excel_with_several_sheets(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        for name in ("Data", "Notes"):
            book.add_worksheet(name).write_row(0, 0, ["x", "y"])
        book.get_worksheet_by_name("Data").write_row(1, 0, [1, "q"])
    table = read_table(tmp_path / "a.xlsx")
    assert table.frame.rows() == [(1, "q")]
    assert said(table, "sheet 'Data' - the first of 2 (Data, Notes)")


def test_excel_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'netwright\[excel\]'"):
        read(tmp_path, typed_bytes("xlsx"), "a.xlsx")


def test_excel_names_that_stand_twice(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["x", "y", "x"])
        sheet.write_row(1, 0, [1, 2, 3])
    with pytest.raises(DataError, match="'x' stands 2 times, in columns 1 and 3"):
        read_table(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (typed_bytes("parquet")[:-20], "a.parquet", "cannot be read as Parquet"),
        (b"a,b\n1,2\n", "a.parquet", "cannot be read as Parquet"),
        (typed_bytes("arrow")[:80], "a.arrow", "cannot be read as Arrow"),
        (b"a,b\n1,2\n", "a.xlsx", "cannot be read as Excel"),
        (typed_bytes("xlsx")[:400], "a.xlsx", "damaged zip file"),
        (b'{"a":1}\n{nope\n', "a.jsonl", "line 2: not JSON"),
        (b'[{"a":1},', "a.json", "cannot be read as JSON"),
        (b"[]", "a.json", "0 rows and 0 columns"),
    ],
    ids=str,
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, data, name)
