"""One export: the model, the rows it is checked on, and what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from netwright.data.items import Items
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.check_rows import CheckRows
from netwright.exporting.forms import read_inputs
from netwright.exporting.loss_of_accuracy import Cost
from netwright.exporting.parity import BATCHES, Feed, Parity, Runner, compare, floor_of
from netwright.exporting.quantize import Quantization
from netwright.exporting.session import Latency
from netwright.exporting.signature import Inlet, Whole
from netwright.exporting.subject import Subject
from netwright.task import Task


@dataclass(frozen=True)
class Job:
    """What an export works with.

    Attributes:
        subject: the fitted model.
        checks: rows that every file is checked on.
        folder: where files are written; nobody sees it before all of them are right.
        quantize: how files are made smaller, or None.
        max_loss: points of accuracy that this may cost.
        install: whether environments of converters may be made.
        told: told of every sentence on the way.
    """

    subject: Subject
    checks: CheckRows
    folder: Path
    quantize: Quantization | None = None
    max_loss: float = 1.0
    install: bool = False
    told: Callable[[str], object] = lambda sentence: None

    @cached_property
    def wide(self) -> Whole:
        """The model as one module that reads numbers of 64 bits."""
        return self.subject.whole(torch.float64, False)

    @cached_property
    def narrow(self) -> Whole:
        """The model as one module that reads numbers of 32 bits."""
        return self.subject.whole(torch.float32, False)

    @cached_property
    def rough(self) -> Whole:
        """The model as one module that reads numbers of 64 bits, with what 8 bits do not tell left out."""
        return self.subject.whole(torch.float64, True)

    @cached_property
    def fixed(self) -> Whole:
        """The model of 32 bits for one length: the longest of the training and of the check rows."""
        feed = self.feed(self.narrow, self.narrow.inlets)
        inlets = tuple(inlet.fixed(feed[inlet.name].shape) for inlet in self.narrow.inlets)
        return replace(self.narrow, inlets=inlets)

    @cached_property
    def expected(self) -> np.ndarray:
        """What the model answers on the check rows (n, k)."""
        return self.subject.answers(self.checks.rows)

    @property
    def classes(self) -> bool:
        """Whether the highest answer is the answer."""
        return self.subject.target.task in (Task.BINARY, Task.MULTICLASS)

    @property
    def floor(self) -> float:
        """Share of the answers' usual size that differences are relative to at least."""
        return floor_of(self.subject.target.task)

    def compare(
        self, run: Runner, feed: Feed, batches: Sequence[int] = BATCHES, rows: int | None = None
    ) -> Parity:
        """Return how far a runner's answers for the check rows, or the first ones, lie from the model's."""
        return compare(
            run,
            feed,
            self.expected[:rows],
            classes=self.classes,
            threshold=self.subject.target.threshold,
            floor=self.floor,
            batches=batches,
        )

    def compare_one_by_one(self, answers: np.ndarray) -> Parity:
        """Return how far answers for the first check rows, each got by itself, lie from the model's."""
        rows = len(answers)
        found = self.compare(lambda one: answers[one["row"]], {"row": np.arange(rows)}, (rows,), rows)
        return replace(found, batches=(1,))

    def feed(self, whole: Whole, inlets: tuple[Inlet, ...]) -> Feed:
        """Return the check rows as inputs, made by the reader that is shipped."""
        return read_inputs(whole.reader, inlets, self._raw)

    @cached_property
    def _raw(self) -> list[Any]:
        return self.subject.raw(self.checks.rows)


@dataclass(frozen=True)
class Delivered:
    """What was made for one target.

    Attributes:
        target: its name.
        file: the model.
        inputs: what it is called with.
        batch: "dynamic", or "1" where the format fixes it.
        parity: with the model; None where the file cannot be run here.
        full_bytes: of the file in 32 bits.
        quantization: how it was made smaller, or None.
        cost: what that lost, or None.
        latency: of one row here, or None.
        versions: of what made it.
        notes: what there is to know, one sentence each.
        others: more files that belong to it.
        program: how far what was converted lies from the model, where the file itself cannot be run here.
    """

    target: str
    file: str
    inputs: tuple[Inlet, ...]
    batch: str
    parity: Parity | None
    full_bytes: int
    quantization: str | None = None
    cost: Cost | None = None
    latency: Latency | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    program: Parity | None = None


def answers_of(
    model: NetworkEstimator, rows: Any, answering: Callable[[Any], np.ndarray] | None = None
) -> np.ndarray:
    """Return what a fitted model answers for rows: probabilities, scores, or numbers in their own unit.

    Args:
        model: fitted.
        rows: as its preparation takes them.
        answering: what answers in its place, such as an ensemble that it belongs to.
    """
    rows = rows.values if isinstance(rows, Items) else rows
    if answering is not None:
        answers = answering(rows)
    elif model.target_.task is Task.REGRESSION:
        answers = model.predict(rows)
    elif model.loss_.probabilities:
        answers = model.predict_proba(rows)
    else:
        answers = model.decision_function(rows)
        if answers.ndim == 1:  # of two classes the difference of the scores, which lie on both sides of 0
            answers = np.column_stack([-answers / 2, answers / 2])
    return np.asarray(answers).reshape(len(answers), -1)
