"""Traces as text: numbers and tables in aligned columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from netwright.trace.plain import Array


def aligned(header: Sequence[str], rows: Iterable[Sequence[object]], numbers: Collection[int] = ()) -> str:
    """Return a table as text.

    Args:
        header: names of the columns.
        rows: their cells.
        numbers: positions of the columns that are aligned to the right.

    >>> print(aligned(("name", "n"), [("a", 1), ("bb", 20)], numbers=(1,)))
    name   n
    a      1
    bb    20
    """
    table = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
    return "\n".join(line.rstrip() for line in lines)


def number(value: float) -> str:
    """Return a number with six digits.

    >>> number(0.123456789), number(-2.0)
    ('0.123457', '-2')
    """
    return f"{float(value):.6g}"


def shape_text(values: Array) -> str:
    """Return the shape of an array, such as "4 × 30"."""
    return " × ".join(str(size) for size in values.shape) or "a number"
