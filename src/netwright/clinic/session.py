"""The clinic around anyone's training loop: puts together what is heard, read and looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from netwright.clinic.ear import Ear
from netwright.clinic.examiner import Examiner
from netwright.clinic.interval import FIRST_STEPS
from netwright.clinic.layers import unwrap
from netwright.clinic.losses import numbers
from netwright.clinic.observer import STEPS, Observer
from netwright.clinic.plan import LONGEST_QUIET, SECOND_PROBE, SUSPICIOUS, Plan
from netwright.clinic.record import Epoch, Facts, Observation
from netwright.clinic.rounds import Rounds
from netwright.clinic.rows import Rows
from netwright.clinic.scaling import Scaling
from netwright.clinic.sitting import Sitting
from netwright.clinic.watching import Watching


class Clinic(Watching):
    """Watches one training loop; made by `watch`, used as a context manager."""

    def __init__(
        self,
        model: nn.Module,
        optimizers: Sequence[torch.optim.Optimizer],
        loss_function: Any,
        held_out: Rows | None,
        facts: Facts,
        plan: Plan,
    ) -> None:
        super().__init__(facts, plan.interval, plan.budget, plan.announce, plan.clock)
        self._plan = plan
        self._rounds = Rounds(plan.epoch_steps, facts.steps_planned)
        self._examiner = Examiner(
            model,
            loss_function,
            optimizers,
            held_out,
            self.record,
            self._care,
            plan.seed,
            plan.table,
            limited=plan.budget is not None,
        )
        scaling = Scaling(plan.scaler, lambda: self._ear.precision.dtype)
        self._observer = Observer(
            unwrap(model), optimizers, self._care, scaling, self._before_update, self._observed
        )
        self._ear = Ear(
            model, loss_function, self._care, self._observer.backward_begins, self._observer.backward_ended
        )
        self._ear.evaluated = self._evaluated
        self._ear.smaller_batch = self._wake
        if self._rounds.in_doubt and facts.accumulation == 1:
            self._ear.sizes = []
        self._called = False
        self._quiet = 0
        self._unread: list[Tensor | float] = []
        self._asked_for = 0
        self._collected: tuple[int, bool] | None = None
        self._alarming = SUSPICIOUS
        self._broken = False
        self._open = True
        self._open_next()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(finished=kind is None)

    def step(self, loss: Tensor | float, *, target: Any = None, output: Any = None) -> None:
        """Tell the clinic that a batch is done; anywhere after its backward pass.

        Args:
            loss: of the batch, a scalar.
            target: what was wanted, where the loss function is no module and the clinic cannot see it.
            output: what the loss was given as answers, along with a target.
        """
        if self._quiet:
            # Nothing is to be seen at this step: the less is done the better, a cold line of Python is slow.
            self._quiet -= 1
            if self._quiet:
                self._unread.append(loss.detach() if isinstance(loss, Tensor) else loss)
                return
            since = self._care.brief()
            self._unread.append(loss.detach() if isinstance(loss, Tensor) else loss)
            self._care.charge(since, len(self._unread))
            return
        self._called = True
        self._slowdown.steps_ended(len(self._unread) + 1, observed=self._ear.listening)
        self._ear.loss_is_over()
        self._care.run("the losses", self._take, loss, target, output)
        self._slowdown.work_ended()

    def epoch_ended(self, validation_loss: float | None = None) -> None:
        """Tell the clinic that an epoch is over, where it cannot conclude that itself.

        Args:
            validation_loss: on held-out rows, where the training loop measured it.
        """
        self._rounds.told()
        self._care.run("the end of the epoch", self._end_round, validation_loss)

    def close(self, *, finished: bool = True) -> None:
        """End the watching.

        Args:
            finished: whether the training is over, and was not broken off.
        """
        if self._open:
            self._open = False
            self._care.run("the end of the training", self._finish, finished)
            self._care.end()

    def _take(self, loss: Tensor | float, target: Any, output: Any) -> None:
        if target is not None:
            self._ear.say(target, output)
            self._begin()
            self._collect()
            self._examiner.wire()
        self._catch_up()
        if not self._losses.add(loss):
            return
        step = self._losses.count
        self._begin()
        if self._observer.observing:
            self._care.run(STEPS, self._observer.given, self._rest(step))
        self._judge_loss(step)
        if self._rounds.over(step):
            self._end_round(None)
        elif step == SECOND_PROBE and self._interval.fits(self._examiner.look_seconds):
            self._examiner.probe(step)
            self._consult()
        elif step == FIRST_STEPS:
            self._compare_counts()
            self._gather()
            self._consult()
        if self.record.breakdown is not None and not self._broken:
            self._broken = True
            self._consult()
        self._ear.forget()
        self._open_next()
        self._rest_until_next()

    def _catch_up(self) -> None:
        """Take the losses and sizes of batches at which nothing was to be seen."""
        for loss in numbers(self._unread):
            if self._losses.add(loss):
                self._judge_loss(self._losses.count)
        self._unread.clear()
        if self._ear.sizes is not None:
            for rows in self._ear.sizes:
                self._rounds.batch(rows)
            once = abs(self._rounds.batches - self._losses.count) <= 1  # the model was called once a step
            self._ear.sizes = [] if self._rounds.in_doubt and once else None

    def _rest_until_next(self) -> None:
        """Find out for how many batches nothing is to be done, and leave the training alone until then."""
        step = self._losses.count
        self._quiet = 0
        waiting = self._observer.observing or self._ear.listening or not self._examiner.started
        if waiting or step < FIRST_STEPS:
            return
        self._observer.rest()
        hears = self._ear.sizes is not None or self._rounds.may_evaluate(step)
        self._ear.attend("calls" if hears else "nothing")
        if hears and step == self._rounds.begun:
            return  # after the next step an evaluation is not expected any more
        # A step that is to be observed is announced at the end of the one before it.
        ahead = [self._rounds.left(step), self._interval.left(step) - 1, LONGEST_QUIET]
        if step < SECOND_PROBE:
            ahead.append(SECOND_PROBE - step)
        self._quiet = max(0, min(ahead) - 1) * self._losses.accumulation

    def _compare_counts(self) -> None:
        """Find out whether gradients of several batches are added up, though that was not said."""
        batches = self._losses.count / max(1, self._observer.updates)
        if self._observer.updates and batches > 1.8:
            self.record.facts = replace(self.record.facts, accumulation=round(batches))
            self._care.gap(
                f"The optimizer steps once in about {round(batches)} batches, but every batch is counted as "
                f"a step. Say so with accumulation={round(batches)}."
            )

    def _rest(self, step: int) -> Observation:
        ear, values = self._ear, self._examiner.values_per_row()
        self._collect()
        rows = ear.batch_rows
        averaged = None if values is None or not ear.training else round(values * rows)
        return Observation(
            step,
            self._rounds.epoch(step),
            math.nan,
            0.0,
            training_mode=ear.training,
            output_attached=ear.output_attached,
            batch_entropy=self._care.run("the classes", self._observer.mixture.observe, ear.target),
            batch_rows=rows,
            rows_per_normalization=averaged,
        )

    def _observed(self, observation: Observation) -> None:
        self._losses.flush()
        self._note_scaling()
        self._write(replace(observation, loss=self.record.losses[observation.step - 1]))
        self._open_next()

    def _open_next(self) -> None:
        """Observe the next step if it is its turn."""
        following = self._losses.count + 1
        if self._observer.observing or following == self._asked_for:
            return
        self._asked_for = following
        self._ear.listening = self._interval.wants(following) and not self._care.failed(STEPS)
        if self._ear.listening:
            self._ear.attend("all")
            self._observer.open(following)

    def _begin(self) -> None:
        """Take the first look as soon as a batch is known."""
        ear, lens = self._ear, self._examiner.lens
        if not self._examiner.started and self._observer.observing:
            self._collect()
            if lens.loss_function is None and ear.loss_function is not None:
                lens.loss_function = ear.loss_function
                self.record.facts = replace(self.record.facts, loss=ear.loss_name)
            lens.block, lens.in_training = ear.precision.block, ear.in_training
            ear.asks_modes = False
            self._examiner.begin(ear.batch_rows, ear.precision.dtype)
            self._interval.reserve = self._examiner.last_seconds

    def _collect(self) -> None:
        """Keep rows of the batch, once."""
        batch = (self._ear.number, self._ear.target is not None)
        if batch != self._collected:
            self._collected = batch
            self._examiner.collect(self._ear.rows())

    def _before_update(self, step: int, sitting: Sitting) -> None:
        self._ear.loss_is_over()
        self._begin()
        # Later on a device of its own is not waited for: the loss will tell.
        close = step <= FIRST_STEPS or self._examiner.on_processor
        if close and self.record.breakdown is None and not sitting.gradients_finite():
            self._examiner.locate(self._ear.rows(), step)

    def _judge_loss(self, step: int) -> None:
        latest, ratio = self._losses.latest, self._losses.ratio()
        if latest is not None and not math.isfinite(latest):
            self._examiner.locate(self._ear.rows(), step)
        elif ratio is not None and ratio > self._alarming:
            self._alarming = SUSPICIOUS * ratio
            self._interval.alert(step)

    def _wake(self) -> None:
        self._quiet = 0

    def _evaluated(self, training: bool) -> None:
        """See how the loop measures itself; where epochs are not known, one ends there."""
        self._catch_up()
        if not self._rounds.evaluates(self._losses.count):
            return
        if self._rounds.in_doubt and self._losses.count > self._rounds.begun:
            self._end_round(None)
        if self.record.epochs:
            self.record.epochs[-1] = replace(self.record.epochs[-1], training_mode=training)

    def _end_round(self, validation_loss: float | None) -> None:
        self._catch_up()
        self._losses.flush()
        step, losses = self._losses.count, self.record.losses[self._rounds.begun :]
        if not losses:
            return
        self._rounds.end(step)
        epoch = Epoch(
            step,
            self._rounds.epoch(step),
            math.fsum(losses) / len(losses) if all(map(math.isfinite, losses)) else math.nan,
            validation_loss,
        )
        affordable = self._interval.affords_regular
        costly = affordable or not self._open
        brief = costly and not affordable and self._short_of_time
        self._examiner.end_epoch(epoch, costly=costly, all_rows=affordable, brief=brief)
        if costly:
            self._consult()

    def _note_scaling(self) -> None:
        rescaled = self._observer.rescaled
        if rescaled is None or self.record.facts.loss_scaled is not None:
            return
        self.record.facts = replace(self.record.facts, loss_scaled=rescaled)
        if rescaled:
            self._care.gap(
                "Whether gradients are clipped cannot be seen: the loss is scaled for float16. "
                "Give the clinic the scaler as scaler=..."
            )

    def _finish(self, finished: bool) -> None:
        self._catch_up()
        self._observer.close()
        self._ear.close()
        if not self._called:
            self.record.finished = finished
            self._care.gap(
                "clinic.step(loss) was never called, so nothing was seen. "
                "Call it once for every batch, after loss.backward()."
            )
            if self._announce is not None and finished:
                self._announce(self.record.gaps[-1])
            return
        self._losses.flush()
        self._gather(last=True)
        if self._losses.count > self._rounds.begun:
            self._end_round(None)
        else:
            self._examiner.look_last(brief=self._short_of_time)
        self.record.finished = finished
        self._consult()
