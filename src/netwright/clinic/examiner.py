"""Looks at the model from time to time on fixed rows: before the first step, on the way, at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.breakdown import locate
from netwright.clinic.care import Care
from netwright.clinic.data_facts import cheap, gather, with_labels
from netwright.clinic.facts import layer_facts
from netwright.clinic.layers import unwrap
from netwright.clinic.probe import Lens, LossFunction
from netwright.clinic.record import Epoch, Probe, Record
from netwright.clinic.rows import Rows, deviation_shift, device_of
from netwright.clinic.scores import Scores, answer_of
from netwright.clinic.structure import Structure
from netwright.clinic.wiring import examine
from netwright.clinic.wiring_subject import CannotTellError, answers_of
from netwright.nets.convolution import PixelScaling

PROBE_ROWS = 256
"""Training rows that are kept to be looked at again and again."""


FEW_HELD_OUT, BRIEF_HELD_OUT = 512, 128
"""Held-out rows that have to do where the time that watching may take is used up."""

HEAVY_PARAMETERS = 5_000_000
"""A model with more of them sees no more rows at once than in its training: there may be no memory for it."""

HEAVY_ENTRIES = 2**20
"""The same for batches whose inputs have more entries."""

HEAVY_BATCHES = 16
"""Batches of held-out rows that such a model is measured on."""

COPIED_PARAMETERS = 50_000_000
"""A model with more of them is not copied while it is trained, as the wiring needs it."""

WIRING_ROWS = 64
"""Rows with which the wiring is examined."""

LAST_LOOKS = 2.5
"""Length of the last look over that of a look at the fixed rows alone."""

DEAR_SECONDS = 0.01
"""A network that takes longer for one batch is looked at with fewer rows where the training is short."""

ASSUMED_STEPS = 500
"""Steps of a training that does not say how many it plans."""

FEWEST_WIRING_ROWS, FEWEST_PROBE_ROWS = 8, 32
"""With fewer rows than these nothing is to be seen."""

WIRING_SHARE, PROBE_SHARE = 0.003, 0.02
"""Rows of a look over those that the whole training goes through, so that it takes about 3 % of its time.

