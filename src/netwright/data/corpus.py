"""A corpus for word vectors: running text as numbered words, with the sentence each belongs to."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from netwright.data.running_text import read_texts, text_addresses
from netwright.data.text import as_texts
from netwright.data.tokenizers import Words
from netwright.errors import DataError

SENTENCE_ENDS = frozenset(".!?\u3002\uff01\uff1f")


@dataclass(frozen=True)
class Corpus:
    """Running text as numbers.

    Attributes:
        words: known words, the most frequent first.
        counts: how often each stands in the text (words,).
        tokens: the text, rare words left out (n,).
        sentences: which sentence each token belongs to (n,).
        left_out: files beside the texts that are none.
    """

    words: tuple[str, ...]
    counts: np.ndarray
    tokens: Tensor
    sentences: Tensor
    left_out: tuple[str, ...] = ()


def read_corpus(source: Any, least_count: int = 1) -> Corpus:
    """Return a corpus.

    Args:
        source: a text file, a folder or zip archive of them, or a list: of texts, or of sentences that are
            lists of words.
        least_count: rarer words are left out.

    Raises:
        DataError: when there is nothing to read, no word is frequent enough, or a file is no text.

    >>> corpus = read_corpus(["The cat sat. The dog!"])
    >>> corpus.words, corpus.tokens.tolist(), corpus.sentences.tolist()
    (('the', 'cat', 'dog', 'sat'), [0, 1, 3, 0, 2], [0, 0, 0, 1, 1])
    """
    # A word that was not seen yet takes the next number.
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    tokens: list[int] = []
    lengths: list[int] = []
    left_out: list[str] = []
    if isinstance(source, (str, os.PathLike)):
        addresses, left_out = text_addresses(Path(source))
        source = read_texts(addresses)
    for sentence in _sentences(source):
        tokens.extend(map(numbers.__getitem__, sentence))
        lengths.append(len(sentence))
    if not tokens:
        raise DataError("The corpus holds no words. Give running text: a file, a folder, or a list of texts.")
    corpus = _numbered(list(numbers), np.array(tokens), np.array(lengths), least_count)
    return replace(corpus, left_out=tuple(left_out))


def subword_buckets(word: str, shortest: int, longest: int, buckets: int) -> list[int]:
    """Return the numbers of a word's letter n-grams, its ends marked.

    Args:
        word: to cut.
        shortest: letters of the shortest n-gram.
        longest: letters of the longest.
        buckets: how many numbers there are; n-grams that share one share a vector.

    >>> len(subword_buckets("cat", 3, 4, 1000))
    5
    """
    marked = f"<{word}>"
    grams = (
        marked[start : start + size]
        for size in range(shortest, longest + 1)
        for start in range(len(marked) - size + 1)
    )
    return [crc32(gram.encode("utf-8", "replace")) % buckets for gram in grams]


def _numbered(words: list[str], tokens: np.ndarray, lengths: np.ndarray, least_count: int) -> Corpus:
    counts = np.bincount(tokens, minlength=len(words))
    order = sorted(range(len(words)), key=lambda place: (-counts[place], words[place]))
    kept = [place for place in order if counts[place] >= least_count]
    if len(kept) < 2:
        raise DataError(
            f"No words stand {least_count} times or more in the corpus of {len(tokens):,} words. "
            "Give more text, or lower min_count."
        )
    renumbered = np.full(len(words), -1)
    renumbered[kept] = np.arange(len(kept))
    tokens, sentences = renumbered[tokens], np.repeat(np.arange(len(lengths)), lengths)
    known = tokens >= 0
    return Corpus(
        tuple(words[place] for place in kept),
        counts[kept],
        torch.from_numpy(tokens[known]),
        torch.from_numpy(sentences[known]),
    )


def _sentences(texts: Iterable[Any]) -> Iterator[Sequence[str]]:
    for text in texts:
        if isinstance(text, (list, tuple)):
            yield as_texts(text)
        else:
            yield from _split(as_texts([text])[0])


def _split(text: str) -> Iterator[list[str]]:
    """Yield the sentences of a text: up to a full stop or an empty line; signs are no words."""
    tokenizer = Words()
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        sentence: list[str] = []
        for token in tokenizer.split(paragraph):
            if token[0].isalnum() or len(token) > 1:
                sentence.append(token)
            elif token in SENTENCE_ENDS and sentence:
                yield sentence
                sentence = []
        if sentence:
            yield sentence
