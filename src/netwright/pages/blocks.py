"""What a page is built of: a section holds blocks, and the template knows how to show each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from netwright.pages.style import Picture


@dataclass(frozen=True)
class Text:
    """A paragraph; a lead is set larger, an aside smaller."""

    text: str
    role: str = ""
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True)
class Fact:
    """One number with its name and, where it helps, a remark."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """A row of numbers."""

    items: Sequence[Fact]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Segment:
    """One part of a bar that stands for a whole."""

    name: str
    count: int
    percent: float


@dataclass(frozen=True)
class Bar:
    """A bar of segments, such as training, validation and test rows."""

    label: str
    segments: Sequence[Segment]
    kind: ClassVar[str] = "bar"


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, a smaller remark below it, and how it is set."""

    text: str
    note: str = ""
    style: Literal["", "number", "prose"] = ""


@dataclass(frozen=True)
class Table:
    """A table that scrolls sideways where it does not fit.

    Attributes:
        caption: its name, shown above it unless `quiet`, where the heading above says the same.
        head: column titles; numeric ones stand right.
        rows: cells by row.
        strong: positions of the rows that stand out.
        note: said below it, such as how many rows were left out.
    """

    caption: str
    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    strong: frozenset[int] = frozenset()
    note: str = ""
    quiet: bool = False
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Figures:
    """Pictures side by side where there is room."""

    pictures: Sequence[Picture]
    kind: ClassVar[str] = "figures"


@dataclass(frozen=True)
class Card:
    """One finding: its severity and rule, what is the case, what to do, and the evidence as text.

    Attributes:
        severity: "alarm" or "note".
        rule: its name.
        message: what is the case, in short.
        remedy: what to do.
        evidence: numbers by name.
        place: where it showed, such as "layer hidden.0, step 40".
        cause: what is behind it.
        change: lines of a diff.
        further: what else is the case.
    """

    severity: str
    rule: str
    message: str
    remedy: str
    evidence: Sequence[tuple[str, str]]
    place: str = ""
    cause: str = ""
    change: str = ""
    further: str = ""


@dataclass(frozen=True)
class Findings:
    """Findings as cards."""

    items: Sequence[Card]
    kind: ClassVar[str] = "findings"


@dataclass(frozen=True)
class Terms:
    """Words and their meanings."""

    items: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "terms"


@dataclass(frozen=True)
class Code:
    """A command as it is typed."""

    text: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Details:
    """Material for experts, folded away until it is opened or printed."""

    summary: str
    blocks: Sequence[Block]
    kind: ClassVar[str] = "details"


Block: TypeAlias = Text | Bullets | Facts | Bar | Table | Figures | Findings | Terms | Code | Details


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading; `short` is its name in the table of contents."""

    anchor: str
    title: str
    short: str
    blocks: Sequence[Block]


def figures(*pictures: Picture | None) -> list[Block]:
    """Return the pictures that exist as one block, or nothing."""
    drawn = [picture for picture in pictures if picture is not None]
    return [Figures(drawn)] if drawn else []


def number_cell(text: str, note: str = "") -> Cell:
    """Return a cell that stands right."""
    return Cell(text, note, "number")


def prose_cell(text: str) -> Cell:
    """Return a cell for sentences, which is never narrow."""
    return Cell(text, style="prose")
