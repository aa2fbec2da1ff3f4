"""Watches netwright's own trainings: the same record, read from the steps and rounds that `fit` tells of.

    clinic = attach(setup)                                   # after setup.on_step was set for anything else
    outcome = fit(setup, [*observers, clinic.round_ended])
    clinic.close()                                           # finished=False after an interruption
    clinic.record, clinic.findings, clinic.healthy, clinic.checked, clinic.overhead, clinic.report(path)

Nothing is hooked: a chain of dense layers with its gradient written by hand and parameters that lie side by
side in memory are trained exactly as without the clinic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import isfinite

import torch
from torch import Tensor

from netwright.clinic.care import clock_of
from netwright.clinic.examiner import PROBE_ROWS, Examiner
from netwright.clinic.facts import optimizer_facts
from netwright.clinic.interval import FIRST_STEPS
from netwright.clinic.losses import numbers
from netwright.clinic.plan import LONGEST_QUIET, SECOND_PROBE
from netwright.clinic.record import Answer, Epoch, Facts, Observation
from netwright.clinic.row_facts import DataFacts
from netwright.clinic.rows import Rows, rows_of
from netwright.clinic.sitting import Sitting
from netwright.clinic.undisturbed import Precision
from netwright.clinic.watch import HELD_OUT_ROWS
from netwright.clinic.watching import Watching
from netwright.clinic.wiring_subject import Call
from netwright.randomness import torch_generator
from netwright.task import Task
from netwright.training.batches import Batch, Source
from netwright.training.fit import Setup
from netwright.training.history import Round
from netwright.training.loop import Step
from netwright.training.losses import Loss, TargetShape
from netwright.training.objective import batch_loss, decode
from netwright.training.state import TrainingState

FEWEST_LABELS, MOST_LABELS = 300, 2_000
"""Training rows whose labels are compared with those of their neighbours when the training is over."""

LABELS_SHARE = 4
"""Pairs of rows that are compared for each row that the training went through: about 2 % of its time."""

_LOSS_NAMES = {"MSE": "mseloss", "MAE": "l1loss", "Huber": "huberloss", "Poisson": "poissonnllloss"}


def attach(
    setup: Setup,
    *,
    interval: int = 50,
    budget: float | None = 0.02,
    data: DataFacts | None = None,
    announce: Callable[[str], None] | None = None,
    clock: Callable[[], float] | None = None,
    seed: int = 0,
) -> AttachedClinic:
    """Return a clinic that watches the training that `fit` makes of a set-up.

    The weights become, bit for bit, what they would become unwatched.

    Args:
        setup: the training, before `fit` is called; its `on_step` goes on being told.
        interval: distance of the steps that are looked at, after the first 20.
        budget: share of the training time that watching may take, or None for any.
        data: what is known of the rows; found out from a sample when left out.
        announce: told in a sentence of the worst finding, once; None for silence.
        clock: returns seconds; `netwright.clinic.care.clock_of` the device when left out.
        seed: of what the clinic draws for itself.
    """
    chosen = clock or clock_of(setup.batches.device)
    return AttachedClinic(setup, interval, budget, data, announce, chosen, seed)


class AttachedClinic(Watching):
    """Watches one of netwright's own trainings; made by `attach`."""

    def __init__(
        self,
        setup: Setup,
        interval: int,
        budget: float | None,
        data: DataFacts | None,
        announce: Callable[[str], None] | None,
        clock: Callable[[], float],
        seed: int,
    ) -> None:
        super().__init__(_facts(setup, data), interval, budget, announce, clock)
        self._setup = setup
        self._told_before = setup.on_step
        self._seed = seed
        self._before = 0
        self._begun = 0
        self._asked_for = 0
        self._last = 0
        self._quiet = 0
        self._unread: list[Tensor] = []
        self._sitting: Sitting | None = None
        loss, shape = setup.engine.objective.loss, _shape(setup)
        self._examiner = Examiner(
            setup.engine.network,
            partial(_mean, loss),
            [setup.engine.optimizer],
            _sample(None if setup.validation is None else setup.validation.data, HELD_OUT_ROWS, seed),
            self.record,
            self._care,
            seed,
            limited=budget is not None,
        )
        lens = self._examiner.lens
        lens.block, lens.from_logits = setup.engine.autocast, False
        self._examiner.voice = _one_voice
        lens.answer, lens.decode = _scored_as(shape.task), partial(_decoded, loss, shape)
        self._care.run("the first look", self._begin, data is None, seed)
        setup.on_step = self.step

    def step(self, step: Step) -> None:
        """Take a step that was just made; `fit` calls it."""
        if self._told_before is not None:
            self._told_before(step)
        if self._quiet and step.number == self._last + 1:
            # Nothing is to be seen at this step: the less is done the better.
            since = self._care.brief() if self._quiet == 1 else None
            self._quiet -= 1
            self._last = step.number
            self._unread.append(step.loss)
            if since is not None:
                self._care.charge(since, len(self._unread))
            return
        self._last = step.number
        self._slowdown.steps_ended(len(self._unread) + 1, observed=self._sitting is not None)
        self._care.run("the steps", self._take, step)
        self._slowdown.work_ended()

    def round_ended(self, finished: Round, state: TrainingState) -> None:
        """Take a round that was just finished; to be given to `fit` among its observers."""
        self._care.run("the end of the round", self._end_round, finished)

    def close(self, *, finished: bool = True) -> None:
        """End the watching.

        Args:
            finished: whether the training is over, and was not broken off.
        """
        if self._setup.on_step == self.step:
            self._setup.on_step = self._told_before
        self._catch_up()
        self._losses.flush()
        self._gather(last=True)
        self.record.finished = finished
        if finished:
            brief = self._short_of_time
            self._examiner.look_last(brief=brief)
            self._examiner.compare_labels(self._care.run("the labels", self._labelled, brief))
        self._consult()
        self._care.end()

    def _labelled(self, brief: bool) -> Rows | None:
        """Return so many training rows that comparing their labels is cheap beside the training."""
        source, epochs = self._setup.batches.data, self._setup.epochs
        count = 0 if brief else int((LABELS_SHARE * source.rows * epochs) ** 0.5)
        return _sample(source, min(MOST_LABELS, max(FEWEST_LABELS, count)), self._seed)

    def _begin(self, gather: bool, seed: int) -> None:
        self._examiner.collect(_sample(self._setup.batches.data, PROBE_ROWS, seed))
        with self._setup.engine.autocast():
            precision = Precision.now(self._setup.batches.device.type).dtype
        self._examiner.begin(self._setup.batches.batch_size, precision)
        self._interval.reserve = self._examiner.last_seconds
        self._examiner.gathered = not gather
        self._open_next()

    def _take(self, step: Step) -> None:
        self._catch_up()
        number = step.number - self._before
        if not self.record.losses and not self._losses.count and number > 1:
            self._before = step.number - 1
            self._care.gap(f"The steps before number {step.number} were made in an earlier sitting.")
            number = 1
        elif number <= self._losses.count:
            self._go_back(number - 1)
        self._add(step.loss)
        if self._sitting is not None and self._asked_for == number:
            self._observe(step, number, self._sitting)
        self._sitting = None
        if number == SECOND_PROBE and self._interval.fits(self._examiner.look_seconds):
            self._examiner.probe(number)
        if number in (FIRST_STEPS, SECOND_PROBE):
            self._gather()
            self._consult()
        self._open_next()

    def _add(self, loss: Tensor | float) -> None:
        self._losses.add(loss)
        latest = self._losses.latest
        if latest is not None and not isfinite(latest):
            self._examiner.locate(None, self._losses.count)

    def _catch_up(self) -> None:
        """Take the losses of steps at which nothing was to be seen."""
        for loss in numbers(self._unread):
            self._add(loss)
        self._unread.clear()

    def _observe(self, step: Step, number: int, sitting: Sitting) -> None:
        sitting.backward_ended()
        sitting.step_ended(self._setup.engine.optimizer)
        before = [] if step.gradient_norm is None else [step.gradient_norm]
        sizes = sitting.sizes(before)
        self._losses.flush()
        layers, whole, clipped = sizes.layers, sizes.gradient_norm, None
        if sizes.extra and whole and sizes.extra[0] > 1.001 * whole:
            # Clipping makes all gradients smaller by the same factor.
            whole, clipped = sizes.extra[0], whole
            layers = {
                name: replace(reading, gradient=reading.gradient * whole / clipped)
                for name, reading in layers.items()
            }
        batches, values = self._setup.batches, self._examiner.values_per_row()
        self._write(
            Observation(
                number,
                step.epoch + (step.batch + 1) / batches.per_epoch,
                self.record.losses[number - 1],
                step.learning_rate,
                layers,
                whole,
                clipped,
                batch_rows=step.rows,
                rows_per_normalization=None if values is None else round(values * step.rows),
            )
        )

    def _open_next(self) -> None:
        following = self._losses.count + 1
        self._asked_for = following
        self._quiet = 0
        if self._interval.wants(following):
            self._sitting = Sitting(self._examiner.lens.model, lambda: None)
            self._sitting.keep()
        elif following > SECOND_PROBE:
            # The step before one that is to be observed keeps the weights.
            self._quiet = max(0, min(self._interval.left(following - 1) - 2, LONGEST_QUIET))

    def _end_round(self, finished: Round) -> None:
        self._catch_up()
        self._losses.flush()
        epoch = Epoch(
            self._losses.count, finished.epoch, finished.train_loss, finished.validation.get("loss")
        )
        planned, affordable = finished.epoch >= self._setup.epochs, self._interval.affords_regular
        brief = not affordable and self._short_of_time
        costly = planned or affordable
        self._examiner.end_epoch(epoch, costly=costly, all_rows=affordable, brief=brief)
        if costly:
            self._consult()

    def _go_back(self, step: int) -> None:
        """Forget what was seen after a step: the training went back to it."""
        self._losses.go_back(step)
        record = self.record
        record.observations[:] = [seen for seen in record.observations if seen.step <= step]
        record.probes[:] = [seen for seen in record.probes if seen.step <= step]
        record.epochs[:] = [seen for seen in record.epochs if seen.step <= step]


