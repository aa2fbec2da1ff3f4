"""What a caller adds to a training without changing what is learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    """

    observers: Sequence[Observer] = ()
    resume: TrainingState | None = None
    schema: Schema | None = None
    target: Target | None = None
    settled: Callable[[Resolved], object] = lambda resolved: None
    announce: Callable[[str], None] | None = None
