"""Numbers, times, sizes and names as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from unicodedata import east_asian_width

# Control characters, halves of surrogate pairs and marks that turn the reading direction around: a name
# from a file must not be able to garble the page around it.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
NOTHING = "–"
SPACE = "\u00a0"  # between a number and its unit, where no line may break
PERCENT = f"{SPACE}%"
INTERVAL_NAME = f"95{PERCENT} interval"


def clean(text: object) -> str:
    r"""Return text on one line without characters that cannot be shown; "(blank)" when nothing is left.

    >>> clean("first\nsecond\x00"), clean(" ")
    ('first second�', '(blank)')
    """
    return _UNPRINTABLE.sub("\ufffd", " ".join(str(text).split())) or "(blank)"


def shorten(text: object, limit: int) -> str:
    """Return clean text of at most `limit` letters' width, cut in its middle; wide signs count twice.

    >>> shorten("worst concave points of the cell", 16), shorten("日本語のとても長い列", 9)
    ('worst co…he cell', '日本…い列')
    """
    whole = clean(text)
    if len(whole) <= limit and width(whole) <= limit:
        return whole
    tail = (limit - 1) // 2
    ending = _fitting(whole[: -limit - 1 : -1], tail)[::-1]
    return f"{_fitting(whole[:limit], limit - 1 - tail)}…{ending}"


def width(text: str) -> int:
    """Return how many letters wide a text is about: signs such as 日 count twice."""
    return len(text) if text.isascii() else sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _fitting(text: str, limit: int) -> str:
    return next((text[:end] for end in range(len(text), 0, -1) if width(text[:end]) <= limit), "")


def sentence(text: str) -> str:
    """Return a sentence for the page: clean, of a bearable length, empty when there is none."""
    return shorten(text, 500) if text else ""


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a counted noun.

    >>> count(1, "row"), count(1234, "row"), count(2, "class", "classes")
    ('1 row', '1,234 rows', '2 classes')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def left_out(hidden: int, singular: str, plural: str = "") -> str:
    """Return the sentence on what a table or figure does not show, or nothing.

    >>> left_out(0, "column"), left_out(-2, "column"), left_out(3, "column")
    ('', '', '3 more columns are not shown.')
    """
    if hidden <= 0:
        return ""
    if hidden == 1:
        return f"1 more {singular} is not shown."
    return f"{hidden:,} more {plural or singular + 's'} are not shown."


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, large ones whole.

    >>> number(0.000123456), number(47176.3), number(12.3456), number(None)
    ('0.000123', '47,176', '12.3', '–')
    """
    if value is None or not math.isfinite(value):
        return NOTHING if value is None or math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 12:
        return f"{value:.{digits - 1}e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    text = f"{value:,.{max(0, digits - 1 - size)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def aligned(values: Sequence[float | None], digits: int = 3) -> list[str]:
    """Return the numbers of a table's column, all with the same decimals; `digits` for the largest.

    >>> aligned([0.1238, 0.12, None, 0.00001])
    ['0.124', '0.120', '–', '1.00e-5']
    """
    known = [abs(value) for value in values if value is not None and math.isfinite(value) and value]
    largest = math.floor(math.log10(max(known))) if known else 0
    decimals = max(0, digits - 1 - largest)
    if not -5 < largest < 12:
        return [number(value, digits) for value in values]
    return [_with_decimals(value, decimals) or number(value, digits) for value in values]


def _with_decimals(value: float | None, decimals: int) -> str:
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:,.{decimals}f}"
    return "" if value and not text.strip("-0.,") else text


def share(value: float | None) -> str:
    """Return a share as a percentage that never rounds something to nothing.

    >>> [share(part).replace(SPACE, " ") for part in (0.1234, 0.0, 0.0001, 0.9999, 1.0)]
    ['12.3 %', '0 %', '<0.1 %', '>99.9 %', '100 %']
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if 0 < value < 0.0005:
        return f"<0.1{PERCENT}"
    if 0.9995 <= value < 1:
        return f">99.9{PERCENT}"
    return (f"{value:.0%}"[:-1] if value in (0, 1) else f"{100 * value:.1f}") + PERCENT


def seconds(value: float | None) -> str:
    """Return a length of time.

    >>> [seconds(time).replace(SPACE, " ") for time in (0.0042, 3.21, 75.0, 7330.0)]
    ['4.2 ms', '3.2 s', '1 min 15 s', '2 h 2 min']
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if value < 0.9995:
        return f"{number(1000 * value, 2)}{SPACE}ms"
    if value < 59.95:
        return f"{value:.1f}{SPACE}s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60}{SPACE}min {whole % 60}{SPACE}s"
    return f"{whole // 3600:,}{SPACE}h {whole % 3600 // 60}{SPACE}min"


def size(octets: int | None) -> str:
    """Return a size in bytes, kB, MB or GB.

    >>> [size(octets).replace(SPACE, " ") for octets in (512, 53_000, 1_250_000)]
    ['512 B', '53 kB', '1.2 MB']
    """
    if octets is None:
        return NOTHING
    value = float(octets)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:,.{1 if value < 10 and unit != 'B' else 0}f}{SPACE}{unit}"


def joined(names: list[str]) -> str:
    """Return names as a phrase.

    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
