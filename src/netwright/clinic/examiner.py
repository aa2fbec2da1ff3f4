"""Looks at the model from time to time on fixed rows: before the first step, on the way, at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.breakdown import locate
from netwright.clinic.care import Care
from netwright.clinic.ear import Ear
from netwright.clinic.facts import layer_facts, loss_name
from netwright.clinic.layers import unwrap
from netwright.clinic.probe import Lens
from netwright.clinic.record import Epoch, Record
from netwright.clinic.rows import Rows, tensors_in
from netwright.clinic.scores import Scores, answer_of
from netwright.clinic.structure import Structure
from netwright.clinic.wiring_subject import CannotTellError, answers_of

PROBE_ROWS = 256
"""Training rows that are kept to be looked at again and again."""


class Examiner:
    """Writes facts, wiring, probes and epochs into a record.

    Args:
        model: as the training loop calls it.
        loss_function: of answers and target, or None.
        optimizers: that train it.
        held_out: rows for validation, or None.
        record: what is written.
        care: runs what is done here.
        seed: of all that is drawn.
    """

    def __init__(
        self,
        model: nn.Module,
        loss_function: Any,
        optimizers: Sequence[torch.optim.Optimizer],
        held_out: Rows | None,
        record: Record,
        care: Care,
        seed: int,
    ) -> None:
        self.lens = Lens(unwrap(model), loss_function, seed=seed)
        self.lens.from_logits = loss_name(loss_function) != "bceloss"
        self._optimizers = optimizers
        self._held_out = held_out
        self._record = record
        self._care = care
        self._seed = seed
        self._rows: Rows | None = None
        self._wired = False
        self._structure = Structure()
        self._running = _running_means(self.lens.model)

    @property
    def started(self) -> bool:
        """Whether the first look was taken."""
        return self._rows is not None

    def collect(self, ear: Ear) -> None:
        """Keep the rows of a batch until there are enough."""
        batch = ear.rows()
        if batch is None or batch.count == 0:
            return
        if self._rows is None or (self._rows.target is None and batch.target is not None):
            self._rows = batch.first(PROBE_ROWS)
        elif self._rows.count < PROBE_ROWS and not self._wired_only(batch):
            try:
                self._rows = self._rows.joined(batch.first(PROBE_ROWS - self._rows.count))
            except CannotTellError:
                return

    def begin(self, ear: Ear) -> None:
        """Take the first look, before any weight has changed."""
        self.collect(ear)
        if self._rows is None:
            return
        self.lens.precision, self.lens.in_training = ear.precision, ear.in_training
        self._structure = (
            self._care.run("the structure of the model", self.lens.structure, self._rows) or Structure()
        )
        self.write_facts(self._rows.count if ear.rows() is None else ear.rows().count)  # type: ignore[union-attr]
        self.wire()
        self.probe(0)

    def write_facts(self, batch_rows: int) -> None:
        """Write down what is known before the first step."""
        layers = layer_facts(self.lens.model, self._structure, self._optimizers)
        self._record.facts = replace(self._record.facts, layers=layers, batch_rows=batch_rows)

    def wire(self) -> None:
        """Examine how model and loss are wired, once, as soon as a target is known."""
        rows = self._rows
        if self._wired or rows is None or rows.target is None or self.lens.loss_function is None:
            return
        self._wired = True
        self._care.run("the kind of answer", self._tell_answer, rows)
        self._care.run("the wiring", self._examine, rows)
        self._care.run("the data", self._gather, rows)

    def probe(self, step: int) -> None:
        """Look at the fixed rows."""
        if self._rows is not None:
            found = self._care.run("the fixed rows", self.lens.look, self._rows, step, self._moved())
            if found is not None:
                self._record.probes.append(found)

    def end_epoch(self, epoch: Epoch, *, costly: bool = True) -> None:
        """Write down the end of an epoch, with what held-out rows and fixed training rows show if `costly`."""
        if not costly:
            self._record.epochs.append(epoch)
            return
        held = self._care.run("the held-out rows", self._measure, self._held_out)
        own = self._care.run("the training rows", self._measure, self._rows)
        loss, scores = held if held is not None else (None, Scores())
        given = epoch.validation_loss
        self._record.epochs.append(
            replace(
                epoch,
                validation_loss=loss if given is None else given,
                train_score=None if own is None else own[1].score,
                validation_score=scores.score,
                validation_trivial=scores.trivial,
                validation_recall=scores.recall,
            )
        )

    def locate(self, ear: Ear, step: int) -> None:
        """Find the layer where numbers stopped being finite, from the batch at hand."""
        rows = ear.rows()
        if self._record.breakdown is None:
            found = self._care.run("the first bad layer", locate, self.lens, rows, step)
            self._record.breakdown = found

    def values_per_row(self) -> float | None:
        """Return the fewest values that a batch normalisation averages over for each row, None without any."""
        return min(self._structure.averaged.values(), default=None)

    def _wired_only(self, batch: Rows) -> bool:
        return self._rows is not None and self._rows.target is not None and batch.target is None

    def _measure(self, rows: Rows | None) -> tuple[float | None, Scores] | None:
        if rows is None or rows.target is None or self.lens.loss_function is None:
            return None
        if rows.seen_shape is None and self._rows is not None:
            rows = replace(rows, seen_shape=self._rows.seen_shape)
        return self.lens.measure(rows)

    def _tell_answer(self, rows: Rows) -> None:
        target = rows.target
        if not isinstance(target, Tensor):
            return
        name = loss_name(self.lens.loss_function)
        output = self.lens.answers(rows)
        output = output if isinstance(output, Tensor) else answers_of(output)
        self.lens.answer = answer_of(name, output, target)
        self._record.facts = replace(self._record.facts, answer=self.lens.answer)

    def _examine(self, rows: Rows) -> None:
        from netwright.clinic.wiring import examine

        self._record.wiring = examine(
            self.lens.model,
            self.lens.loss_function,
            rows.call,
            rows.target,
            seen_shape=rows.seen_shape,
            gaps=self._record.gaps,
            seed=self._seed,
        )

    def _gather(self, rows: Rows) -> None:
        return None

    def _moved(self) -> bool | None:
        if not self._running:
            return None
        pairs = [(mean, then) for mean, then in self._running if mean.shape == then.shape]
        return any(not torch.equal(mean, then.to(mean.device)) for mean, then in pairs)


def _running_means(model: nn.Module) -> list[tuple[Tensor, Tensor]]:
    found = [
        module.running_mean
        for module in model.modules()
        if isinstance(module, nn.modules.batchnorm._NormBase) and module.running_mean is not None
    ]
    return [(mean, mean.clone()) for mean in found]


def has_targets(value: Any) -> bool:
    """Return whether there is any tensor in a nest of tuples, lists and mappings."""
    return bool(tensors_in(value))