def _facts(setup: Setup, data: DataFacts | None) -> Facts:
    engine, task = setup.engine, _shape(setup).task
    return Facts(
        optimizers=(optimizer_facts(engine.optimizer),),
        loss=named_loss(engine.objective.loss, task),
        answer="two classes" if task is Task.BINARY else _scored_as(task),
        steps_planned=setup.epochs * setup.batches.per_epoch,
        seconds_planned=setup.seconds,
        data=DataFacts(rows=setup.batches.data.rows) if data is None else data,
        loss_scaled=engine.scaler is not None,
        stops_early=setup.early_stopping is not None,
    )


def _shape(setup: Setup) -> TargetShape:
    """Return what the target looks like; without held-out rows as far as a few rows show it."""
    if setup.validation is not None:
        return setup.validation.shape
    data, loss = setup.batches.data, setup.engine.objective.loss
    target = data.take(torch.arange(min(data.rows, 2), device=data.device)).target
    width = 1 if target.dim() == 1 else target.shape[1]
    if Task.REGRESSION in loss.tasks:
        return TargetShape(Task.REGRESSION, width=width)
    if not target.is_floating_point():
        return TargetShape(Task.MULTICLASS)
    return TargetShape(Task.BINARY, 2) if target.dim() == 1 else TargetShape(Task.MULTILABEL, width=width)


