"""What the columns of a table are given as: numbers, codes, and words where the target holds strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from netwright.data.encode import CYCLES
from netwright.data.preparation import Preparation
from netwright.data.reading_values import _NO, _YES
from netwright.data.scale import Affine
from netwright.exporting.signature import ROWS, Inlet, Words

DATE_PARTS = ("years", *CYCLES)
"""What a date is given as where the target has no 64-bit numbers."""

FEW_STEPS = 4_096
"""So many 32-bit numbers between two neighbouring knots are enough."""

FAR_OUT = 64.0
"""From so many spreads from 0 on, 32 bits lose what tells the values of a column apart."""

Columns = Sequence[Mapping[str, Any]]


def pairs_needed(preparation: Preparation) -> bool:
    """Return whether 32 bits are too few for the numbers of a table, so that two add up to each of them."""
    scaler = preparation.scaler
    if isinstance(scaler, Affine):
        return bool((np.abs(scaler.center) > FAR_OUT * scaler.spread).any())
    for knots in scaler.knots:
        there = knots[np.isfinite(knots)]
        exact = (there.astype(np.float32) == there).all()
        steps = np.spacing(np.abs(there).astype(np.float32)).astype(np.float64)
        if not exact and (np.diff(there) < FEW_STEPS * steps[1:]).any():
            return True
    return False


def number_columns(preparation: Preparation, dtype: torch.dtype, pairs: bool = False) -> list[dict[str, Any]]:
    """Return the columns that are given as numbers, in order: numbers, dates, yes or no.

    Args:
        preparation: fitted.
        dtype: of the numbers.
        pairs: whether two of them add up to each number and each date.
    """
    date = "seconds" if dtype == torch.float64 else "date parts"
    pair = {"pair": True} if pairs else {}
    return [
        *({"name": name, "kind": "number", **pair} for name in preparation.numbers),
        *({"name": name, "kind": date, **pair} for name in preparation.dates),
        *(
            {"name": name, "kind": "yes/no", "words": yes_words(yes_no.words)}
            for name, yes_no in preparation.yes_no.items()
        ),
    ]


def category_columns(preparation: Preparation) -> list[dict[str, Any]]:
    """Return the columns that are given as codes."""
    return [
        {"name": name, "kind": "code", "codes": dict(zip(vocabulary.words, range(1, 10**9), strict=False))}
        for name, vocabulary in preparation.categories.items()
    ]


def width_of(column: Mapping[str, Any]) -> int:
    """Return how many numbers a column takes.

    >>> width_of({"kind": "date parts", "pair": True}), width_of({"kind": "number"})
    (5, 1)
    """
    return (len(DATE_PARTS) if column["kind"] == "date parts" else 1) + bool(column.get("pair"))


def table_inlets(numbers: Columns, codes: Columns, dtype: torch.dtype) -> tuple[Inlet, ...]:
    """Return what the columns of a table are given as."""
    wide = dtype == torch.float64
    inlets = []
    if numbers:
        says = "numbers as they are, NaN where missing; dates as seconds since the beginning of 1970"
        if not wide:
            says = "numbers as they are, NaN where missing; dates as years since 1970, month, weekday, minute"
        if any(column.get("pair") for column in numbers):
            says += "; numbers and years as two that add up to them: the nearest in 32 bits, and what is left"
        size = (ROWS, sum(map(width_of, numbers)))
        inlets.append(Inlet("numbers", "float64" if wide else "float32", size, says, {"columns": numbers}))
    if codes:
        says = "the number of each category, 0 where it is missing or unknown"
        kind = "int64" if wide else "int32"
        inlets.append(Inlet("codes", kind, (ROWS, len(codes)), says, {"columns": codes}))
    return tuple(inlets)


def words_of(numbers: Columns, codes: Columns) -> Words | None:
    """Return how words are given where the target holds strings, None where no column has any."""
    plain = [one for one in numbers if one["kind"] != "yes/no"]
    yes_no = [one for one in numbers if one["kind"] == "yes/no"]
    if not (yes_no or codes):
        return None
    columns = [{"name": one["name"], "kind": "yes/no word"} for one in yes_no]
    columns += [{"name": one["name"], "kind": "word"} for one in codes]
    says = "words as they are, without spaces around them; empty where missing"
    words = Inlet("words", "string", (ROWS, len(columns)), says, {"columns": columns})
    return Words(
        yes_no=tuple(_spelled(one["words"]) for one in yes_no),
        codes=tuple(one["codes"] for one in codes),
        inlets=(*table_inlets(plain, (), torch.float64), words),
    )


def yes_words(words: tuple[str, ...]) -> dict[str, float]:
    """Return the number of each word of a yes/no column, in small letters.

    >>> yes_words(("no", "yes"))["true"]
    1.0
    """
    numbers = {word.lower(): float(place) for place, word in enumerate(words)}
    for common, spellings in (("no", _NO), ("yes", _YES)):
        if common in numbers:
            numbers |= dict.fromkeys(spellings, numbers[common])
    return numbers


def _spelled(words: Mapping[str, float]) -> dict[str, float]:
    """Return words of yes and no in small letters, in capitals, and with one capital in front."""
    return {
        form(word): number for word, number in words.items() for form in (str.lower, str.upper, str.title)
    }
