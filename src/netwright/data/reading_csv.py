"""Delimited text: one streaming pass that types the columns, and a second look at what did not fit."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass, replace

import polars as pl

from netwright.data.decode import as_utf8
from netwright.data.reading_columns import Ledger, settle, tidy
from netwright.data.reading_files import Content
from netwright.data.reading_markers import MARKERS_IN_NUMBERS, without_markers
from netwright.data.reading_numbers import CODE, FIGURE
from netwright.data.reading_records import blank_rows, lines_may_differ, rewritten
from netwright.data.reading_sniff import Layout, sniff
from netwright.errors import DataError, listing

_HEAD = 1 << 18
_SAMPLE_BYTES = 1 << 21
_SAMPLE_ROWS = 5_000
# A column in whose sample this share of values looks like numbers is tried as numbers.
_MOSTLY = 0.9
_ROW = "\x00row"


@dataclass(frozen=True)
class _Types:
    """What the columns seem to be, from the first rows."""

    whole: list[str]
    real: list[str]
    text: list[str]
    doubtful: list[str]
    padded: bool

    def expressions(self) -> list[pl.Expr]:
        """Return what types the columns; what does not fit becomes null."""
        return [
            self.digits(self.whole).cast(pl.Int64, strict=False),
            self.digits(self.real).cast(pl.Float64, strict=False),
            pl.col(self.text + self.doubtful),
        ]

    def doubting(self, misfits: Collection[str]) -> _Types:
        """Return the same with some columns of numbers taken for text first."""
        return replace(
            self,
            whole=[name for name in self.whole if name not in misfits],
            real=[name for name in self.real if name not in misfits],
            doubtful=[*self.doubtful, *misfits],
        )

    def digits(self, names: list[str]) -> pl.Expr:
        """Return columns without the blanks that keep their digits from being read."""
        return pl.col(names).str.strip_chars() if self.padded else pl.col(names)


def read_csv(
    content: Content, texts: Collection[str] = (), known: Collection[str] = ()
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Read delimited text, everything about its layout found out.

    Args:
        content: the unpacked file.
        texts: columns that stay text whatever they hold.
        known: column names that are expected to be there, if any.

    Returns:
        the table, and what was decided, one sentence each.

    Raises:
        DataError: when the text is not a table; names the row.
    """
    content = as_utf8(content)
    layout = sniff(content.name, content.head(_HEAD), known)
    decisions = (*content.decisions, *layout.decisions)
    if layout.regular:
        try:
            frame, ledger = _read(content, layout, texts)
            return frame, (*decisions, *ledger.sentences(frame.columns))
        except pl.exceptions.PolarsError:
            pass  # The rows are looked at one by one below: what is wrong is named, what is odd is mended.
    regular = replace(content, source=rewritten(content, layout))
    try:
        frame, ledger = _read(regular, replace(layout, header=False, quote='"'), texts)
    except pl.exceptions.PolarsError as error:
        summary = str(error).splitlines()[0]
        raise DataError(f"{content.name} cannot be read as a table of text: {summary}.") from error
    return frame, (*decisions, *ledger.sentences(frame.columns))


def _read(content: Content, layout: Layout, texts: Collection[str]) -> tuple[pl.DataFrame, Ledger]:
    ledger = Ledger()
    scan = _without_blank_lines(content, layout, ledger)
    types = _types(_sample(content, layout, scan), texts)
    strays = _strays(scan, types)
    misfits = {column for column, written, _ in strays if written not in MARKERS_IN_NUMBERS}
    types = types.doubting(misfits)
    frame = scan.select(types.expressions()).collect(engine="streaming")
    for column, written, cells in strays:
        if column not in misfits:
            ledger.add(column, written, cells)
    for column in types.whole + types.real + types.text:
        ledger.add(column, "", frame[column].null_count() - ledger.cells(column))
    decimal_comma = layout.delimiter != ","
    frame = frame.with_columns(settle(frame[name], decimal_comma, ledger) for name in types.doubtful)
    return tidy(frame, types.text, ledger).select(layout.names), ledger


def _without_blank_lines(content: Content, layout: Layout, ledger: Ledger) -> pl.LazyFrame:
    """Return the rows; only where a last field is empty can a line be blank or a row too short."""
    scan = _scan(content, layout)
    last = pl.col(layout.names[-1])
    rows, empty = scan.select(pl.len(), last.null_count().alias("empty")).collect(engine="streaming").row(0)
    blank = blank_rows(content, layout) if empty and lines_may_differ(content, layout, rows) else []
    if not blank:
        return scan
    places = listing([f"{row + 1:,}" for row in blank], 6)
    ledger.others.append(f"blank lines left out ({len(blank):,}, at row {places})")
    return scan.with_row_index(_ROW).filter(pl.col(_ROW).is_in(blank).not_()).drop(_ROW)


def _scan(content: Content, layout: Layout) -> pl.LazyFrame:
    source = io.BytesIO(content.source) if isinstance(content.source, bytes) else content.source
    return pl.scan_csv(
        source,
        has_header=False,
        skip_rows=int(layout.header),
        separator=layout.delimiter,
        quote_char=layout.quote,
        schema={name: pl.String() for name in layout.names},
        infer_schema=False,
        glob=False,
    )


def _sample(content: Content, layout: Layout, scan: pl.LazyFrame) -> pl.DataFrame:
    """Return the first rows; cut out by hand where that is safe, because Polars reads far ahead."""
    head = content.head(_SAMPLE_BYTES)
    end = head.rfind(b"\n") + 1
    if len(head) == _SAMPLE_BYTES and end and layout.quote.encode() not in head:
        scan = _scan(replace(content, source=head[:end]), layout)
    return scan.head(_SAMPLE_ROWS).collect(engine="streaming")


def _types(sample: pl.DataFrame, texts: Collection[str]) -> _Types:
    present = without_markers(pl.all(), MARKERS_IN_NUMBERS)
    looks = {
        "present": present.count(),
        "whole": present.str.contains(r"^[+-]?\d+$").sum(),
        "real": present.cast(pl.Float64, strict=False).count(),
        "figures": present.str.contains(FIGURE).sum(),
        "codes": present.str.contains(CODE).sum(),
        "padded": pl.all().str.contains(r"^\s|\s$").sum(),
    }
    found = {look: sample.select(expression).row(0) for look, expression in looks.items()}
    types = _Types([], [], [], [], padded=any(found["padded"]))
    for place, name in enumerate(sample.columns):
        count = found["present"][place]
        if name in texts or found["codes"][place]:
            types.text.append(name)
        elif found["whole"][place] == count:
            types.whole.append(name)
        elif found["real"][place] == count:
            types.real.append(name)
        elif found["figures"][place] >= _MOSTLY * count:
            types.doubtful.append(name)
        else:
            types.text.append(name)
    return types


def _strays(scan: pl.LazyFrame, types: _Types) -> list[tuple[str, str, int]]:
    """Return what is no number in the columns that seem to be numbers: column, text, number of cells."""
    looked = [
        pl.when(types.digits(names).cast(dtype, strict=False).is_null()).then(types.digits(names))
        for names, dtype in ((types.whole, pl.Int64), (types.real, pl.Float64))
        if names
    ]
    if not looked:
        return []
    strays = (
        scan.select(looked)
        .unpivot(variable_name="column", value_name="written")
        .with_columns(pl.col("written").str.strip_chars())
        .filter(pl.col("written") != "")
        .group_by("column", "written")
        .len("cells")
        .collect(engine="streaming")
    )
    return strays.rows()
