"""One fold as the models of a comparison see it, and what a model hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import polars as pl

from netwright.compare.boosting import WORTH_THREADS
from netwright.compare.design import Design, design_of
from netwright.data.schema import Kind, Schema, align
from netwright.data.target import Target
from netwright.task import Task


@dataclass(frozen=True)
class Field:
    """The rows that models compete on.

    Attributes:
        frame: raw input columns (n).
        values: the target (n,).
        schema: the input columns.
        target: what is predicted.
        group: numbers of the groups (n,), or None.
        time: ranks of the moments (n,), or None.
    """

    frame: pl.DataFrame
    values: pl.Series
    schema: Schema
    target: Target
    group: np.ndarray | None = None
    time: np.ndarray | None = None

    @cached_property
    def truth(self) -> np.ndarray:
        """Class indices, or numbers in the target's own unit (n,)."""
        encoded = self.target.encode(self.values)
        return np.asarray(
            self.target.decode_numbers(encoded) if self.target.task is Task.REGRESSION else encoded
        )

    @cached_property
    def aligned(self) -> pl.DataFrame:
        """The used columns in canonical types."""
        return align(self.frame, self.schema)

    @property
    def texts(self) -> tuple[str, ...]:
        """Names of the columns that hold running text."""
        return tuple(column.name for column in self.schema.used if column.kind is Kind.TEXT)

    def take(self, rows: np.ndarray) -> Field:
        """Return some of the rows."""
        parts = (None if key is None else key[rows] for key in (self.group, self.time))
        return Field(self.frame[rows], self.values.gather(rows), self.schema, self.target, *parts)


@dataclass(frozen=True)
class Game:
    """One fold.

    Attributes:
        field: all rows.
        train: row numbers to learn from.
        test: row numbers to answer for.
        seed: of what is random.
        threads: how many may work.
        seconds: what a network may take, or None.
    """

    field: Field
    train: np.ndarray
    test: np.ndarray
    seed: int
    threads: int
    seconds: float | None = None

    @property
    def classes(self) -> int:
        """How many classes; 0 for numbers."""
        return len(self.field.target.classes)

    @property
    def tree_threads(self) -> int:
        """How many may grow boosted trees: on small tables several mostly wait for each other."""
        return self.threads if self.design.train.size >= WORTH_THREADS else 1

    @cached_property
    def truth(self) -> np.ndarray:
        """Class indices or numbers of the training rows."""
        return np.asarray(self.field.truth[self.train])

    @cached_property
    def design(self) -> Design:
        """The rows as matrices of numbers, topics of texts among them."""
        aligned = self.field.aligned
        return design_of(aligned[self.train], aligned[self.test], self.field.texts).with_topics(self.seed)


@dataclass(frozen=True)
class Fitted:
    """A model that has learnt.

    Attributes:
        answer: returns probabilities (rows, classes) or numbers (rows,) for the test rows.
        size: returns the bytes that it takes when it is saved.
        note: what is to be known, such as that it was stopped early.
    """

    answer: Callable[[], np.ndarray]
    size: Callable[[], int]
    note: str = ""


class Learner(Protocol):
    """Learns from the training rows of a game."""

    def __call__(self, game: Game, /) -> Fitted:
        """Return what was learnt."""


@dataclass(frozen=True)
class Contender:
    """A model that takes part.

    Attributes:
        name: as in options and files.
        label: as shown to people.
        learn: fits it.
        is_network: whether it is one of ours, which keeps within `Game.seconds`.
        settings: how it was set, in words.
    """

    name: str
    label: str
    learn: Learner
    is_network: bool = False
    settings: str = ""


def pickled_size(model: Any) -> int:
    """Return the bytes of a model when pickled, without keeping them."""
    import pickle

    class Counter:
        count = 0

        def write(self, data: Any) -> int:
            octets = memoryview(data).nbytes
            self.count += octets
            return octets

    counter = Counter()
    pickle.dump(model, counter, protocol=5)
    return counter.count
