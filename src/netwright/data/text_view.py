"""One way of reading texts: a tokeniser, the tokens that are known, and how many are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from netwright.data.tokenizers import Tokenizer

PADDING = 0
"""The token behind the end of a text."""

UNKNOWN = 1
"""The token of what was not in the training texts, or too rare there."""

KNOWN = 2
"""The number of the first token that is known."""


@dataclass(frozen=True)
class TextView:
    """A fitted way of reading texts; the number of words[i] is i + 2.

    Attributes:
        tokenizer: cuts texts.
        words: known tokens, the most frequent first.
        length: tokens that are read of a text, its first ones.

    >>> from netwright.data.tokenizers import Words
    >>> TextView(Words(), ("good", "bad"), 3).transform(["bad one", ""])
    (tensor([[3, 1],
            [0, 0]]), tensor([2, 0]))
    """

    tokenizer: Tokenizer
    words: tuple[str, ...]
    length: int

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each known token."""
        return {word: number for number, word in enumerate(self.words, KNOWN)}

    @property
    def size(self) -> int:
        """How many numbers there are, padding and unknown among them."""
        return len(self.words) + KNOWN

    def split(self, text: str) -> list[str]:
        """Return the tokens of a text that are read."""
        return self.tokenizer.split(text)[: self.length]

    def transform(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return tokens int64 (n, longest of them), 0 behind each end, and lengths int64 (n,)."""
        known = self.numbers
        rows = [[known.get(word, UNKNOWN) for word in self.split(text)] for text in texts]
        lengths = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
        tokens = np.full((len(rows), max(1, int(lengths.max(initial=0)))), PADDING, dtype=np.int64)
        filled = np.arange(tokens.shape[1]) < lengths[:, None]
        tokens[filled] = np.fromiter((one for row in rows for one in row), np.int64, int(lengths.sum()))
        return torch.from_numpy(tokens), torch.from_numpy(lengths)

    def to_state(self) -> dict[str, Any]:
        """Return everything that was learnt, for JSON."""
        state = self.tokenizer.to_state()
        return {"tokenizer": state, "words": list(self.words), "length": self.length}


def fit_view(tokenizer: Tokenizer, texts: Sequence[str], most: int, least: int, longest: int) -> TextView:
    """Return a way of reading, with the tokens of the training texts.

    Args:
        tokenizer: cuts texts.
        texts: of the training.
        most: numbers that may be given, padding and unknown among them.
        least: tokens that are rarer become unknown.
        longest: tokens that are read of a text.
    """
    counts: Counter[str] = Counter()
    seen = 1
    for text in texts:
        tokens = tokenizer.split(text)
        counts.update(tokens)
        seen = max(seen, len(tokens))
    # Equally frequent tokens in alphabetical order, so that the order of the rows does not matter.
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    words = tuple(word for word, count in islice(ordered, most - KNOWN) if count >= least)
    return TextView(tokenizer, words, min(longest, seen))
