"""Reading a table from a file, whatever its format, and saying what was decided on the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from netwright.data.reading_csv import read_csv
from netwright.data.reading_files import unpack
from netwright.data.reading_typed import read_typed
from netwright.data.schema import Kind
from netwright.errors import DataError

_BY_ENDING = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
    ".json": "json",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
}
_TYPED_AS_NUMBERS = (Kind.NUMBER, Kind.CONSTANT)


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes:
        frame: its rows; text as it stands in the file, null where missing.
        source: the file it came from.
        decisions: what was found out while reading, one plain sentence each.
    """

    frame: pl.DataFrame
    source: str
    decisions: tuple[str, ...] = ()


def read_table(path: str | os.PathLike[str], *, overrides: Mapping[str, Kind] | None = None) -> Table:
    """Read a table: CSV and its kin, Parquet, Arrow, JSON lines or Excel, packed or not.

    Delimiter, header, encoding and the ways of writing that a value is missing are found out, and said
    in `decisions`.

    Args:
        path: the file; packed with gzip, bzip2, xz, Zstandard or zip if need be.
        overrides: what columns are known to be. A column that is not a number stays text, so that
            codes such as 007 keep their zeros. Names that the file lacks are of no consequence here.

    Raises:
        DataError: when there is no table to be read; names the file, and the row where there is one.
        MissingExtraError: when reading this format needs a package that is not installed.

    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_text("age;job\\n41;smith\\n?;cook\\n")
    >>> table = read_table(file)
    >>> table.frame.rows()
    [(41, 'smith'), (None, 'cook')]
    >>> table.decisions[-1]
    '? read as missing in age (1 cell)'
    """
    overrides = overrides or {}
    content = unpack(path)
    format = content.format or _BY_ENDING.get(Path(content.name).suffix.lower(), "text")
    if format == "text":
        texts = [name for name, kind in overrides.items() if kind not in _TYPED_AS_NUMBERS]
        frame, decisions = read_csv(content, texts, list(overrides))
    else:
        frame, decisions = read_typed(content, format)
    if frame.width == 0 or frame.height == 0:
        raise DataError(
            f"{path} holds {frame.height} rows and {frame.width} columns. Expected at least one of each."
        )
    return Table(frame, str(path), decisions)
