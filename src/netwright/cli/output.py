"""What commands print: answers to standard output, everything else to standard error."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

PLAIN_WIDTH = 140
"""Width of a table that goes to a file or a pipe."""

LONGEST_SENTENCE = 600
"""Characters of a sentence; in full it is in the report."""

# Names and values from files must not be able to steer the terminal. Line ends are kept.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def safe(text: object) -> str:
    r"""Return text without characters that steer a terminal.

    >>> safe("red \x1b[31m alert")
    'red �[31m alert'
    """
    return _CONTROL.sub("\ufffd", str(text).replace("\t", " "))


def say(text: object, style: str = "") -> None:
    """Print a line to standard output, wrapped between words on a terminal."""
    _print(sys.stdout, text, style)


def note(text: object, style: str = "") -> None:
    """Print a line to standard error, wrapped between words on a terminal."""
    _print(sys.stderr, text, style)


def shorten(text: str, limit: int = LONGEST_SENTENCE) -> str:
    """Return a sentence of a bearable length, cut in its middle: the end often says what to do.

    >>> shorten("the columns a, b, c, d, e, f, g are one", 27)
    'the columns … f, g are one'
    """
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half].rstrip()} … {text[-half:].lstrip()}"


def print_json(data: Mapping[str, Any]) -> None:
    """Print one JSON object to standard output; numbers that JSON has no name for become null."""
    sys.stdout.write(json.dumps(finite(data), indent=1, default=str, allow_nan=False) + "\n")


def finite(value: Any) -> Any:
    """Return plain data in which infinite and undefined numbers are None.

    >>> finite({"a": [1.0, float("nan")]})
    {'a': [1.0, None]}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def print_table(
    stream: TextIO,
    header: Iterable[str],
    rows: Iterable[Iterable[object]],
    numbers: Collection[int] = (),
    bold: int | None = None,
) -> None:
    """Print a table in aligned columns.

    Args:
        stream: where to.
        header: names of the columns.
        rows: their cells.
        numbers: positions of the columns that are aligned to the right.
        bold: position of the row that stands out on a terminal, or None.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for place, name in enumerate(header):
        side = "right" if place in numbers else "left"
        table.add_column(Text(safe(name)), justify=side, overflow="fold")  # type: ignore[arg-type]
    for place, row in enumerate(rows):
        table.add_row(*(Text(safe(cell)) for cell in row), style="bold" if place == bold else None)
    _render(stream, table)


def use_unicode(stream: TextIO) -> None:
    """Let a stream take every character: pipes as UTF-8, terminals with a mark for what they lack."""
    if hasattr(stream, "reconfigure"):
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="replace")


def _print(stream: TextIO, text: object, style: str) -> None:
    if not stream.isatty():
        print(safe(text), file=stream, flush=True)
        return
    from rich.text import Text

    _render(stream, Text(safe(text), style=style))


def _render(stream: TextIO, item: Table | Text) -> None:
    """Print something with colours on a terminal, without them elsewhere."""
    from rich.console import Console

    width = None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    # Written by hand: on a broken pipe rich would end the process.
    with console.capture() as rendered:
        console.print(item)
    stream.write(rendered.get())
    stream.flush()
