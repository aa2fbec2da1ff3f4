"""Branches of anyone's training: from where it stands, a few steps with exactly one thing changed.

The watched training is left, bit for bit, as it is: branches run on copies of model and optimizer, and the
random states are given back. A branch that does better is a hypothesis; only a whole training proves it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.causes import Cause
from netwright.clinic.changes import CHANGES, Change, Copy
from netwright.clinic.wiring_subject import Call, CannotTellError, LossFunction, Subject, prepare, undisturbed
from netwright.errors import UserError

STEPS = 60
EXPLAINS = 0.75
"""The share of the best branch's gain from which an earlier, smaller change explains as much."""

LEAST_GAIN = 0.1
"""The share of the loss that a branch has to gain before it explains anything."""

FEWEST_BATCHES = 2


@dataclass(frozen=True)
class Trial:
    """What one branch came to: its change, its cause, and the loss on the held-out batches at its end."""

    name: str
    cause: Cause
    loss: float


@dataclass(frozen=True)
class Investigation:
    """What the branches showed.

    Attributes:
        control: loss of the branch in which nothing was changed.
        trials: the branches, the smallest change first.
        steps: length of each.
    """

    control: float
    trials: tuple[Trial, ...]
    steps: int

    @property
    def best(self) -> Trial | None:
        """The smallest change that gains about as much as any; None when none gains clearly."""
        gains = [self._reference - trial.loss for trial in self.trials]
        most = max(gains, default=0.0)
        if not most > LEAST_GAIN * abs(self._reference):
            return None
        return next(t for t, gain in zip(self.trials, gains, strict=True) if gain >= EXPLAINS * most)

    @property
    def cause(self) -> Cause | None:
        """The cause that the best branch points to."""
        return None if self.best is None else self.best.cause

    @property
    def _reference(self) -> float:
        """The loss of the control; where it broke down, twice the worst that did not."""
        if math.isfinite(self.control):
            return self.control
        return 2 * max((trial.loss for trial in self.trials if math.isfinite(trial.loss)), default=0.0)

    def __str__(self) -> str:
        tried = f"{len(self.trials)} branches of {self.steps} steps"
        if self.best is None:
            return f"{tried}: no single change does clearly better than going on (loss {self.control:.3g})."
        return (
            f"{tried}: with {self.best.name} the loss is {self.best.loss:.3g} instead of {self.control:.3g}. "
            f"The cause may be: {self.best.cause.value}. Prove it with a whole training."
        )


def investigate(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: LossFunction,
    batches: Iterable[tuple[Any, Any]],
    *,
    held_out: Iterable[tuple[Any, Any]] | None = None,
    steps: int = STEPS,
    causes: Sequence[Cause] | None = None,
    seed: int = 0,
) -> Investigation:
    """Try single changes for a few steps, each from where the training stands now.

    Args:
        model: in training; it is copied.
        optimizer: of the model; it is copied with its state.
        loss_function: of output and target.
        batches: some training batches as (inputs, target); they are used in turn.
        held_out: batches to judge on; without them every second training batch is kept for that.
        steps: of each branch.
        causes: which to look for, all when left out.
        seed: of what is drawn in the branches.

    Raises:
        UserError: when there are too few batches, or the model cannot be copied or called.

    >>> torch.manual_seed(0) and None
    >>> x = torch.randn(256, 4)
    >>> batches = [(part, part.sum(1, keepdim=True)) for part in x.split(32)]
    >>> layer = nn.Linear(4, 1)
    >>> slow = torch.optim.SGD(layer.parameters(), lr=1e-5)
    >>> investigate(layer, slow, nn.functional.mse_loss, batches).cause
    <Cause.RATE_TOO_LOW: 'learning rate too low'>
    """
    known = list(batches)
    judged = known[::2] if held_out is None else list(held_out)
    learnt = known[1::2] if held_out is None else known
    if not learnt or not judged or steps < 1:
        raise UserError(
            f"investigate needs {FEWEST_BATCHES} batches of (inputs, target) or more, and 1 step or more; "
            f"it got {len(known)} and {steps}."
        )
    try:
        with undisturbed(seed):

            def branch(change: Change | None) -> float | None:
                subject = prepare(model, loss_function, *learnt[0], seed=seed)
                twin = Copy(subject, _copied(optimizer, model, subject.model), learnt, judged)
                torch.manual_seed(seed)
                return None if change is not None and not change.make(twin) else _run(twin, steps)

            control = branch(None)
            assert control is not None
            wanted = [change for change in CHANGES if causes is None or change.cause in causes]
            found = [(change, branch(change)) for change in wanted]
    except CannotTellError as error:
        raise UserError(f"investigate cannot try anything here: {error}.") from error
    trials = tuple(Trial(change.name, change.cause, loss) for change, loss in found if loss is not None)
    return Investigation(control, trials, steps)


def _copied(optimizer: torch.optim.Optimizer, model: nn.Module, twin: nn.Module) -> torch.optim.Optimizer:
    """Return a copy of an optimizer with its state, over the parameters of a copied model."""
    original = getattr(model, "_orig_mod", model)
    pairs = zip(original.parameters(), twin.parameters(), strict=True)
    memory: dict[int, Any] = {id(old): new for old, new in pairs}
    return copy.deepcopy(optimizer, memory)


def _run(twin: Copy, steps: int) -> float:
    """Train a copy; return its loss on the held-out batches, infinity when it breaks down."""
    subject, optimizer = twin.subject, twin.optimizer
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    for number in range(steps):
        inputs, target = twin.batches[number % len(twin.batches)]
        subject.model.train()
        loss = _loss(subject, inputs, target)
        optimizer.zero_grad()
        if not loss.requires_grad:
            raise CannotTellError("the loss is not connected to any parameter")
        loss.backward()  # type: ignore[no-untyped-call]
        if twin.clip is not None:
            nn.utils.clip_grad_norm_(parameters, twin.clip)
        optimizer.step()
    subject.model.eval()
    with torch.no_grad():
        value = float(torch.stack([_loss(subject, *batch) for batch in twin.held]).mean())
    return value if math.isfinite(value) else math.inf


def _loss(subject: Subject, inputs: Any, target: Any) -> Tensor:
    call = Call.of(inputs)
    return subject.loss(subject.model(*call.arguments, **call.keywords), target)
