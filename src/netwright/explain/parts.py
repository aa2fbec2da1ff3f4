"""Which part of a sequence, a sound or a text the network looks at: permutation importance of parts.

One part after the other is dealt out anew among the rows, and what the answers lose is measured as for the
columns of a table (Breiman, "Random forests", 2001): a channel or a fifth of the time is taken from another
sequence, brought to the same length; a word is taken out of texts and put behind others, so that as many
hold it as before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
import torch
from torch import Tensor

from netwright.data.text import as_texts
from netwright.explain.shuffling import Parts

FIFTHS = ("first fifth", "second fifth", "third fifth", "fourth fifth", "last fifth")

MOST_WORDS = 40
"""Words that are measured: those that go together with the answers the most."""

FEWEST_TEXTS = 3
"""A word that stands in fewer texts can lose next to nothing."""

MOST_CANDIDATES = 2_000

_WORD = re.compile(r"\w[\w'\u2019-]*")
_ROW = " row"  # no channel, stretch or word begins with a space


def steps_to_exchange(
    predict: Callable[[tuple[Tensor, ...]], np.ndarray],
    inputs: tuple[Tensor, ...],
    channels: Mapping[str, Sequence[int]],
) -> Parts:
    """Return channels, and fifths of the time, that are exchanged between sequences.

    Args:
        predict: from prepared sequences to probabilities (n, classes) or numbers.
        inputs: steps (n, steps, channels), and behind them lengths (n,) where these differ; those of several
            members one after the other.
        channels: the channels that belong to each name; one name alone is no part.

    >>> from netwright.metrics import find_metric
    >>> from netwright.task import Task
    >>> steps = torch.randn(80, 10, 2, generator=torch.Generator().manual_seed(0))
    >>> last = steps[:, 9, 1].numpy()
    >>> parts = steps_to_exchange(lambda some: some[0][:, 9, 1].numpy(), (steps,), {"x": [0], "y": [1]})
    >>> found = parts.importance(last, Task.REGRESSION, find_metric(Task.REGRESSION, "mae"), seed=0)
    >>> sorted(one.column for one in found.columns if one.mean > 0)
    ['last fifth', 'y']
    """
    names = (*(channels if len(channels) > 1 else ()), *FIFTHS)

    def composed(rows: pl.DataFrame) -> np.ndarray:
        own = rows[_ROW].to_torch()
        made = [one[own] for one in inputs]
        for name in names:
            donors = rows[name].to_torch()
            moved = torch.nonzero(donors != own).flatten()
            if len(moved):
                _exchange(made, inputs, moved, donors[moved], name, channels)
        return predict(tuple(made))

    frame = pl.DataFrame(dict.fromkeys([_ROW, *names], np.arange(len(inputs[0]))))
    return Parts(composed, frame, names, "part")


def words_to_exchange(predict: Callable[[list[str]], np.ndarray], texts: Sequence[object]) -> Parts:
    """Return words that are dealt out anew among texts: cells say whether a text holds a word.

    They are the words that go together the most with the answers; the truth has no say in that.

    Args:
        predict: from texts to probabilities (n, classes) or numbers.
        texts: (n,).

    >>> from netwright.metrics import find_metric
    >>> from netwright.task import Task
    >>> texts, truth = ["what a good film", "what a bad film"] * 20, np.array([1.0, 0.0] * 20)
    >>> parts = words_to_exchange(lambda some: np.array([float("good" in one) for one in some]), texts)
    >>> found = parts.importance(truth, Task.REGRESSION, find_metric(Task.REGRESSION, "mae"), seed=0)
    >>> [one.column for one in found.columns if one.mean > 0]
    ['good']
    """
    written = as_texts(texts)
    answers = predict(written)
    columns = _telling([{word.casefold() for word in _WORD.findall(text)} for text in written], answers)

    def composed(rows: pl.DataFrame) -> np.ndarray:
        own = rows[_ROW].to_numpy()
        changed: dict[int, str] = {}
        for word, holds in columns.items():
            wanted = rows[word].to_numpy()
            for place in np.flatnonzero(wanted != holds[own]).tolist():
                text = changed.get(place, written[own[place]])
                changed[place] = f"{text} {word}" if wanted[place] else _without(text, word)
        made = answers[own]
        if changed:
            made[list(changed)] = predict(list(changed.values()))
        return np.asarray(made)

    frame = pl.DataFrame({_ROW: np.arange(len(written)), **columns})
    return Parts(composed, frame, tuple(columns), "word")


def _telling(held: Sequence[set[str]], answers: np.ndarray) -> dict[str, np.ndarray]:
    """Return which texts hold each word (n,), for the words that go together with the answers the most."""
    counts = Counter(word for words in held for word in words)
    known = [word for word, count in counts.most_common(MOST_CANDIDATES) if FEWEST_TEXTS <= count < len(held)]
    holds = {word: np.array([word in words for words in held]) for word in known}
    beyond = (answers - answers.mean(axis=0)).reshape(len(answers), -1)
    # The summed answers of n texts drawn at random vary as the root of n times the share of the others.
    strength = {
        word: float(np.abs(beyond[there].sum(axis=0)).sum())
        / float(np.sqrt((1 - there.mean()) * there.sum()))
        for word, there in holds.items()
    }
    return {word: holds[word] for word in sorted(known, key=lambda word: -strength[word])[:MOST_WORDS]}


def _without(text: str, word: str) -> str:
    return _WORD.sub(lambda found: "" if found.group().casefold() == word else found.group(), text)


def _exchange(
    made: list[Tensor],
    inputs: tuple[Tensor, ...],
    moved: Tensor,
    donors: Tensor,
    name: str,
    channels: Mapping[str, Sequence[int]],
) -> None:
    """Put a part of the donors in place of that of some rows, in the tensors of every member."""
    for place, steps in enumerate(inputs):
        if steps.dim() != 3:
            continue
        every = steps.shape[1]
        beside = place + 1 < len(inputs) and inputs[place + 1].dim() == 1
        own = made[place + 1][moved] if beside else torch.full((len(moved),), every)
        theirs = inputs[place + 1][donors] if beside else torch.full((len(moved),), every)
        own, theirs = own.clamp_min(1)[:, None], theirs.clamp_min(1)[:, None]
        moments = torch.arange(every)[None, :]
        sources = torch.minimum((2 * moments + 1) * theirs // (2 * own), theirs - 1)
        given = steps[donors][torch.arange(len(moved))[:, None], sources]
        inside = moments < own
        if name in channels:
            taken = torch.zeros(steps.shape[2], dtype=torch.bool)
            taken[list(channels[name])] = True
            here = inside[:, :, None] & taken
        else:
            here = (inside & (moments * len(FIFTHS) // own == FIFTHS.index(name)))[:, :, None]
        made[place][moved] = torch.where(here, given, made[place][moved])