def named_loss(loss: Loss, task: Task) -> str:
    """Return the name under which rules know a loss: that of PyTorch's loss which computes the same.

    >>> from netwright.training.losses import MSE
    >>> named_loss(MSE(), Task.REGRESSION)
    'mseloss'
    """
    name = type(loss).__name__
    if name == "CrossEntropy":
        return "bcewithlogitsloss" if task in (Task.BINARY, Task.MULTILABEL) else "crossentropyloss"
    return _LOSS_NAMES.get(name, name.lower())


def _scored_as(task: Task) -> Answer:
    if task is Task.REGRESSION:
        return "numbers"
    return "several labels" if task is Task.MULTILABEL else "classes"


def _mean(loss: Loss, output: Tensor, target: Tensor) -> Tensor:
    return batch_loss(loss, output, target, None)


def _one_voice(output: Tensor) -> Tensor:
    """Return the answers of a network; of one with several members their mean."""
    return output.mean(dim=1) if output.dim() == 3 else output


def _decoded(loss: Loss, shape: TargetShape, output: Tensor) -> Tensor:
    return loss.point(decode(loss, output, shape))


def _sample(source: Source | None, most: int, seed: int) -> Rows | None:
    if source is None or source.rows == 0:
        return None
    order = torch.randperm(source.rows, generator=torch_generator(seed, "clinic rows"))
    batch: Batch = source.take(order[:most].sort().values.to(source.device))
    return rows_of(Call(batch.inputs), batch.target)
