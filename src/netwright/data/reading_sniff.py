"""How a text file is laid out: its delimiter, its quotes, and whether its first row names the columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from netwright.data.reading_markers import MARKERS_IN_NUMBERS
from netwright.errors import DataError

_SAMPLE = 1 << 18
_LINES = 100
_NAMES = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
# What stands between the fields of a table of one column: nothing that occurs in text.
_NOTHING = "\x1f"
# The names that columns get where the file gives none.
_NAMELESS = re.compile(r"column_\d+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_SINGLE_QUOTED = re.compile(r"(?:^|[,;\t|])[ ]*'[^'\n]*'[ ]*(?=$|[,;\t|\r])", re.MULTILINE)
_SPACED_QUOTE = re.compile(r'[,;\t|] +"')
# Numbers, also with a decimal comma, and what starts as dates and times do.
_FIGURES = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|\d{1,4}[-/.:]\d.*")

Record = list[str]


@dataclass(frozen=True)
class Layout:
    """How the fields of a text file are told apart.

    Attributes:
        delimiter: what stands between fields.
        quote: what stands around fields that hold a delimiter.
        header: whether the first record names the columns.
        names: the columns' names.
        regular: whether Polars can read the quotes as they stand.
        decisions: what was found out, one sentence each.
    """

    delimiter: str
    quote: str
    header: bool
    names: tuple[str, ...]
    regular: bool = True
    decisions: tuple[str, ...] = ()


def sniff(source_name: str, head: bytes, known: Collection[str] = ()) -> Layout:
    """Find out how a text file is laid out from its first lines.

    Args:
        source_name: the file's name, for messages.
        head: its first bytes, in UTF-8.
        known: column names that are expected to be there, if any.

    Raises:
        DataError: for column names that stand twice, or a header with nothing below.

    >>> layout = sniff("a.csv", b"age;job\\n41;smith\\n")
    >>> layout.delimiter, layout.header, layout.names
    (';', True, ('age', 'job'))
    """
    text = head[:_SAMPLE].decode("utf-8", "ignore")
    whole = len(head) < _SAMPLE
    quote = "'" if '"' not in text and _SINGLE_QUOTED.search(text) else '"'
    delimiter, reason = _delimiter(source_name, text, quote, whole)
    records = [record for record in _records(text, delimiter, quote, whole) if record]
    if not records:
        raise DataError(f"{source_name}: no line could be cut into fields. Expected a table of text.")
    header, why = _header(records, known)
    if header and len(records) == 1 and whole:
        raise DataError(f"{source_name} has a header but no rows below it. Expected at least one row.")
    names, renamed = _column_names(source_name, records, header)
    decisions = [
        f"delimiter {_NAMES.get(delimiter, 'none')} - {reason}",
        f"{'header' if header else 'no header'} - {why}",
    ]
    if quote == "'":
        decisions.append("quotes ' - fields are put between single quotes")
    decisions.extend(renamed)
    regular = quote == '"' and not _SPACED_QUOTE.search(text)
    return Layout(delimiter, quote, header, names, regular, tuple(decisions))


def _records(text: str, delimiter: str, quote: str, whole: bool) -> list[Record]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, skipinitialspace=True
    )
    try:
        records = list(islice(reader, _LINES + 1))
    except csv.Error:
        return []
    # The last record of a sample may be cut off.
    return records if whole or len(records) == 1 else records[:-1]


def _delimiter(source_name: str, text: str, quote: str, whole: bool) -> tuple[str, str]:
    """Choose what cuts most lines into equally many fields, and leaves the fewest other delimiters."""
    best: tuple[float, float, int] = (0.0, 0.0, 0)
    chosen, lines = "", 0
    below_a_title: dict[str, list[Record]] = {}
    for delimiter in _NAMES:
        records = [record for record in _records(text, delimiter, quote, whole) if record]
        widths = Counter(len(record) for record in records)
        width, agreeing = widths.most_common(1)[0] if widths else (1, 0)
        if width == 1:
            continue
        if len(records[0]) == 1:
            below_a_title[delimiter] = records
            continue
        score = (agreeing / len(records), _purity(records, delimiter), width)
        if score > best:
            best, chosen, lines = score, delimiter, len(records)
    if not chosen:
        for delimiter, records in below_a_title.items():
            _refuse_title(source_name, delimiter, records)
        return _NOTHING, "there is one column"
    counted = (
        f"the first {lines} lines" if lines >= _LINES else f"the {lines} lines" if lines > 1 else "the line"
    )
    return chosen, f"cuts {counted} into {best[2]:,} fields each" if best[0] == 1 else f"found in {counted}"


def _purity(records: Sequence[Record], delimiter: str) -> float:
    """Return the share of fields in which no other delimiter is left; a decimal comma is none."""
    others = [other for other in _NAMES if other != delimiter]
    fields = [field for record in records for field in record]
    pure = sum(
        1
        for field in fields
        if not any(other in field for other in others) or _DECIMAL_COMMA.fullmatch(field)
    )
    return pure / len(fields)


def _refuse_title(source_name: str, delimiter: str, records: Sequence[Record]) -> None:
    """Refuse a file whose first line is one field above lines of equally many: it does not name them."""
    widths = {len(record) for record in records[1:]}
    if len(records) > 2 and len(widths) == 1:
        raise DataError(
            f"{source_name}: the first line is one field ({records[0][0][:60]!r}), the lines below have "
            f"{widths.pop()} with delimiter {_NAMES[delimiter]}. Remove it if it is a title; "
            "if there is one column, put its values between quotes."
        )


def _header(records: Sequence[Record], known: Collection[str]) -> tuple[bool, str]:
    """Decide whether the first record names the columns, by comparing it with those below."""
    first, below = [cell.strip() for cell in records[0]], records[1:]
    if known and sum(1 for name in known if name in first) * 2 > len(known):
        return True, "the first row holds the names that are expected"
    if known and all(_NAMELESS.fullmatch(name) for name in known):
        return False, "the columns that are expected have no names"
    figures = [cell for cell in first if _is_figure(cell)]
    if not below:
        return not figures, "the only row holds numbers" if figures else "the only row holds words"
    if _counts_up(figures, len(first), below[0]):
        return True, f"the first row counts {figures[0]}, {figures[1]}, {figures[2]}, …"
    votes = sum(
        _vote(cell, [row[column] for row in below if column < len(row)]) for column, cell in enumerate(first)
    )
    if votes > 0:
        return True, "the first row holds words above columns of numbers"
    if votes < 0:
        return False, "the first row looks like those below, the columns are named column_1, column_2, …"
    if figures:
        return False, "the first row holds numbers, the columns are named column_1, column_2, …"
    return True, "the first row holds words that do not come back below"


def _vote(cell: str, below: Record) -> int:
    """Return 1 where a cell seems to name the column below it, -1 where it seems to belong to it."""
    values = [value.strip() for value in below if value.strip() not in MARKERS_IN_NUMBERS]
    if not values or cell in MARKERS_IN_NUMBERS:
        return 0
    if sum(map(_is_figure, values)) >= 0.9 * len(values):
        return -1 if _is_figure(cell) else 1
    return -1 if cell in values and len(set(values)) < len(values) else 0


def _is_figure(cell: str) -> bool:
    return _FIGURES.fullmatch(cell) is not None


def _counts_up(figures: Sequence[str], width: int, below: Record) -> bool:
    """Whether the first row numbers the columns 0, 1, 2, … or gives years; the next must not go on."""
    if len(figures) < 4 or not all(figure.isdecimal() for figure in figures):
        return False
    numbers = [int(figure) for figure in figures]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return False
    if not (numbers[0] == 0 and len(numbers) == width) and not (numbers[0] >= 1800 and numbers[-1] <= 2200):
        return False
    return [cell.strip() for cell in below] != [str(number + width) for number in numbers]


def _column_names(
    source_name: str, records: Sequence[Record], header: bool
) -> tuple[tuple[str, ...], list[str]]:
    if not header:
        width = Counter(len(record) for record in records).most_common(1)[0][0]
        return tuple(f"column_{column}" for column in range(1, width + 1)), []
    given = [cell.strip() for cell in records[0]]
    names = [cell or f"column_{column}" for column, cell in enumerate(given, start=1)]
    require_different(source_name, names)
    nameless = [name for name, cell in zip(names, given, strict=True) if not cell]
    return tuple(names), [f"{name} - the header has no name for it" for name in nameless]


def require_different(source_name: str, names: Sequence[str]) -> None:
    """Raise DataError for a column name that stands twice, with the places."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names, start=1):
        places.setdefault(name, []).append(place)
    for name, found in places.items():
        if len(found) > 1:
            listed = " and ".join(str(place) for place in found)
            raise DataError(
                f"{source_name}: the column name {name!r} stands {len(found)} times, in columns {listed}. "
                "Give each column a name of its own."
            )
