"""Skip-gram and CBOW with negative sampling: -log σ(u·v) - Σ log σ(-u_k·v), a block of text at a time.

The text is cut into runs of tokens. All pairs of a run are scored by one matrix product, of which a band
along the diagonal counts; the words drawn as wrong answers are shared by some runs, each with the weight of
the draws it stands for, so that the expected loss is the same. That takes a few products of matrices
instead of a walk from pair to pair.

Source: Mikolov et al. (2013), Distributed representations of words and phrases; sharing after Ji et al.
(2016), Parallelizing word2vec in shared and distributed memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor

Architecture = Literal["skip_gram", "cbow"]

RUN = 32
"""Tokens of a run."""

GROUP = 4
"""Runs that share their wrong answers: one large product of matrices instead of four small ones."""

SHARED = 64
"""Words drawn as wrong answers for a group of runs."""

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
        self._touched = torch.zeros(len(vectors), dtype=torch.bool)
        self._places = torch.zeros(len(vectors), dtype=torch.int64)

    def step(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Update rows; those that come several times take the sum of their gradients.

        Args:
            rows: numbers of the rows (n,).
            gradient: of each (n, dimension).
            rate: the learning rate η.
        """
        unique, place = self._distinct(rows)
        total = torch.zeros(len(unique), gradient.shape[1]).index_add_(0, place, gradient)
        squares = self.squares[unique] + total.square().mean(dim=1)
        self.squares[unique] = squares
        total *= (-rate / (squares.sqrt() + STABLE)).unsqueeze(1)
        self.vectors.index_add_(0, unique, total)

    def _distinct(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the distinct rows, and where each stands among them: marked, which is faster than sorted."""
        self._touched[rows] = True
        unique = self._touched.nonzero().squeeze(1)
        self._touched[unique] = False
        self._places[unique] = torch.arange(len(unique))
        return unique, self._places[rows]


@dataclass
class NegativeSampling:
    """The training of two tables of vectors: of words that are looked from, and of words that are predicted.

    Attributes:
        inputs: a row for each word, then for each sub-word; what is kept in the end.
        outputs: a row for each word.
        noise: the cumulative chance of each word to be drawn as a wrong answer (words,), ending at 1.
        window: how far a context reaches to either side, at most.
        negatives: wrong answers for each right one.
        architecture: "skip_gram" predicts the neighbours of a word, "cbow" a word from their mean.
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
        groups = runs // math.gcd(runs, GROUP)
        known = words.clamp_min(0)
        centres = known[:, self.window : width - self.window]
        band = self._band(words, sentences, generator)
        skip = self.architecture == "skip_gram"
        looked, answering = (centres, known) if skip else (known, centres)
        drawn = torch.searchsorted(self.noise, torch.rand(groups * SHARED, generator=generator))
        rows = torch.cat([answering.flatten(), drawn])
        source, spread = self._read(looked.flatten())
        answers = self.outputs.vectors.index_select(0, rows)
        right, wrong = answers[: answering.numel()], answers[answering.numel() :]
        learn = _skip_gram if skip else _cbow
        gradients, loss = learn(
            source.view(*looked.shape, -1),
            right.view(*answering.shape, -1),
            wrong.view(groups, SHARED, -1),
            band,
            self.negatives / SHARED,
        )
        self._write(looked.flatten(), spread, gradients[0].flatten(0, 1), rate)
        self.outputs.step(rows, torch.cat([one.flatten(0, 1) for one in gradients[1:]]), rate)
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


Learnt = tuple[tuple[Tensor, Tensor, Tensor], Callable[[], Tensor]]
"""Gradients of what is read, of the right answers and of the wrong ones, and how to measure the loss."""


def _skip_gram(source: Tensor, right: Tensor, wrong: Tensor, band: Tensor, share: float) -> Learnt:
    """Every centre is answered by its contexts, and shares the wrong answers with its group of runs.

    Args:
        source: vectors of the centres (runs, RUN, dimension).
        right: vectors of the contexts (runs, width, dimension).
        wrong: vectors of the wrong answers (groups, SHARED, dimension).
        band: 1 for pairs that count (runs, RUN, width).
        share: how many draws one wrong answer stands for, for each right one.
    """
    scores = source @ right.transpose(1, 2)
    slope = torch.sigmoid(scores).sub_(1).mul_(band)
    weights = band.sum(dim=2, keepdim=True) * share
    (read, answered), apart = _apart(source, wrong, weights)
    read += slope @ right
    return (read, slope.transpose(1, 2) @ source, answered), partial(_loss, scores, band, apart, weights)


def _cbow(source: Tensor, right: Tensor, wrong: Tensor, band: Tensor, share: float) -> Learnt:
    """The mean of the contexts is answered by the centre.

    Args:
        source: vectors of the contexts (runs, width, dimension).
        right: vectors of the centres (runs, RUN, dimension).
        wrong: vectors of the wrong answers (groups, SHARED, dimension).
        band: 1 for pairs that count (runs, RUN, width).
        share: how many draws one wrong answer stands for.
    """
    neighbours = band.sum(dim=2, keepdim=True)
    mixing = band / neighbours.clamp_min(1)
    some = (neighbours > 0).to(band.dtype)
    means = mixing @ source
    scores = (means * right).sum(dim=2, keepdim=True)
    slope = torch.sigmoid(scores).sub_(1).mul_(some)
    (read, answered), apart = _apart(means, wrong, some * share)
    read += slope * right
    loss = partial(_loss, scores, some, apart, some * share)
    return (mixing.transpose(1, 2) @ read, slope * means, answered), loss


def _apart(read: Tensor, wrong: Tensor, weights: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Return the gradients that keep what is read away from the wrong answers, and the scores of these.

    Args:
        read: vectors that are answered (runs, RUN, dimension).
        wrong: vectors of the wrong answers (groups, SHARED, dimension).
        weights: of each wrong answer (runs, RUN, 1).
    """
    groups = len(wrong)
    together = read.view(groups, -1, read.shape[2])
    scores = together @ wrong.transpose(1, 2)
    slope = torch.sigmoid(scores).mul_(weights.view(groups, -1, 1))
    return ((slope @ wrong).view_as(read), slope.transpose(1, 2) @ together), scores


def _loss(right: Tensor, counted: Tensor, wrong: Tensor, weights: Tensor) -> Tensor:
    """Return -log σ(right) - Σ log σ(-wrong), the mean over the pairs that count."""
    softplus = torch.nn.functional.softplus
    apart = softplus(wrong) * weights.view(len(wrong), -1, 1)
    return ((softplus(-right) * counted).sum() + apart.sum()) / counted.sum().clamp_min(1)


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
