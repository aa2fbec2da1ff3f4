"""What a caller adds to a training without changing what is learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netwright.data.schema import Schema
from netwright.data.target import Target
from netwright.recipe.choices import Resolved
from netwright.training.fit import Observer
from netwright.training.state import TrainingState


@dataclass(frozen=True)
class Session:
    """One sitting of a training.

    Attributes:
        observers: told of every finished round.
        resume: the state in which an earlier training was left.
        schema: the columns, where they are known already.
        target: the target, where it is known already.
        settled: told the resolved recipe before training begins.
        announce: told of the worst finding in a sentence, as soon as it appears; None for silence.
        several: whether what needs several trainings is done: folds and search of effort=thorough, and models
            that answer beside the network. Off for trainings that are looked into.
        groups: a key for each row, kept on one side of every division into folds; or None.
        folder: where finished members and trials are kept, to go on with them later; or None.
    """

    observers: Sequence[Observer] = ()
    resume: TrainingState | None = None
    schema: Schema | None = None
    target: Target | None = None
    settled: Callable[[Resolved], object] = lambda resolved: None
    announce: Callable[[str], None] | None = None
    several: bool = False
    groups: np.ndarray | None = None
    folder: Path | None = None
