"""A look at fixed rows: silent units, the loss in both modes, how much better than a constant answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.record import Answer, Probe
from netwright.clinic.rows import Rows, device_of, move
from netwright.clinic.scores import Scores, score
from netwright.clinic.structure import Hearing, Structure
from netwright.clinic.undisturbed import set_modes, undisturbed
from netwright.clinic.units import UnitEar
from netwright.clinic.wiring_subject import CannotTellError, answers_of

CHUNK_ROWS = 1024
"""Rows that go through a model at once."""

STRUCTURE_ROWS = 8
"""Rows with which the structure of a model is found out."""

LossFunction = Callable[[Any, Any], Tensor]


@dataclass
class Lens:
    """How a model is looked at.

    Attributes:
        model: unwrapped.
        loss_function: of answers and target, None where it is not known.
        block: opens the block in which its forward pass runs, for mixed precision.
        in_training: parts that are in training mode when it is trained; None for all.
        answer: what kind of answer the loss asks for.
        from_logits: for two classes: whether "yes" begins above 0, and not above .5.
        decode: turns answers into those that are scored.
        seed: of what dropout draws.
        chunk_rows: rows that go through the model at once.
    """

    model: nn.Module
    loss_function: LossFunction | None = None
    block: Callable[[], AbstractContextManager[object]] = nullcontext
    in_training: Collection[nn.Module] | None = None
    answer: Answer = "unknown"
    from_logits: bool = True
    decode: Callable[[Tensor], Tensor] | None = None
    seed: int = 0
    chunk_rows: int = CHUNK_ROWS

    def structure(self, rows: Rows) -> Structure:
        """Return how the model computes, from a pass of a few rows."""
        few = rows.first(STRUCTURE_ROWS)
        hearing = Hearing(self.model, few.count, trace=True)
        with self.undisturbed(), hearing.hooked():
            hearing.source((few.call.arguments, dict(few.call.keywords)))
            self.forward(few, training=False)
        return hearing.structure

    def answers(self, rows: Rows) -> Any:
        """Return what the loss gets for a few rows."""
        few = rows.first(STRUCTURE_ROWS)
        with self.undisturbed():
            return few.answers(self.forward(few, training=False))

    def look(self, rows: Rows, step: int, moved: bool | None = None) -> Probe:
        """Return what fixed rows show.

        Args:
            rows: the rows.
            step: updates made so far.
            moved: whether statistics of batch normalisations changed since the start.
        """
        here, ear = move(rows, device_of(self.model)), UnitEar()
        hearing = Hearing(self.model, here.count, ear)
        with self.undisturbed():
            with hearing.hooked():
                output = self.forward(here, training=False)
            units = ear.readings()
            if here.target is None or self.loss_function is None:
                return Probe(step, units, constant_outputs=_constant(output), normalization_moved=moved)
            answers = here.answers(output)
            training_loss = None
            if behaves_differently(self.model):
                training_loss = self._loss(here.answers(self.forward(here, training=True)), here.target)
            scores = self._scores(answers, here.target)
            return Probe(
                step,
                units,
                loss=self._loss(answers, here.target),
                training_mode_loss=training_loss,
                shuffled_loss=self._loss(_shuffled(answers, self.seed), here.target),
                accuracy=scores.score,
                trivial_accuracy=scores.trivial,
                constant_outputs=scores.constant,
                normalization_moved=moved,
                class_recall=scores.recall,
            )

    def measure(self, rows: Rows) -> tuple[float | None, Scores]:
        """Return the loss and the scores of rows in evaluation mode."""
        here, parts = move(rows, device_of(self.model)), []
        with self.undisturbed():
            for start in range(0, here.count, self.chunk_rows):
                index = torch.arange(start, min(start + self.chunk_rows, here.count))
                chunk = here if here.count <= self.chunk_rows else here.take(index)
                answers = chunk.answers(self.forward(chunk, training=False))
                parts.append(answers if isinstance(answers, Tensor) else answers_of(answers))
            together = parts[0] if len(parts) == 1 else torch.cat(parts)
            loss = self._loss(together, here.target)
            return loss, self._scores(together, here.target)

    def undisturbed(self) -> AbstractContextManager[None]:
        """Return a block in which the model may be called without a trace."""
        modules = [self.model]
        if isinstance(self.loss_function, nn.Module):
            modules.append(self.loss_function)
        return undisturbed(modules, self.seed)

    def forward(self, rows: Rows, *, training: bool) -> Any:
        """Return what the model answers in evaluation or training mode; inside of `undisturbed` only."""
        known = self.in_training
        set_modes(self.model, lambda module: training and (known is None or module in known))
        call = rows.call.map(lambda tensor: tensor.detach())
        with self.block():
            return self.model(*call.arguments, **call.keywords)

    def _loss(self, answers: Any, target: Any) -> float | None:
        assert self.loss_function is not None
        with self.block():
            try:
                return float(self.loss_function(answers, target).float().mean())
            except (TypeError, AttributeError):  # the loss wants the tensor, not what is around it
                return float(self.loss_function(answers_of(answers), target).float().mean())

    def _scores(self, answers: Any, target: Any) -> Scores:
        given = answers if isinstance(answers, Tensor) else answers_of(answers)
        if not isinstance(target, Tensor) or not given.dim():
            return Scores()
        given = given.float() if self.decode is None else self.decode(given.float())
        return score(self.answer, given, target, from_logits=self.from_logits)


def behaves_differently(model: nn.Module) -> bool:
    """Return whether a model answers differently in training mode.

    >>> behaves_differently(nn.Dropout(0.1)), behaves_differently(nn.Linear(1, 1))
    (True, False)
    """
    return any(_has_modes(module) for module in model.modules())


def _has_modes(module: nn.Module) -> bool:
    if isinstance(module, nn.modules.batchnorm._NormBase):
        return bool(module.track_running_stats)
    rate = getattr(module, "dropout", None)
    if isinstance(rate, float) and rate > 0:
        return True
    name = type(module).__name__.lower()
    named = "drop" in name or "depth" in name or "noise" in name
    return named and getattr(module, "p", 1.0) != 0.0


def _shuffled(answers: Any, seed: int) -> Any:
    given = answers if isinstance(answers, Tensor) else answers_of(answers)
    order = torch.randperm(len(given), generator=torch.Generator().manual_seed(seed))
    return given[order.to(given.device)]


def _constant(output: Any) -> bool | None:
    try:
        answers = answers_of(output)
    except CannotTellError:
        return None
    return score("unknown", answers.float(), answers).constant if answers.dim() else None