Examining the wiring costs about eight times what training on the same rows costs, a look at fixed rows
somewhat less than once.
"""


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
        table: all training rows, where they are at hand.
        limited: whether the time that looking takes is limited.

    Attributes:
        voice: makes of what the model returns what counts as its output, where they differ.
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
        table: Rows | None = None,
        *,
        limited: bool = False,
    ) -> None:
        self.lens = Lens(unwrap(model), loss_function, seed=seed)
        self._optimizers = optimizers
        self._parameters = sum(parameter.numel() for parameter in self.lens.model.parameters())
        self._most = PROBE_ROWS
        self._wiring_rows = WIRING_ROWS
        self._limited = limited
        self._held_out = held_out
        self._table = table
        self.on_processor = device_of(self.lens.model).type == "cpu"
        self._record = record
        self._care = care
        self._seed = seed
        self._rows: Rows | None = None
        self._wired = False
        self.started = False
        self.gathered = False
        self.voice: Callable[[Any], Any] | None = None
        self.look_seconds = self.first_seconds = 0.0
        self._structure = Structure()
        self._running = _running_means(self.lens.model)

    def collect(self, batch: Rows | None) -> None:
        """Keep rows of a batch until there are enough."""
        if batch is None or batch.count == 0:
            return
        if self._rows is None:
            self._weigh(batch)
        if self._rows is None or (self._rows.target is None and batch.target is not None):
            self._rows = batch.first(self._most)
        elif self._rows.count < self._most and (self._rows.target is None) == (batch.target is None):
            with suppress(CannotTellError):  # batches of different shapes stay apart
                self._rows = self._rows.joined(batch.first(self._most - self._rows.count))

    def _weigh(self, batch: Rows) -> None:
        """Keep no more rows than fit where the model is trained."""
        entries = sum(tensor.numel() for tensor in batch.call.tensors)
        if self._parameters <= HEAVY_PARAMETERS and entries <= HEAVY_ENTRIES:
            return
        self._most = self.lens.chunk_rows = min(self._most, batch.count)
        held, most = self._held_out, HEAVY_BATCHES * batch.count
        if held is not None and held.count > most:
            self._held_out = held.take(torch.linspace(0, held.count - 1, most).long())

    def begin(self, batch_rows: int, precision: torch.dtype | None = None) -> None:
        """Take the first look, before any weight has changed.

        Args:
            batch_rows: rows of a batch.
            precision: of the products in mixed precision, None for that of the parameters.
        """
        self.started = True
        begun = self._care.now()
        if self._rows is None:
            self._care.gap(
                "The model as a whole was not called, only parts or a copy of it: its inputs, activations "
                "and answers could not be seen. Watch the module that the loop calls."
            )
            self._care.run("the layers", self._write_facts, batch_rows, precision)
            return
        since = self._care.now()
        structure = self._care.run("the structure of the model", self.lens.structure, self._rows)
        self._structure = structure or Structure()
        if self._limited and self._care.now() - since > DEAR_SECONDS:
            self._look_at_fewer(batch_rows * (self._record.facts.steps_planned or ASSUMED_STEPS))
        self._care.run("the layers", self._write_facts, batch_rows, precision)
        self.wire()
        self.probe(0)
        self.first_seconds = self._care.now() - begun
        if self._table is not None:
            self.gather()

    def _look_at_fewer(self, trained: int) -> None:
        """Keep so few rows that looking at them is cheap beside a training that goes through `trained`."""
        assert self._rows is not None
        self._wiring_rows = min(WIRING_ROWS, max(FEWEST_WIRING_ROWS, int(WIRING_SHARE * trained)))
        self._most = min(self._most, max(FEWEST_PROBE_ROWS, int(PROBE_SHARE * trained)))
        self._rows = self._rows.first(self._most)

    def wire(self) -> None:
        """Examine how model and loss are wired, once, as soon as targets are known."""
        rows = self._rows
        if rows is not None and rows.target is None and self._held_out is not None:
            rows = self._held_out.first(PROBE_ROWS)
        if self._wired or rows is None or rows.target is None or self.lens.loss_function is None:
            return
        self._wired = True
        self._care.run("the kind of answer", self._tell_answer, rows)
        if self._parameters > COPIED_PARAMETERS:
            self._care.gap(
                f"The wiring was not examined: it takes a copy of the model, which has {self._parameters:,} "
                "parameters. Examine it before the training, with netwright.clinic.checkup."
            )
            return
        self._care.run("the wiring", self._examine, rows.first(self._wiring_rows), self.lens.loss_function)

    def gather(self) -> None:
        """Look at the rows themselves, once."""
        rows = self._table or self._rows
        if rows is not None and not self.gathered:
            self.gathered = True
            self._care.run("the data", self._gather, rows)

    def compare_labels(self, rows: Rows | None) -> None:
        """Look whether labels agree with those of their neighbours, where the rows were not all looked at."""
        if rows is not None and isinstance(rows.target, Tensor) and not self._record.facts.data.whole:
            self._care.run("the labels", self._compare_labels, rows)

    def probe(self, step: int, *, brief: bool = False) -> Probe | None:
        """Look at the fixed rows, or at few of them where it has to be `brief`."""
        if self._rows is None:
            return None
        rows = self._rows.first(FEWEST_PROBE_ROWS) if brief else self._rows
        since = self._care.now()
        found = self._care.run("the fixed rows", self.lens.look, rows, step, self._moved())
        self.look_seconds = max(self.look_seconds, self._care.now() - since)
        if found is not None:
            self._record.probes.append(found)
        return found

    def end_epoch(self, epoch: Epoch, *, costly: bool, all_rows: bool = True, brief: bool = False) -> None:
        """Write down the end of an epoch; if `costly`, with what fixed and held-out rows show.

        Args:
            epoch: what is known of it.
            costly: whether there is time to look at rows.
            all_rows: whether there is time for all held-out rows.
            brief: whether there is hardly time at all; that few rows were looked at is written down.
        """
        if costly:
            own = self.probe(epoch.step, brief=brief)
            held_out, most = self._held_out, BRIEF_HELD_OUT if brief else FEW_HELD_OUT
            if held_out is not None and held_out.count > most and not all_rows:
                held_out = held_out.take(torch.linspace(0, held_out.count - 1, most).long())
            if brief:
                self._care.gap(
                    "The last look was taken at few rows: the training was so short that watching had taken "
                    "a tenth of its time. With budget=None all rows are looked at."
                )
            held = self._care.run("the held-out rows", self._measure, held_out)
            loss, scores = held if held is not None else (None, Scores())
            epoch = replace(
                epoch,
                validation_loss=loss if epoch.validation_loss is None else epoch.validation_loss,
                train_score=None if own is None else own.accuracy,
                validation_score=scores.score,
                validation_trivial=scores.trivial,
                validation_recall=scores.recall,
                validation_sure=scores.sure,
                validation_sure_answers=scores.sure_answers,
            )
        self._record.epochs.append(epoch)

    @property
    def last_seconds(self) -> float:
        """About how long the last look takes: at the fixed rows, at held-out rows, and the diagnosis."""
        return LAST_LOOKS * self.look_seconds

    def look_last(self, *, brief: bool = False) -> None:
        """Measure the held-out rows at the end where that was put off, as where it stopped early."""
        epochs = self._record.epochs
        if epochs and epochs[-1].validation_score is None:
            self.end_epoch(epochs.pop(), costly=True, all_rows=False, brief=brief)

    def locate(self, batch: Rows | None, step: int) -> None:
        """Find the layer where numbers stopped being finite, from the batch at hand."""
        if self._record.breakdown is None:
            found = self._care.run("the first bad layer", locate, self.lens, batch, step)
            self._record.breakdown = found

    def values_per_row(self) -> float | None:
        """Return the fewest values that a batch normalisation averages over for each row, if any."""
        return min(self._structure.averaged.values(), default=None)

    def _write_facts(self, batch_rows: int, precision: torch.dtype | None) -> None:
        model, facts = self.lens.model, self._record.facts
        used = precision or next((parameter.dtype for parameter in model.parameters()), torch.float32)
        layers = layer_facts(model, self._structure, self._optimizers)
        dropout = max(self._structure.dropout, default=0.0)
        linear = not self._structure.bends if self._structure.order else None
        name = str(used).removeprefix("torch.")
        self._record.facts = replace(
            facts, layers=layers, batch_rows=batch_rows, dropout=dropout, precision=name, linear=linear
        )

    def _measure(self, rows: Rows | None) -> tuple[float | None, Scores] | None:
        if rows is None or rows.target is None or self.lens.loss_function is None:
            return None
        if rows.seen_shape is None and self._rows is not None:
            rows = replace(rows, seen_shape=self._rows.seen_shape)
        return self.lens.measure(rows)

    def _tell_answer(self, rows: Rows) -> None:
        target = rows.target
        if not isinstance(target, Tensor) or self.lens.answer != "unknown":
            return
        name = self._record.facts.loss
        output = self.lens.answers(rows)
        output = output if isinstance(output, Tensor) else answers_of(output)
        self.lens.answer = answer_of(name, output, target)
        self.lens.from_logits = name != "bceloss"
        self._record.facts = replace(self._record.facts, answer=self.lens.answer)

    def _examine(self, rows: Rows, loss_function: LossFunction) -> None:
        self._record.wiring = examine(
            self.lens.model,
            loss_function,
            rows.call,
            rows.target,
            seen_shape=rows.seen_shape,
            gaps=self._record.gaps,
            seed=self._seed,
            voice=self.voice,
        )

    def _gather(self, rows: Rows) -> None:
        target, held, whole = rows.target, self._held_out, self._table is not None
        if not isinstance(target, Tensor) or not target.dim() or target.shape[0] % rows.count:
            return
        facts = gather(
            self._scaled(rows),
            target.reshape(rows.count, -1) if target.shape[0] > rows.count else target,
            (self._scaled(held), held.target) if held is not None and whole else None,
            rows=self._record.facts.data.rows,
            whole=whole,
            seed=self._seed,
        )
        if held is not None and not whole:
            facts = replace(facts, validation_rows=held.count, deviation_shift=deviation_shift(rows, held))
            # The rows of a few batches are too few to learn from; held-out rows tell what can be learnt, too.
            asked = held.first(FEW_HELD_OUT)
            facts = replace(facts, cheap=cheap(list(asked.call.tensors), asked.target, seed=self._seed))
        self._record.facts = replace(self._record.facts, data=facts)

    def _compare_labels(self, rows: Rows) -> None:
        facts = with_labels(self._record.facts.data, self._scaled(rows), rows.target, seed=self._seed)
        self._record.facts = replace(self._record.facts, data=facts)

    @torch.no_grad()
    def _scaled(self, rows: Rows) -> list[Tensor]:
        """Return the inputs; pixels that the network scales itself as its first convolution sees them."""
        inputs = list(rows.call.tensors)
        scaling = next((one for one in self.lens.model.modules() if isinstance(one, PixelScaling)), None)
        return inputs if scaling is None else [scaling(inputs[0]), *inputs[1:]]

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
