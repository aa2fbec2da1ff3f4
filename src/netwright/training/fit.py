"""A whole training: steps gathered into rounds, each round validated, recorded and weighed.

Reads the steps of `loop.training_steps` and decides when to stop, which weights to keep, and what
to do when numbers are no longer finite.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import torch
from torch import Tensor

from netwright.errors import TrainingError
from netwright.training.averaging import Average
from netwright.training.batches import Batches
from netwright.training.early_stopping import EarlyStopping, Stopping
from netwright.training.finite import all_finite, find_first
from netwright.training.gradient_flow import FlowProbe
from netwright.training.history import Round
from netwright.training.loop import Engine, Position, Step, training_steps
from netwright.training.memory import keep_freed_memory
from netwright.training.optimizers.schedule_free import ScheduleFreeOptimizer
from netwright.training.state import TrainingState, capture, load_weights, restore, weights
from netwright.training.validation import Validation

ROUND_STEPS = 1000
"""A round ends with the epoch, or after this many steps of a long epoch."""

OBSERVED_STEPS = 4
"""Steps of a round at which gradients and updates of the layers are read."""

SHORTEST_SECONDS = 0.1
"""A training lasts this long at least, whatever was spent before: a model always comes out."""

RECOVERIES = 3
"""How often a training may go back to its last good state before it is given up."""


@dataclass
class Setup:
    """All that a training needs.

    Attributes:
        engine: network, objective and optimizer.
        batches: the training rows.
        epochs: how often they are visited at most.
        validation: held-out rows, or None.
        monitor: the validation score that decides which weights are best.
        higher_is_better: direction of that score.
        early_stopping: when to stop for lack of progress, or None for never; without it the last
            weights are kept, with it the best.
        average: the running average of the weights, or None.
        seconds: time the training may take, or None.
        on_nonfinite: stop with an error, or recover at a tenth of the learning rate.
        clock: returns seconds; passed in so that tests can move it.
        observe_layers: whether gradient flow is recorded.
        on_step: told of every step, for live progress.
        notes: what was decided for this training, first among the outcome's events.
    """

    engine: Engine
    batches: Batches
    epochs: int
    validation: Validation | None = None
    monitor: str = "loss"
    higher_is_better: bool = False
    early_stopping: EarlyStopping | None = None
    average: Average | None = None
    seconds: float | None = None
    on_nonfinite: Literal["stop", "recover"] = "stop"
    clock: Callable[[], float] = time.perf_counter
    observe_layers: bool = True
    on_step: Callable[[Step], None] | None = None
    notes: tuple[str, ...] = ()

    def spend(self, seconds: float) -> None:
        """Take what was spent before training from the time it may take; a little is always left."""
        if self.seconds is not None:
            self.seconds = max(self.seconds - seconds, SHORTEST_SECONDS)
            self.engine.pace.seconds = self.seconds


@dataclass(frozen=True)
class Outcome:
    """How a training ended. The network holds the weights that were kept.

    Attributes:
        rounds: the history.
        ended: why it ended, a short sentence.
        best_round: number of the round whose weights were kept, None for the last weights.
        interrupted: whether Ctrl-C ended it.
        seconds: time spent, all sittings together.
        steps: updates made.
        events: what happened on the way that the user should know.
        afterwards: what was done with the kept weights once the training was over, short sentences.
    """

    rounds: tuple[Round, ...]
    ended: str
    best_round: int | None
    interrupted: bool
    seconds: float
    steps: int
    events: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        """Why it ended and what came after, in one sentence."""
        return f"Training ended: {'; '.join([self.ended, *self.afterwards])}."


Observer = Callable[[Round, TrainingState], None]
"""Told of every finished round, with a state from which the training can be resumed."""


@dataclass
class _Ledger:
    """What is known so far."""

    state: TrainingState
    started: float
    losses: list[Tensor] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    recoveries: int = 0


def fit(setup: Setup, observers: Sequence[Observer] = (), resume: TrainingState | None = None) -> Outcome:
    """Train the network until the epochs, the patience or the time are used up.

    Args:
        setup: what to train, on what, for how long.
        observers: told of every finished round.
        resume: the state in which an earlier training was left.

    Raises:
        TrainingError: when numbers are no longer finite; names the step and the layer.
    """
    keep_freed_memory()
    if resume is not None:
        restore(setup.engine, setup.average, resume)
    before = resume.seconds if resume is not None else 0.0
    ledger = _Ledger(_captured(setup, resume or TrainingState(_stopping(setup))), setup.clock() - before)
    setup.engine.pace.elapsed = lambda: setup.clock() - ledger.started
    ended, interrupted = _already_over(setup, ledger.state), False
    try:
        while not ended:
            ended = _train(setup, ledger, observers)
    except KeyboardInterrupt:
        ended, interrupted = "interrupted", True
        if ledger.state.rounds:
            # An update may have been cut in half: go back to the end of the last round.
            restore(setup.engine, setup.average, ledger.state)
    best_round = _keep_weights(setup, ledger.state)
    return Outcome(
        tuple(ledger.state.rounds),
        ended,
        best_round,
        interrupted,
        setup.clock() - ledger.started,
        ledger.state.position.step,
        (*setup.notes, *ledger.events),
    )


def _train(setup: Setup, ledger: _Ledger, observers: Sequence[Observer]) -> str:
    """Run rounds until something ends the training; return what, or "" to go on after a recovery."""
    round_steps = min(ROUND_STEPS, setup.batches.per_epoch)
    probe = FlowProbe(setup.engine.network, round_steps // OBSERVED_STEPS)
    for step in training_steps(setup.engine, setup.batches, setup.epochs, ledger.state.position):
        ledger.losses.append(step.loss)
        if setup.observe_layers:
            probe.observe(step)
        if setup.average is not None:
            setup.average.update(setup.engine.pace.progress(step.number))
        if setup.on_step is not None:
            setup.on_step(step)
        out_of_time = setup.seconds is not None and setup.clock() - ledger.started >= setup.seconds
        if not (out_of_time or step.ends_epoch or (step.batch + 1) % ROUND_STEPS == 0):
            continue
        if not all_finite([*ledger.losses, *setup.engine.network.parameters()]):
            return _back_to_good(setup, ledger)
        finished = _close_round(setup, ledger, step, probe)
        for observer in observers:
            observer(finished, ledger.state)
        if out_of_time:
            return f"the time of {setup.seconds:.0f} s was used up"
        ended = _already_over(setup, ledger.state)
        if ended:
            return ended
    return "all epochs done"


def _close_round(setup: Setup, ledger: _Ledger, step: Step, probe: FlowProbe) -> Round:
    """Validate, record, and take the state from which to go on."""
    state, scores, best = ledger.state, {}, False
    stopping = replace(state.stopping)
    kept, kept_round = state.best, state.best_round
    if setup.validation is not None:
        with _weights_to_keep(setup):
            scores = setup.validation.measure(setup.engine.network)
            best = stopping.observe(scores[setup.monitor])
            if best:
                kept, kept_round = weights(setup.engine.network), len(state.rounds) + 1
        setup.engine.pace.observe(scores[setup.monitor])
    finished = Round(
        number=len(state.rounds) + 1,
        step=step.number,
        epoch=step.epoch + (step.batch + 1) / setup.batches.per_epoch,
        train_loss=float(torch.stack(ledger.losses).double().mean()),
        validation=scores,
        learning_rate=step.learning_rate,
        seconds=setup.clock() - ledger.started,
        best=best,
        layers=probe.collect(),
    )
    ledger.losses = []
    ledger.state = _captured(
        setup,
        TrainingState(
            stopping, Position.after(step), [*state.rounds, finished], kept, kept_round, finished.seconds
        ),
    )
    return finished


def _already_over(setup: Setup, state: TrainingState) -> str:
    """Return why a training in this state has no more to do, or ""."""
    if setup.early_stopping is not None and state.stopping.should_stop:
        return f"no better {setup.monitor.replace('_', ' ')} for {setup.early_stopping.patience} rounds"
    return "all epochs done" if state.position.epoch >= setup.epochs else ""


def _back_to_good(setup: Setup, ledger: _Ledger) -> str:
    """Name where numbers went wrong, then stop or go back and on at a tenth of the rate."""
    good = ledger.state
    restore(setup.engine, setup.average, good)
    steps = training_steps(setup.engine, setup.batches, setup.epochs, good.position)
    place = find_first(setup.engine, islice(steps, len(ledger.losses)))
    where = str(place) if place is not None else f"after step {good.position.step}: the loss is not finite"
    restore(setup.engine, setup.average, good)
    ledger.losses = []
    ledger.recoveries += 1
    if setup.on_nonfinite == "stop" or ledger.recoveries > RECOVERIES:
        _keep_weights(setup, good)
        raise TrainingError(
            f"Training stopped at {where}. Try a learning rate ten times smaller, gradient_clip=1, "
            "or on_nonfinite=recover."
        )
    for group in setup.engine.optimizer.param_groups:
        group["initial_lr"] *= 0.1
    ledger.state = _captured(setup, good)
    ledger.events.append(f"{where}; went back to step {good.position.step}, learning rate divided by 10")
    return ""


def _keep_weights(setup: Setup, state: TrainingState) -> int | None:
    """Leave in the network the best weights, or the averaged ones, or the last."""
    if setup.early_stopping is not None and state.best is not None:
        load_weights(setup.engine.network, state.best)
        return state.best_round
    if setup.average is not None:
        setup.average.apply()
    if isinstance(setup.engine.optimizer, ScheduleFreeOptimizer):
        setup.engine.optimizer.eval()
    return None


@contextmanager
def _weights_to_keep(setup: Setup) -> Iterator[None]:
    """Hold in the network the weights that would be kept if the training ended now."""
    optimizer = setup.engine.optimizer
    if isinstance(optimizer, ScheduleFreeOptimizer):
        optimizer.eval()
    try:
        with nullcontext() if setup.average is None else setup.average.swapped():
            yield
    finally:
        if isinstance(optimizer, ScheduleFreeOptimizer):
            optimizer.train()


def _captured(setup: Setup, state: TrainingState) -> TrainingState:
    return capture(setup.engine, setup.average, state)


def _stopping(setup: Setup) -> Stopping:
    """Return a fresh memory of the best score; without early stopping its patience has no end."""
    if setup.early_stopping is not None:
        return setup.early_stopping.start(larger_is_better=setup.higher_is_better)
    return Stopping(sys.maxsize, 0.0, setup.higher_is_better)
