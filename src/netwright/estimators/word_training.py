"""From a corpus to word vectors: tables, noise and sub-words laid out, epochs run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from netwright.data.corpus import Corpus, subword_buckets
from netwright.errors import TrainingError
from netwright.randomness import torch_generator
from netwright.training.negative_sampling import (
    RUN,
    Architecture,
    NegativeSampling,
    Pieces,
    Table,
    runs_of,
)
from netwright.training.threads import one_thread

RUNS = 64
"""Runs of a step: 2,048 words, enough for fast products of matrices, few enough for fresh vectors."""

NOISE_POWER = 0.75
"""Wrong answers are drawn by count to this power, which gives rare words a little more (Mikolov et al.)."""

MEASURED = 16
"""The loss is measured at every sixteenth step of an epoch: it costs as much as a product of matrices."""

LAST_RATE = 1e-3
"""What is left of the learning rate at the end."""


@dataclass(frozen=True)
class Plan:
    """Settings of a training, see `WordVectors`; no buckets means no sub-words, no seconds any time."""

    dimension: int
    architecture: Architecture
    window: int
    negatives: int
    subsample: float
    epochs: int
    learning_rate: float
    seed: int
    buckets: int
    piece_lengths: tuple[int, int]
    seconds: float | None = None


@dataclass(frozen=True)
class Trained:
    """What a training gave.

    Attributes:
        vectors: of the words (n, dimension).
        pieces: of the sub-words (buckets, dimension).
        history: the mean loss of every epoch.
        epochs: how often the text was read; a fraction where the time was used up before.
    """

    vectors: np.ndarray
    pieces: np.ndarray
    history: list[float]
    epochs: float


def train_vectors(corpus: Corpus, plan: Plan, clock: Callable[[], float] = time.perf_counter) -> Trained:
    """Return vectors of words and sub-words.

    The learning rate falls with the words that were read or the time that was spent, whichever is further.

    Args:
        corpus: the text.
        plan: settings.
        clock: returns seconds.

    Raises:
        TrainingError: when the numbers are no longer finite.
    """
    with one_thread():
        return _train(corpus, plan, clock)


def _train(corpus: Corpus, plan: Plan, clock: Callable[[], float]) -> Trained:
    generator = torch_generator(plan.seed, "word vectors")
    counts = torch.from_numpy(corpus.counts).double()
    kept = chance_to_stay(counts, plan.subsample)
    model = _model(corpus, counts, plan, generator)
    expected = max(1, round(plan.epochs * float((kept * counts).sum()) / RUN / RUNS))
    history: list[float] = []
    steps, begun = 0, clock()
    spent, read = 0.0, 0.0
    while len(history) < plan.epochs and spent < 1:
        stays = torch.rand(len(corpus.tokens), generator=generator) < kept[corpus.tokens]
        text, sentences, losses = corpus.tokens[stays], corpus.sentences[stays], []
        for place, run in enumerate(runs_of(text, sentences, plan.window, RUNS, generator)):
            spent = 0.0 if plan.seconds is None else (clock() - begun) / plan.seconds
            if spent >= 1 and steps:
                break
            read += RUN * RUNS / max(RUN * RUNS, len(text))
            rate = plan.learning_rate * max(1 - max(steps / expected, spent), LAST_RATE)
            loss = model.step(*run, rate, generator)
            if place % MEASURED == 0:
                losses.append(float(loss()))
            steps += 1
        history.append(float(np.mean(losses)) if losses else 0.0)
        if not bool(torch.isfinite(model.inputs.vectors).all()):
            raise TrainingError(
                f"The vectors are no longer finite after step {steps:,}. Try a smaller learning_rate."
            )
    return Trained(*_tables(model, len(corpus.words)), history, min(read, float(len(history))))


def chance_to_stay(counts: Tensor, subsample: float) -> Tensor:
    """Return for each word how likely one of its places is read, 1 for rare words.

        min(1, √(t/f) + t/f)    for a word with the share f of the text

    >>> chance_to_stay(torch.tensor([99.0, 1.0]), 0.01).tolist()[1]
    1.0
    """
    if subsample == 0:
        return torch.ones(len(counts))
    ratio = subsample * counts.sum() / counts
    return (ratio.sqrt() + ratio).clamp_max(1).float()


def _model(corpus: Corpus, counts: Tensor, plan: Plan, generator: torch.Generator) -> NegativeSampling:
    noise = counts.pow(NOISE_POWER).cumsum(0)
    rows = len(corpus.words) + plan.buckets
    start = (torch.rand(rows, plan.dimension, generator=generator) - 0.5) / plan.dimension
    return NegativeSampling(
        inputs=Table(start),
        outputs=Table(torch.zeros(len(corpus.words), plan.dimension)),
        # A draw of exactly 1 would fall behind the last word.
        noise=(noise / noise[-1]).float().index_fill_(0, torch.tensor([len(noise) - 1]), 2.0),
        window=plan.window,
        negatives=plan.negatives,
        architecture=plan.architecture,
        pieces=_pieces(corpus.words, plan) if plan.buckets else None,
    )


def _pieces(words: tuple[str, ...], plan: Plan) -> Pieces:
    members = [
        [place, *(len(words) + one for one in subword_buckets(word, *plan.piece_lengths, plan.buckets))]
        for place, word in enumerate(words)
    ]
    counts = torch.tensor([0, *map(len, members)])
    return Pieces(torch.tensor([row for word in members for row in word]), counts.cumsum(0))


def _tables(model: NegativeSampling, words: int) -> tuple[np.ndarray, np.ndarray]:
    table = model.inputs.vectors
    if model.pieces is None:
        return table.numpy(), np.zeros((0, table.shape[1]), dtype=np.float32)
    members, counts = model.pieces.of(torch.arange(words))
    starts = counts.cumsum(0) - counts
    means = torch.nn.functional.embedding_bag(members, table, starts, mode="mean")
    return means.numpy(), table[words:].clone().numpy()
