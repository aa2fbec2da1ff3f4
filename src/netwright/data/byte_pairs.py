"""Byte-pair encoding: frequent neighbours become one token, over and over."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from netwright.data.tokenizers import normalized

_PIECE = re.compile(r" ?[^\W\d_]+| ?\d+| ?(?:[^\w\s]|_)+|\s+")
_BYTES = 256
_REMEMBERED = 50_000

Pair = tuple[str, str]


@dataclass(frozen=True)
class BytePairs:
    """Tokens of one or more bytes; as every byte is a token, no text is ever unknown.

    Tokens are written with one character for each byte of UTF-8.

    Attributes:
        merges: pairs of tokens that become one, in the order in which they were learnt.

    Source: Sennrich, Haddow, Birch (2016), Neural machine translation of rare words with subword units.

    >>> BytePairs((("a", "b"), ("ab", "ab"))).split("ababc")
    ['abab', 'c']
    """

    merges: tuple[Pair, ...]
    _known: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    kind: ClassVar[str] = "byte_pairs"

    def split(self, text: str) -> list[str]:
        """Return the tokens of a text."""
        tokens: list[str] = []
        for piece in _PIECE.findall(normalized(text)):
            found = self._known.get(piece)
            if found is None:
                found = self._merged(_as_bytes(piece))
                if len(self._known) < _REMEMBERED:
                    self._known[piece] = found
            tokens += found
        return tokens

    def to_state(self) -> dict[str, Any]:
        """Return the merges."""
        return {"kind": self.kind, "merges": [list(pair) for pair in self.merges]}

    @cached_property
    def _ranks(self) -> dict[Pair, int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    def _merged(self, tokens: list[str]) -> list[str]:
        while len(tokens) > 1:
            pairs = pairwise(tokens)
            best = min(pairs, key=lambda pair: self._ranks.get(pair, len(self.merges)))
            if best not in self._ranks:
                break
            tokens = _joined(tokens, best)
        return tokens


def learn_byte_pairs(texts: Iterable[str], size: int) -> BytePairs:
    """Learn which pairs to merge.

    Args:
        texts: to learn from.
        size: how many different tokens there may be, the 256 bytes among them.

    >>> learn_byte_pairs(["low lower lowest"], size=258).merges
    (('l', 'o'), ('lo', 'w'))
    """
    counts = Counter(piece for text in texts for piece in _PIECE.findall(normalized(text)))
    pieces = [_as_bytes(piece) for piece in counts]
    weights = list(counts.values())
    found, where = Counter[Pair](), defaultdict[Pair, set[int]](set)
    for place, tokens in enumerate(pieces):
        for pair in pairwise(tokens):
            found[pair] += weights[place]
            where[pair].add(place)
    queue = [(-count, pair) for pair, count in found.items()]
    heapq.heapify(queue)
    merges: list[Pair] = []
    while queue and len(merges) < size - _BYTES:
        count, pair = heapq.heappop(queue)
        if found[pair] != -count:
            continue  # an outdated count: the pair is in the queue again with the right one
        if -count < 2:
            break
        merges.append(pair)
        for changed in _merge_everywhere(pair, pieces, weights, found, where):
            if found[changed] > 0:
                heapq.heappush(queue, (-found[changed], changed))
    return BytePairs(tuple(merges))


def _merge_everywhere(
    pair: Pair,
    pieces: list[list[str]],
    weights: list[int],
    found: Counter[Pair],
    where: defaultdict[Pair, set[int]],
) -> set[Pair]:
    """Merge a pair in all pieces that hold it; return the pairs whose counts have changed."""
    changed: set[Pair] = set()
    for place in where.pop(pair):
        before = pieces[place]
        after = _joined(before, pair)
        for old in pairwise(before):
            found[old] -= weights[place]
            changed.add(old)
        for new in pairwise(after):
            found[new] += weights[place]
            where[new].add(place)
            changed.add(new)
        pieces[place] = after
    changed.discard(pair)
    del found[pair]
    return changed


def _joined(tokens: list[str], pair: Pair) -> list[str]:
    joined: list[str] = []
    place = 0
    while place < len(tokens):
        if place + 1 < len(tokens) and (tokens[place], tokens[place + 1]) == pair:
            joined.append(tokens[place] + tokens[place + 1])
            place += 2
        else:
            joined.append(tokens[place])
            place += 1
    return joined


def _as_bytes(text: str) -> list[str]:
    # Half of a surrogate pair, which UTF-8 has no bytes for, is written as a question mark.
    return list(text.encode("utf-8", errors="replace").decode("latin-1"))
