"""Skip-gram and CBOW with negative sampling: -log σ(u·v) - Σ log σ(-u_k·v), a block of text at a time.

The text is cut into runs of tokens. All pairs of a run are scored by one matrix product, of which a band
along the diagonal counts; the words drawn as wrong answers are shared by the run, each with the weight of
the draws it stands for, so that the expected loss is the same. That takes a few products of matrices
instead of a walk from pair to pair.

Source: Mikolov et al. (2013), Distributed representations of words and phrases; sharing after Ji et al.
(2016), Parallelizing word2vec in shared and distributed memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor

Architecture = Literal["skip_gram", "cbow"]

RUN = 32
"""Tokens of a run."""

SHARED = 64
"""Words drawn as wrong answers for a run."""

STABLE = 1e-8


@dataclass(frozen=True)
class Pieces:
    """What the vector of each word is the mean of: itself and its sub-words.

    Attributes:
        members: rows of the input table, word after word.
        starts: where the members of each word begin, and the end (words + 1,).
    """

    members: Tensor
    starts: Tensor

    def of(self, words: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows of some words one after another, and how many each has."""
        counts = self.starts[words + 1] - self.starts[words]
        first = torch.repeat_interleave(self.starts[words] - (counts.cumsum(0) - counts), counts)
        return self.members[first + torch.arange(len(first))], counts


