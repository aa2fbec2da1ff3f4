"""A bag of n-grams: which words, or runs of words or letters, a text holds; y = W Σ tf·idf(g) v_g + b."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.items import Form
from netwright.data.shapes import TextShape
from netwright.data.text_view import PADDING
from netwright.nets.masking import traced
from netwright.nets.network import Network
from netwright.nets.text_network import Reading, check_reading, letters_of, tokens_read

_NONE = torch.iinfo(torch.int64).max
_MULTIPLIER = 0x9E3779B97F4A7C15 - 2**64
"""2^64 over the golden ratio, as a signed number: neighbouring tokens are spread far apart."""


class BagOfNgrams(Network):
    """A linear model of the n-grams that a text holds, or one with a hidden layer.

    The n-grams that are known are the most frequent ones of the training texts. It trains in seconds, and
    on few texts it is hard to beat.

    Settings:
        reads: the tokens, or the characters where the preparation gives them.
        ngrams: lengths of the runs.
        features: how many n-grams are known at most.
        min_texts: n-grams that fewer training texts hold are not known.
        hidden: units of a hidden layer; 0 for a linear model.
        ngram_dropout: share of the n-grams left out in training.
        dropout: share of the hidden units left out in training.

    Source: Joulin et al. (2017), Bag of tricks for efficient text classification; weighted as by Salton,
        Buckley (1988).

    >>> BagOfNgrams(ngrams=(1, 2), hidden=16).to_plain()["ngrams"]
    [1, 2]
    """

    forms: ClassVar[tuple[Form, ...]] = (Form.TEXTS,)

    reads: Reading = "tokens"
    ngrams: tuple[int, ...] = (1, 2)
    features: int = Field(default=30_000, ge=1)
    min_texts: int = Field(default=2, ge=1)
    hidden: int = Field(default=0, ge=0)
    ngram_dropout: float = Field(default=0.2, ge=0, lt=1)
    dropout: float = Field(default=0.3, ge=0, lt=1)

    @field_validator("ngrams")
    @classmethod
    def _lengths(cls, ngrams: tuple[int, ...]) -> tuple[int, ...]:
        if not ngrams or min(ngrams) < 1:
            raise ValueError("n-grams have 1 token or more, and there is at least one length")
        return ngrams

    def build(
        self,
        shape: Any,
        outputs: int,
        sample: tuple[Tensor, ...] = (),
        generator: torch.Generator | None = None,
    ) -> nn.Module:
        """Return a fresh, initialised module, see `Network.build`; for a `TextShape`."""
        assert isinstance(shape, TextShape)
        check_reading(self.reads, shape)
        letters = self.reads == "characters"
        network = NgramNetwork(self.ngrams, self.features, self.hidden, outputs, letters)
        network.ngram_dropout, network.dropout.p = self.ngram_dropout, self.dropout
        nn.init.normal_(network.vectors.weight, 0, 0.05 if self.hidden else 0.001, generator=generator)
        if sample and not network.keys.is_meta:
            tokens, lengths = sample[2:4] if letters else sample[:2]
            network.learn(tokens, lengths, self.min_texts)
        return network


class NgramNetwork(nn.Module):
    """The module that `BagOfNgrams` builds; called like a `TextNetwork`.

    Attributes:
        keys: what each known n-gram is recognised by, in rising order.
        rarity: how much each counts: log((1 + texts) / (1 + texts that hold it)) + 1.
    """

    keys: Tensor
    rarity: Tensor

    def __init__(
        self, ngrams: tuple[int, ...], features: int, hidden: int, outputs: int, characters: bool
    ) -> None:
        super().__init__()
        self.ngrams, self.characters = ngrams, characters
        self.register_buffer("keys", torch.full((features,), _NONE))
        self.register_buffer("rarity", torch.zeros(features + 1))
        width = hidden or outputs
        # Scaled up, because the weights of a text are those of a vector of length 1 over many n-grams.
        self.scale = 3.0 if hidden else 10.0
        self.vectors = nn.EmbeddingBag(features + 1, width, mode="sum", padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(width))
        self.ngram_dropout = 0.0
        self.dropout = nn.Dropout(0.0)
        self.output = nn.Linear(width, outputs) if hidden else None

    @torch.no_grad()
    def learn(self, tokens: Tensor, lengths: Tensor, min_texts: int) -> None:
        """Take the most frequent n-grams of training texts as the known ones."""
        found = ngram_keys(tokens_read(tokens, lengths)[0], self.ngrams).sort(dim=1).values
        first = torch.ones_like(found, dtype=torch.bool)
        first[:, 1:] = found[:, 1:] != found[:, :-1]
        keys, texts = torch.unique(found[first & (found != _NONE)], return_counts=True)
        kept = texts.argsort(descending=True, stable=True)[: len(self.keys)]
        kept = kept[texts[kept] >= min_texts].sort().values
        self.keys[: len(kept)] = keys[kept]
        self.rarity[1 : len(kept) + 1] = ((1 + len(tokens)) / (1.0 + texts[kept])).log() + 1

    def forward(
        self,
        tokens: Tensor,
        lengths: Tensor,
        characters: Tensor | None = None,
        character_lengths: Tensor | None = None,
    ) -> Tensor:
        """Return (n, outputs)."""
        if self.characters:
            tokens, lengths = letters_of(characters, character_lengths)
        keys = ngram_keys(tokens_read(tokens, lengths)[0], self.ngrams)
        places = _places(self.keys, keys)
        known = torch.where((self.keys[places] == keys) & (keys != _NONE), places + 1, 0)
        weights = functional.normalize(self.rarity[known], dim=1) * self.scale
        if self.training and self.ngram_dropout:
            weights = functional.dropout(weights, self.ngram_dropout)
        if traced():  # sums of bags are no operation of other formats; products and sums are
            summed = torch.bmm(
                weights.unsqueeze(1), functional.embedding(known, self.vectors.weight)
            ).squeeze(1)
        else:
            summed = self.vectors(known, per_sample_weights=weights)
        answer: Tensor = summed + self.bias
        if self.output is not None:
            answer = self.output(self.dropout(torch.relu(answer)))
        return answer


def _places(ordered: Tensor, wanted: Tensor) -> Tensor:
    """Return where each wanted number is, or would be, among numbers in rising order; at most the last place.

    >>> _places(torch.tensor([2, 5, 9]), torch.tensor([[5, 6, 11]])).tolist()
    [[1, 2, 2]]
    """
    if not traced():
        return torch.searchsorted(ordered, wanted).clamp_max(len(ordered) - 1)
    # The search by halves, written out: other formats have none.
    places = torch.zeros_like(wanted)
    for power in reversed(range(len(ordered).bit_length())):
        further = places + 2**power
        smaller = ordered[(further - 1).clamp_max(len(ordered) - 1)] < wanted
        places = torch.where(smaller & (further <= len(ordered)), further, places)
    return places.clamp_max(len(ordered) - 1)


def ngram_keys(tokens: Tensor, ngrams: tuple[int, ...]) -> Tensor:
    """Return a 63-bit fingerprint for every run of tokens, the largest number for runs with padding.

    >>> keys = ngram_keys(torch.tensor([[5, 7, 5, 7, 0]]), (2,))
    >>> keys[0, 0] == keys[0, 2], keys[0, 0] == keys[0, 1]
    (tensor(True), tensor(False))
    """
    n, length = tokens.shape
    found = []
    for size in ngrams:
        ends = length - size + 1
        if ends < 1:
            continue
        keys = tokens.new_full((n, ends), size)
        for offset in range(size):
            # Multiplication wraps around, which spreads the bits; the shift brings the upper ones down.
            keys = (keys + tokens[:, offset : offset + ends]) * _MULTIPLIER
            keys = keys ^ (torch.div(keys, 2**29, rounding_mode="floor") if traced() else keys >> 29)
        keys = keys & (_NONE >> 1)
        found.append(keys.masked_fill(tokens[:, size - 1 :] == PADDING, _NONE))
    return torch.cat(found, dim=1) if found else tokens.new_full((n, 1), _NONE)
