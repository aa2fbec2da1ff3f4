"""Text that Polars cannot read as it stands: what is wrong is named, what is merely unusual is mended."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from netwright.data.reading_files import Content, chunks
from netwright.data.reading_sniff import Layout, Record
from netwright.errors import DataError


def blank_rows(content: Content, layout: Layout) -> list[int]:
    """Return the rows, counted from 0, that are blank lines.

    Raises:
        DataError: for a row with too many or too few fields.
    """
    return [row for row, record in _rows(content, layout) if not record]


def lines_may_differ(content: Content, layout: Layout, rows: int) -> bool:
    """Whether some row may have too few fields: counting delimiters is enough where nothing is quoted."""
    delimiter, quote = layout.delimiter.encode(), layout.quote.encode()
    delimiters = 0
    for piece in chunks(content.source):
        if quote in piece:
            return True
        delimiters += piece.count(delimiter)
    return delimiters != (rows + layout.header) * (len(layout.names) - 1)


def rewritten(content: Content, layout: Layout) -> bytes:
    """Return the rows in regular CSV, without the header and blank lines.

    Raises:
        DataError: for a row with too many or too few fields, or a quote that is never closed.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    last: Record = []
    for _, record in _rows(content, layout):
        if record:
            writer.writerow(record)
            last = record
    if any("\n" in field for field in last):
        _refuse_open_quote(content, layout, last)
    return text.getvalue().encode()


def _rows(content: Content, layout: Layout) -> Iterator[tuple[int, Record]]:
    width = len(layout.names)
    with _opened(content.source) as text:
        reader = csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote, skipinitialspace=True)
        try:
            for row, record in enumerate(reader, start=-int(layout.header)):
                # In a table of one column an empty line is a missing value.
                fields = record or ([""] if width == 1 else record)
                if fields and len(fields) != width:
                    raise _ragged(content, layout, row, fields)
                if row >= 0:
                    yield row, fields
        except csv.Error as error:
            raise DataError(
                f"{content.name}, line {reader.line_num:,}: {error}. "
                "A quote that is opened there may not be closed."
            ) from error


def _opened(source: Path | bytes) -> TextIO:
    if isinstance(source, bytes):
        return io.TextIOWrapper(io.BytesIO(source), encoding="utf-8", newline="")
    return source.open(encoding="utf-8", newline="")


def _ragged(content: Content, layout: Layout, row: int, record: Record) -> DataError:
    first = "as in the header" if layout.header else "as in most rows"
    if any("\n" in field for field in record):
        hint = f"A quote ({layout.quote}) that is opened in this row may not be closed."
    elif len(record) > len(layout.names):
        hint = f"Put fields that contain {layout.delimiter!r} between quotes, or remove the surplus."
    else:
        hint = "Add the fields that are missing, empty ones if the values are not known."
    return DataError(
        f"{content.name}, row {row + 1:,}: expected {len(layout.names):,} fields, {first}, "
        f"got {len(record):,} ({layout.delimiter.join(record)[:80]!r}). {hint}"
    )


def _refuse_open_quote(content: Content, layout: Layout, last: Record) -> None:
    quotes = sum(piece.count(layout.quote.encode()) for piece in chunks(content.source))
    if quotes % 2:
        start = next(field for field in last if "\n" in field)[:60]
        raise DataError(
            f"{content.name}: a quote ({layout.quote}) before {start!r} is opened and never closed, "
            "it swallows the rest of the file. Close it, or remove it."
        )