class Table:
    """Vectors whose rows are updated by Adagrad, with one rate for each row.

        s ← s + mean(g²),    w ← w - η g / √s

    Source: Duchi, Hazan, Singer (2011).
    """

    def __init__(self, vectors: Tensor) -> None:
        self.vectors = vectors
        self.squares = torch.zeros(len(vectors))

    def step(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Update rows; those that come several times take the sum of their gradients.

        Args:
            rows: numbers of the rows (n,).
            gradient: of each (n, dimension).
            rate: the learning rate η.
        """
        unique, place = torch.unique(rows, return_inverse=True)
        total = torch.zeros(len(unique), gradient.shape[1]).index_add_(0, place, gradient)
        squares = self.squares[unique] + total.square().mean(dim=1)
        self.squares[unique] = squares
        total *= (-rate / (squares.sqrt() + STABLE)).unsqueeze(1)
        self.vectors.index_add_(0, unique, total)


@dataclass
class NegativeSampling:
    """The training of two tables of vectors: of words that are looked from, and of words that are predicted.

    Attributes:
        inputs: a row for each word, then for each sub-word; what is kept in the end.
        outputs: a row for each word.
        noise: the cumulative chance of each word to be drawn as a wrong answer (words,), ending at 1.
        window: how far a context reaches to either side, at most.
        negatives: wrong answers for each right one.
        architecture: "skip_gram" predicts a word from each neighbour, "cbow" from their mean.
        pieces: sub-words, or None.
    """

    inputs: Table
    outputs: Table
    noise: Tensor
    window: int
    negatives: int
    architecture: Architecture
    pieces: Pieces | None = None

    def step(
        self, words: Tensor, sentences: Tensor, rate: float, generator: torch.Generator
    ) -> Callable[[], Tensor]:
        """Learn from some runs; return what measures the mean loss of a pair before.

        Args:
            words: numbers of the words (runs, RUN + 2 window): each run with its context, -1 where none is.
            sentences: which sentence each belongs to, same shape.
            rate: learning rate.
            generator: of reach and noise.
        """
        runs, width = words.shape
        centre = words[:, self.window : width - self.window]
        band = self._band(words, sentences, generator)
        drawn = torch.searchsorted(self.noise, torch.rand(runs, SHARED, generator=generator))
        read, spread = self._read(words.clamp_min(0).flatten())
        source = read.view(runs, width, -1)
        target = self.outputs.vectors.index_select(0, centre.clamp_min(0).flatten()).view(runs, RUN, -1)
        noise = self.outputs.vectors.index_select(0, drawn.flatten()).view(runs, SHARED, -1)
        learn = _skip_gram if self.architecture == "skip_gram" else _cbow
        gradients, loss = learn(source, target, noise, band, self.negatives / SHARED)
        self._write(words.clamp_min(0).flatten(), spread, gradients[0].flatten(0, 1), rate)
        rows = torch.cat([centre.clamp_min(0).flatten(), drawn.flatten()])
        self.outputs.step(rows, torch.cat([gradients[1].flatten(0, 1), gradients[2].flatten(0, 1)]), rate)
        return loss

    def _band(self, words: Tensor, sentences: Tensor, generator: torch.Generator) -> Tensor:
        """Return 1 for pairs of centre and context that count, (runs, RUN, RUN + 2 window)."""
        runs, width = words.shape
        inner = slice(self.window, width - self.window)
        distance = (torch.arange(width) - torch.arange(self.window, width - self.window).unsqueeze(1)).abs()
        reach = torch.randint(1, self.window + 1, (runs, RUN, 1), generator=generator)
        same = sentences.unsqueeze(1) == sentences[:, inner].unsqueeze(2)
        there = (words >= 0).unsqueeze(1) & (words[:, inner] >= 0).unsqueeze(2)
        return ((distance > 0) & (distance <= reach) & same & there).float()

    def _read(self, words: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor] | None]:
        """Return the vectors of words, and where they came from if from sub-words."""
        if self.pieces is None:
            return self.inputs.vectors.index_select(0, words), None
        unique, place = torch.unique(words, return_inverse=True)
        members, counts = self.pieces.of(unique)
        starts = counts.cumsum(0) - counts
        means = torch.nn.functional.embedding_bag(members, self.inputs.vectors, starts, mode="mean")
        return means.index_select(0, place), (unique, place)

    def _write(
        self, words: Tensor, spread: tuple[Tensor, Tensor] | None, gradient: Tensor, rate: float
    ) -> None:
        if spread is None or self.pieces is None:
            self.inputs.step(words, gradient, rate)
            return
        unique, place = spread
        members, counts = self.pieces.of(unique)
        total = torch.zeros(len(unique), gradient.shape[1]).index_add_(0, place, gradient)
        share = total / counts.unsqueeze(1)
        self.inputs.step(members, share.repeat_interleave(counts, dim=0), rate)


Gradients = tuple[Tensor, Tensor, Tensor]


def _skip_gram(
    source: Tensor, target: Tensor, noise: Tensor, band: Tensor, share: float
) -> tuple[Gradients, Callable[[], Tensor]]:
    """Return the gradients of contexts, centres and noise, and how to measure the loss."""
    right = target @ source.transpose(1, 2)
    wrong = source @ noise.transpose(1, 2)
    pairs = band.sum(dim=1).unsqueeze(2) * share
    right_slope = (torch.sigmoid(right) - 1) * band
    wrong_slope = torch.sigmoid(wrong) * pairs
    gradients = (
        torch.baddbmm(right_slope.transpose(1, 2) @ target, wrong_slope, noise),
        right_slope @ source,
        wrong_slope.transpose(1, 2) @ source,
    )
    return gradients, partial(_loss, right, band, wrong, pairs)


def _cbow(
    source: Tensor, target: Tensor, noise: Tensor, band: Tensor, share: float
) -> tuple[Gradients, Callable[[], Tensor]]:
    """Likewise, each centre predicted from the mean of its contexts."""
    neighbours = band.sum(dim=2, keepdim=True)
    some = (neighbours > 0).float()
    weights = band / neighbours.clamp_min(1)
    mean = weights @ source
    right = (mean * target).sum(dim=2, keepdim=True)
    wrong = mean @ noise.transpose(1, 2)
    right_slope = (torch.sigmoid(right) - 1) * some
    wrong_slope = torch.sigmoid(wrong) * (some * share)
    slope = torch.baddbmm(right_slope * target, wrong_slope, noise)
    gradients = (weights.transpose(1, 2) @ slope, right_slope * mean, wrong_slope.transpose(1, 2) @ mean)
    return gradients, partial(_loss, right, some, wrong, some * share)


def _loss(right: Tensor, counted: Tensor, wrong: Tensor, weights: Tensor) -> Tensor:
    """Return -log σ(right) - Σ log σ(-wrong), the mean over the pairs that count."""
    softplus = torch.nn.functional.softplus
    total = (softplus(-right) * counted).sum() + (softplus(wrong) * weights).sum()
    return total / counted.sum().clamp_min(1)


def runs_of(
    words: Tensor, sentences: Tensor, window: int, runs: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the text in shuffled runs with their contexts, some runs at a time.

    Args:
        words: numbers of the words of the whole text (n,).
        sentences: which sentence each belongs to (n,).
        window: tokens of context on either side.
        runs: how many at a time.
        generator: of the order.
    """
    count = -(-len(words) // RUN)
    tail = count * RUN - len(words) + window
    words = torch.nn.functional.pad(words, (window, tail), value=-1)
    sentences = torch.nn.functional.pad(sentences, (window, tail), value=-1)
    starts = torch.randperm(count, generator=generator) * RUN
    places = torch.arange(RUN + 2 * window)
    for first in range(0, count, runs):
        index = starts[first : first + runs].unsqueeze(1) + places
        yield words[index], sentences[index]
