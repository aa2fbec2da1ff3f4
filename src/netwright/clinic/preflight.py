"""A check-up before training: rows, wiring, first loss, and whether one batch can be learnt by heart."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from netwright.clinic.care import Care
from netwright.clinic.data_facts import gather
from netwright.clinic.diagnosis import Diagnosis, diagnose
from netwright.clinic.examiner import Examiner
from netwright.clinic.facts import held_by, loss_name, optimizer_facts
from netwright.clinic.layers import layers_of, unwrap
from netwright.clinic.record import Facts, Record
from netwright.clinic.rows import Rows, device_of, move, rows_of
from netwright.clinic.rules import RULES
from netwright.clinic.watch import watch
from netwright.clinic.wiring_overfit import ROWS as ROWS_BY_HEART
from netwright.clinic.wiring_overfit import overfit_one_batch
from netwright.clinic.wiring_subject import Call, CannotTellError, copied, prepare, undisturbed
from netwright.findings import Finding
from netwright.randomness import torch_generator

ROWS = 256
"""Rows that go through the network."""

NOT_LEARNT = 0.5
"""Where one batch ends above this part of its first loss, a watched training of it tells why."""

WATCHED_STEPS = 100
WATCHED_RATE = 1e-3


@dataclass(frozen=True)
class Checkup:
    """What a check-up found.

    Attributes:
        record: all that was measured.
        diagnosis: what it adds up to.
        seconds: that it took.
    """

    record: Record
    diagnosis: Diagnosis
    seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong or worth knowing, worst first."""
        return self.diagnosis.findings

    @property
    def healthy(self) -> bool:
        """Whether nothing that was checked gives cause for alarm."""
        return self.diagnosis.healthy

    @property
    def checked(self) -> tuple[str, ...]:
        """The rules that could be asked before training."""
        return self.diagnosis.checked

    @property
    def unchecked(self) -> tuple[str, ...]:
        """What could not be checked although no training is needed for it, with the reason."""
        early = {rule.name for rule in RULES if rule.speaks_from.startswith("before the first step")}
        reasons = [
            f"{name}: {reason}"
            for name, reason in self.diagnosis.unchecked
            if name in early and "no step was seen" not in reason
        ]
        return (*reasons, *self.record.gaps)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write what was found as one HTML page."""
        from netwright.clinic.page import write_page

        write_page(path, self.record, self.diagnosis, title="Check-up")

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "healthy": self.healthy,
            "findings": [finding.to_json() for finding in self.findings],
            "checked": list(self.checked),
            "unchecked": list(self.unchecked),
            "seconds": self.seconds,
        }

    def __str__(self) -> str:
        alarms = len(self.diagnosis.alarms)
        what = "Healthy" if self.healthy else f"{alarms} alarm{'s' * (alarms != 1)}"
        lines = [f"{what}: {len(self.checked)} rules checked in {self.seconds:.1f} s, before any training."]
        lines += [f"- {finding.severity}: {finding}" for finding in self.findings]
        return "\n".join(lines)


def checkup(
    model: nn.Module,
    loss_function: Callable[..., Tensor],
    X: Any,
    y: Any,
    validation: tuple[Any, Any] | None = None,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    names: Sequence[str] | None = None,
    loss: str | None = None,
    loss_may_rise: bool = False,
    seconds: float = 5.0,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Checkup:
    """Return what is wrong before training: in the rows, in the wiring, in what the network can learn.

    The model is not changed: copies of it are tried.

    Args:
        model: untrained or trained.
        loss_function: of the model's output and the target.
        X: inputs (rows, ...): a tensor, an array, a sequence of arguments, or a mapping of keywords.
        y: what is wanted, as the loss takes it.
        validation: inputs and target of held-out rows.
        optimizer: that will train the model; it makes no step.
        names: of the features, for messages.
        loss: name of the loss, where the function has none, such as "mseloss".
        loss_may_rise: whether the loss is negative or rises by design.
        seconds: for learning one batch by heart, at most.
        seed: of samples and of what layers draw.
        clock: in seconds.

    Raises:
        DataError: when X and y do not have the same number of rows.

    >>> generator = torch.Generator().manual_seed(0)
    >>> x, noise = torch.randn(64, 4, generator=generator), torch.randn(64, 1, generator=generator)
    >>> found = checkup(nn.Sequential(nn.Linear(4, 1), nn.ReLU()), nn.MSELoss(), x, x[:, :1] + noise)
    >>> found.findings[0].cause
    'loss and output do not fit'
    """
    begun = clock()
    facts = Facts(
        loss=loss_name(loss_function) if loss is None else loss,
        data=gather(X, y, validation, names=names, seed=seed),
        loss_may_rise=loss_may_rise,
        optimizers=() if optimizer is None else (optimizer_facts(optimizer),),
    )
    record = Record(facts=facts)
    rows = _some_rows(X, y, facts, seed)
    rows = move(rows, device_of(model))
    try:
        with undisturbed(seed):
            _examine(model, loss_function, rows, record, seed)
            _learn_by_heart(model, loss_function, rows, record, seconds, seed)
        if optimizer is not None:
            _compare(model, optimizer, record)
    except CannotTellError as reason:
        record.gaps.append(f"The network was not examined: {reason}.")
    return Checkup(record, diagnose(record), clock() - begun)


def _some_rows(X: Any, y: Any, facts: Facts, seed: int) -> Rows:
    """Return some rows as tensors, drawn from those without NaN or infinity."""
    call = Call.of(_as_tensors(X))
    rows = rows_of(call, _as_tensors(y))
    order = torch.randperm(rows.count, generator=torch_generator(seed, "check-up rows"))
    if facts.data.nonfinite_inputs or facts.data.nonfinite_targets:
        order = order[_finite(rows)[order]]
    return rows.take(order[:ROWS])


def _examine(model: nn.Module, loss_function: Any, rows: Rows, record: Record, seed: int) -> None:
    """Write layers, wiring and a look at the untrained network into the record."""
    copy = copied(model)
    care = Care(time.monotonic, record.gaps)
    examiner = Examiner(copy, loss_function, [_optimizer(copy)], None, record, care, seed)
    examiner.gathered = True
    examiner.collect(rows)
    examiner.begin(rows.count)


def _compare(model: nn.Module, optimizer: torch.optim.Optimizer, record: Record) -> None:
    """Write into the record which layers the optimizer holds."""
    held = held_by([optimizer])
    holds = {layer.name: any(map(held, layer.parameters)) for layer in layers_of(unwrap(model))}
    layers = [replace(layer, optimized=holds.get(layer.name, True)) for layer in record.facts.layers]
    record.facts = replace(record.facts, layers=tuple(layers))


def _learn_by_heart(
    model: nn.Module, loss_function: Any, rows: Rows, record: Record, seconds: float, seed: int
) -> None:
    """Let a copy learn one batch by heart; where it cannot, watch another one trying."""
    if record.facts.loss_may_rise or not seconds:
        return
    few = rows.first(min(rows.count, ROWS_BY_HEART))
    try:
        subject = prepare(model, loss_function, few.call, few.target, seed=seed)
        ratio = overfit_one_batch(subject, seconds=seconds)
    except (CannotTellError, RuntimeError, TypeError, ValueError, IndexError) as reason:
        record.gaps.append(f"Not examined: learning one batch by heart ({str(reason).splitlines()[0]}).")
        return
    record.wiring = replace(record.wiring, overfits_one_batch=ratio)
    if ratio > NOT_LEARNT:
        _watch(model, loss_function, few, record, seed)


def _watch(model: nn.Module, loss_function: Any, few: Rows, record: Record, seed: int) -> None:
    """Watch a copy trying to learn one batch, and take over what was seen of it."""
    subject = prepare(model, loss_function, few.call, few.target, seed=seed)
    copy = subject.model.train()
    optimizer = _optimizer(copy)
    with watch(copy, optimizer, budget=None, announce=None, interval=10, seed=seed) as clinic:
        for _ in range(WATCHED_STEPS):
            loss = subject.loss(subject.run(training=True))
            if not loss.requires_grad:
                break
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            clinic.step(loss)
    record.losses[:] = clinic.record.losses
    record.observations[:] = clinic.record.observations
    record.breakdown = clinic.record.breakdown


def _optimizer(model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer of a trial; frozen parameters are left to it as well, so that all are held."""
    parameters = list(model.parameters())
    if not parameters:
        raise CannotTellError("the model has no parameters")
    return torch.optim.Adam(parameters, lr=WATCHED_RATE)


def _as_tensors(value: Any) -> Any:
    """Return arrays as tensors: float32 for numbers, int64 for whole ones; a nest keeps its form."""
    if isinstance(value, np.ndarray):
        tensor = torch.from_numpy(np.ascontiguousarray(value))
        if tensor.is_floating_point():
            return tensor.float()
        return tensor if tensor.dtype == torch.bool else tensor.long()
    if isinstance(value, dict):
        return {name: _as_tensors(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_as_tensors(part) for part in value)
    return value


def _finite(rows: Rows) -> Tensor:
    """Return which rows have finite entries only (n,)."""
    finite = torch.ones(rows.count, dtype=torch.bool)
    for tensor in [*rows.call.tensors, *Call.of(rows.target).tensors]:
        if tensor.is_floating_point() and len(tensor) == rows.count:
            finite &= torch.isfinite(tensor.cpu().reshape(rows.count, -1)).all(1)
    return finite
