"""Models for texts as one module: numbered tokens in, answers out; the reader cuts texts into tokens."""

from __future__ import annotations

from collections.abc import Mapping
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
        return self.answer(*text_inputs(inputs, self.only_characters))  # type: ignore[no-any-return]


def text_inputs(inputs: tuple[Tensor, ...], only_characters: bool) -> tuple[Tensor, ...]:
    """Return what a network for texts is called with.

    One that reads characters alone is given tokens too, and passes them over.
    """
    whole = tuple(one.long() for one in inputs)
    return (*whole, *whole) if only_characters else whole


def text_whole(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model for texts as one module.

    Args:
        model: fitted, on texts.
        dtype: float64 where the target has whole numbers of 64 bits, else float32.
    """
    preparation = model.preparation_
    assert isinstance(preparation, TextPreparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    tokens, characters = views_read(preparation, model.network_)
    module = TextWhole(answer, only_characters=tokens is None).eval()
    return Whole(module, text_inlets(tokens, characters, dtype), outlet_of(model, dtype), "text")


def text_inlets(
    tokens: TextView | None, characters: TextView | None, dtype: torch.dtype, **more: Any
) -> tuple[Inlet, ...]:
    """Return what texts are given as.

    Args:
        tokens: how they become tokens, or None where the network reads none.
        characters: how they become characters, or None.
        dtype: float64 where the target has whole numbers of 64 bits, else float32.
        more: to be known by the reader.
    """
    kind = "int64" if dtype == torch.float64 else "int32"
    inlets: tuple[Inlet, ...] = ()
    if tokens is not None:
        inlets += _view("tokens", "lengths", tokens, kind, more)
    if characters is not None:
        inlets += _view("characters", "character_lengths", characters, kind, more)
    return inlets


def views_read(preparation: TextPreparation, network: nn.Module) -> tuple[TextView | None, TextView | None]:
    """Return how texts become tokens, and characters, each None where the network does not read them."""
    readers = [one for one in network.modules() if isinstance(one, (TextNetwork, NgramNetwork))]
    if not readers:  # a module of one's own is given all that there is
        return preparation.tokens, preparation.spelling
    tokens = preparation.tokens if any(not one.characters for one in readers) else None
    return tokens, preparation.spelling if any(one.characters for one in readers) else None


def text_rows(model: NetworkEstimator, rows: Any) -> list[Any]:
    """Return texts as strings."""
    return list(as_texts(rows.values))


def can_be_read(preparation: TextPreparation, network: nn.Module) -> bool:
    """Return whether the reader that travels with the files can cut texts as a model does."""
    views = [one for one in views_read(preparation, network) if one is not None]
    return all(isinstance(one.tokenizer, (Words, Characters)) for one in views)


def _view(name: str, lengths: str, view: TextView, kind: str, more: Mapping[str, Any]) -> tuple[Inlet, Inlet]:
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
        **more,
    }
    says = (
        f"the numbers of the first {view.length:,} {name}: 0 behind the end, 1 unknown, the known from 2 on"
    )
    return (
        Inlet(name, kind, (ROWS, name), says, holds),
        Inlet(lengths, kind, (ROWS,), f"how many {name} each text has"),
    )
