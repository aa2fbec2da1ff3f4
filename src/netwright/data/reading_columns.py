"""Columns of text made tidy: blanks and markers of missing taken away, numbers taken as numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from netwright.data.reading_markers import MARKERS, MARKERS_IN_NUMBERS, without_markers
from netwright.data.reading_numbers import plain_digits, written_as
from netwright.errors import listing

# Words that are missing among numbers but can be an answer in a column of words.
_ANSWERS = ("None", "none", "NONE")
_LOOK = r"^\s|\s$|^(" + "|".join(marker.replace("?", r"\?") for marker in (*MARKERS, *_ANSWERS)) + r")$"


@dataclass
class Ledger:
    """What was read as missing, by how it was written: the columns and the number of cells."""

    missing: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    others: list[str] = field(default_factory=list)

    def add(self, column: str, written: str, cells: int) -> None:
        """Note cells of a column that were read as missing."""
        if cells:
            columns = self.missing[written]
            columns[column] = columns.get(column, 0) + cells

    def cells(self, column: str) -> int:
        """Return the number of cells of a column that were noted so far."""
        return sum(columns.get(column, 0) for columns in self.missing.values())

    def sentences(self, order: Sequence[str]) -> tuple[str, ...]:
        """Return what was noted, one sentence for each way of writing, columns in the given order."""
        found = []
        for written, columns in sorted(self.missing.items()):
            cells = sum(columns.values())
            what = written if written else "blanks"
            names = listing(sorted(columns, key=order.index))
            found.append(f"{what} read as missing in {names} ({_cells(cells)})")
        return (*found, *self.others)


def tidy(frame: pl.DataFrame, names: list[str], ledger: Ledger) -> pl.DataFrame:
    """Return the frame with some text columns made tidy: no blanks at the ends, null for what means missing.

    Args:
        frame: any table.
        names: the text columns to look at.
        ledger: where to note what was read as missing.
    """
    if not names:
        return frame
    found = frame.select(pl.col(names).str.contains(_LOOK).any()).row(0)
    touched = [name for name, yes in zip(names, found, strict=True) if yes]
    return frame.with_columns(tidy_words(frame[name], ledger) for name in touched)


def tidy_words(text: pl.Series, ledger: Ledger) -> pl.Series:
    """Return a column of words with markers of missing read as null, unless they are answers there."""
    name = text.name
    stripped = text.str.strip_chars()
    values = stripped.value_counts(sort=True).drop_nulls()
    counts = dict(zip(values[name].to_list(), values["count"].to_list(), strict=True))
    markers = tuple(marker for marker in MARKERS if marker in counts)
    words = [word for word in counts if word not in MARKERS]
    if "NA" in markers and _two_letter_codes(words):
        markers = tuple(marker for marker in markers if marker != "NA")
        ledger.others.append(
            f"NA kept as a value of {name} ({_cells(counts['NA'])}) - the others are codes like it"
        )
    for word in _ANSWERS:
        if word in counts:
            ledger.others.append(
                f"{word} kept as a value of {name} ({_cells(counts[word])}) - it may be an answer"
            )
    for marker in markers:
        ledger.add(name, marker, counts[marker])
    return text.to_frame().select(without_markers(pl.col(name), markers)).to_series()


def _cells(count: int) -> str:
    return f"{count:,} cell" if count == 1 else f"{count:,} cells"


def _two_letter_codes(words: list[str]) -> bool:
    return len(words) >= 3 and all(len(word) == 2 and word.isalpha() and word.isupper() for word in words)


def settle(text: pl.Series, decimal_comma: bool, ledger: Ledger) -> pl.Series:
    """Return a column of text as numbers where it is one, tidied text otherwise.

    Args:
        text: the column as it stands in the file.
        decimal_comma: whether the file writes 1,5 for one and a half.
        ledger: where to note what was read as missing, and how numbers are written.
    """
    name = text.name
    ledger.add(name, "", text.null_count())
    cleaned = text.to_frame().select(without_markers(pl.col(name), MARKERS_IN_NUMBERS)).to_series()
    format = written_as(cleaned, decimal_comma)
    if format is None:
        return tidy_words(text, ledger)
    gone = text.str.strip_chars().filter(cleaned.is_null()).drop_nulls().value_counts()
    for word, cells in gone.iter_rows():
        ledger.add(name, word, cells)
    digits = cleaned.to_frame().select(plain_digits(pl.col(name), format)).to_series()
    if format:
        example = cleaned.drop_nulls().filter(cleaned.drop_nulls().str.contains(r"[^\d.+-]"))[0]
        value = digits.filter(cleaned == example)[0]
        ledger.others.append(f"{name}: numbers stored as text, {example!r} read as {value}")
    whole = digits.cast(pl.Int64, strict=False)
    return whole if whole.null_count() == digits.null_count() else digits.cast(pl.Float64, strict=False)
