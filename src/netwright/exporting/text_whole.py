"""Models for texts as one module: numbered tokens in, answers out; the reader cuts texts into tokens."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from netwright.data.text import TextPreparation, as_texts
from netwright.data.text_view import TextView
from netwright.data.tokenizers import _WORD, Characters, Words
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.signature import ROWS, Inlet, Whole
from netwright.nets.bag_of_ngrams import NgramNetwork
from netwright.nets.text_network import TextNetwork


class TextWhole(nn.Module):
    """Network and decoding of a model for texts."""

    def __init__(self, answer: Answer, only_characters: bool) -> None:
        super().__init__()
        self.answer, self.only_characters = answer, only_characters

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return answers for tokens (n, length) and lengths (n,), for characters likewise, or both."""
        whole = [one.long() for one in inputs]
        # A network that reads characters alone is given tokens too, and passes them over.
        return self.answer(*whole, *(whole if self.only_characters else ()))  # type: ignore[no-any-return]


def text_whole(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model for texts as one module.

    Args:
        model: fitted, on texts.
        dtype: float64 where the target has whole numbers of 64 bits, else float32.
    """
    preparation = model.preparation_
    assert isinstance(preparation, TextPreparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    kind = "int64" if dtype == torch.float64 else "int32"
    tokens, characters = views_read(model)
    inlets: tuple[Inlet, ...] = ()
    if tokens is not None:
        inlets += _view("tokens", "lengths", tokens, kind)
    if characters is not None:
        inlets += _view("characters", "character_lengths", characters, kind)
    module = TextWhole(answer, only_characters=tokens is None).eval()
    return Whole(module, inlets, outlet_of(model, dtype), "text")


def views_read(model: NetworkEstimator) -> tuple[TextView | None, TextView | None]:
    """Return how texts become tokens, and characters, each None where the network does not read them."""
    preparation = model.preparation_
    assert isinstance(preparation, TextPreparation)
    readers = [one for one in model.network_.modules() if isinstance(one, (TextNetwork, NgramNetwork))]
    if not readers:  # a module of one's own is given all that there is
        return preparation.tokens, preparation.spelling
    tokens = preparation.tokens if any(not one.characters for one in readers) else None
    return tokens, preparation.spelling if any(one.characters for one in readers) else None


def text_rows(model: NetworkEstimator, rows: Any) -> list[Any]:
    """Return texts as strings."""
    return list(as_texts(rows.values))


def can_be_read(model: NetworkEstimator) -> bool:
    """Return whether the reader that travels with the files can cut texts as a model does."""
    views = [one for one in views_read(model) if one is not None]
    return all(isinstance(one.tokenizer, (Words, Characters)) for one in views)


def _view(name: str, lengths: str, view: TextView, kind: str) -> tuple[Inlet, Inlet]:
    """Return the inputs of one way of reading: numbers of tokens, and how many there are."""
    tokenizer = view.tokenizer
    assert isinstance(tokenizer, (Words, Characters))
    holds = {
        "kind": tokenizer.kind,
        "lowercase": tokenizer.lowercase,
        "pattern": _WORD.pattern if isinstance(tokenizer, Words) else None,
        "longest": view.length,
        "most": view.length,
        "words": list(view.words),
    }
    says = (
        f"the numbers of the first {view.length:,} {name}: 0 behind the end, 1 unknown, the known from 2 on"
    )
    return (
        Inlet(name, kind, (ROWS, name), says, holds),
        Inlet(lengths, kind, (ROWS,), f"how many {name} each text has"),
    )
