"""Models for tables as one module: raw columns in, answers out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from netwright.data.preparation import Preparation
from netwright.data.reading_values import _NO, _YES
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.signature import ROWS, Inlet, Whole, Words
from netwright.exporting.tables import DATE_PARTS, TableEntrance


class TableWhole(nn.Module):
    """Preparation, network and decoding of a model for tables."""

    def __init__(self, entrance: TableEntrance, answer: Answer, numbers: bool, codes: bool) -> None:
        super().__init__()
        self.entrance, self.answer = entrance, answer
        self.numbers, self.codes = numbers, codes

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers for numbers (n, m) and codes (n, c), each only where there are some."""
        codes = inputs[-1] if self.codes else None
        if self.numbers:
            prepared = self.entrance(inputs[0])
        else:
            prepared = inputs[0].new_zeros((inputs[0].shape[0], 0), dtype=torch.float32)
        if codes is None:
            return self.answer(prepared)  # type: ignore[no-any-return]
        return self.answer(prepared, codes.long())  # type: ignore[no-any-return]


def table_whole(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model for tables as one module.

    Args:
        model: fitted, on a table without texts.
        dtype: float64 where the target has it, which is exact; else float32.
    """
    preparation = model.preparation_
    assert isinstance(preparation, Preparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    numbers = number_columns(preparation, dtype)
    codes = category_columns(preparation)
    module = TableWhole(TableEntrance(preparation, dtype), answer, bool(numbers), bool(codes))
    return Whole(
        module.eval(), table_inlets(preparation, dtype), outlet_of(model, dtype), "table", _words(preparation)
    )


def table_inlets(preparation: Preparation, dtype: torch.dtype) -> tuple[Inlet, ...]:
    """Return what the columns of a table are given as: numbers, and codes."""
    wide = dtype == torch.float64
    numbers, codes = number_columns(preparation, dtype), category_columns(preparation)
    width = sum(len(DATE_PARTS) if one["kind"] == "date parts" else 1 for one in numbers)
    inlets = []
    if numbers:
        says = "numbers as they are, NaN where missing; dates as seconds since the beginning of 1970"
        if not wide:
            says = "numbers as they are, NaN where missing; dates as years since 1970, month, weekday, minute"
        name = "float64" if wide else "float32"
        inlets.append(Inlet("numbers", name, (ROWS, width), says, {"columns": numbers}))
    if codes:
        says = "the number of each category, 0 where it is missing or unknown"
        kind = "int64" if wide else "int32"
        inlets.append(Inlet("codes", kind, (ROWS, len(codes)), says, {"columns": codes}))
    return tuple(inlets)


def number_columns(preparation: Preparation, dtype: torch.dtype) -> list[dict[str, Any]]:
    """Return the columns that are given as numbers, in order: numbers, dates, yes or no."""
    date = "seconds" if dtype == torch.float64 else "date parts"
    return [
        *({"name": name, "kind": "number"} for name in preparation.numbers),
        *({"name": name, "kind": date} for name in preparation.dates),
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


def _words(preparation: Preparation) -> Words | None:
    """Return how words are given where the target holds strings, None where no column has any."""
    yes_no = [(name, yes_words(one.words)) for name, one in preparation.yes_no.items()]
    codes = category_columns(preparation)
    if not (yes_no or codes):
        return None
    numbers = [one for one in number_columns(preparation, torch.float64) if one["kind"] != "yes/no"]
    columns = [{"name": name, "kind": "yes/no word"} for name, _ in yes_no]
    columns += [{"name": one["name"], "kind": "word"} for one in codes]
    inlets = []
    if numbers:
        says = "numbers as they are, NaN where missing; dates as seconds since the beginning of 1970"
        inlets.append(Inlet("numbers", "float64", (ROWS, len(numbers)), says, {"columns": numbers}))
    says = "words as they are, without spaces around them; empty where missing"
    inlets.append(Inlet("words", "string", (ROWS, len(columns)), says, {"columns": columns}))
    return Words(
        yes_no=tuple(_spelled(words) for _, words in yes_no),
        codes=tuple(one["codes"] for one in codes),
        inlets=tuple(inlets),
    )


def _spelled(words: Mapping[str, float]) -> dict[str, float]:
    """Return words of yes and no in small letters, in capitals, and with one capital in front."""
    return {
        form(word): number for word, number in words.items() for form in (str.lower, str.upper, str.title)
    }
