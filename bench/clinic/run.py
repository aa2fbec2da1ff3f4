"""One training in a plain PyTorch loop, as anyone would write it; faults of the loop are switched on by name.

Wiring of a setting: "keep gradients" (no zero_grad), "head only" (the trunk is in no optimizer), "cut path"
(detach between trunk and head), "ascent", "evaluation mode", "validate in training mode", "no shuffle",
"frozen trunk", "tiny loss" (the loss is weighted by a millionth), "sparse embedding" (with an optimizer of
its own), "two rates" (the trunk's is a tenth), "average" (of weights, judged instead of the last ones),
"growing" (augmentation grows), "balanced" (rows are drawn so that classes are alike), "mixed" (rows of a
batch are mixed in pairs), "stop early" (when three epochs were no better). "loss may rise" and "frozen on
purpose" are declared to the clinic.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from . import data, losses, networks
from .judge import Outcome, answers, score_of, trivial_of
from .optimizing import Average, optimizers_of, schedule_of
from .setting import Setting
from .spoils import spoil


class Observer(Protocol):
    """Whoever looks on: called in once before the first step, told of each step and each validation."""

    def watch(self, training: Training) -> AbstractContextManager[Any]:
        """Return what the loop runs under."""
        ...

    def step(self, loss: Tensor) -> None:
        """After each batch."""
        ...

    def epoch(self, train_loss: float, validation: tuple[float, float]) -> None:
        """After each epoch: mean training loss, the user's own validation loss and score."""
        ...


@dataclass
class Training:
    """A training that is ready to start."""

    setting: Setting
    seed: int
    parts: data.Parts
    model: networks.Network
    loss: losses.Loss
    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    optimizers: list[torch.optim.Optimizer]

    @property
    def every(self) -> bool:
        """Whether the network answers at every place of a text."""
        return self.parts.train.targets.ndim == 2

    @property
    def epoch_steps(self) -> int:
        """Updates an epoch."""
        batches = math.ceil(len(self.inputs["train"]) / self.setting.batch)
        return math.ceil(batches / self.setting.accumulation)

    @property
    def steps(self) -> int:
        """Updates in all."""
        return self.epoch_steps * self.setting.epochs


def prepare(setting: Setting, seed: int, folder: Path | None) -> Training:
    """Load, split, prepare and spoil the data, and build model, loss and optimizers, all from the seed."""
    parts = data.split(data.load(setting.data, folder), setting.data, seed)
    data.prepare(parts, setting.preparation)
    data.prepare_targets(parts)
    spoil(parts, setting.spoils, seed)
    torch.manual_seed(seed)
    counts = np.bincount(parts.train.targets.reshape(-1), minlength=parts.classes) if parts.classes else None
    weights = None if counts is None else torch.from_numpy(counts.sum() / (counts + 1e-9) / len(counts))
    loss = losses.loss_of(setting.loss, parts.classes, None if weights is None else weights.float())
    tokens = parts.classes if parts.train.inputs.dtype == np.int64 else 0
    model = networks.build(
        setting, parts.train.inputs.shape[1:], (parts.classes or 1) + loss.extra_outputs, tokens
    )
    names = ("train", "validation", "test")
    inputs = {name: torch.from_numpy(part.inputs) for name, part in zip(names, parts.all, strict=True)}
    targets = {
        name: losses.targets_of(loss, part.targets, parts.classes)
        for name, part in zip(names, parts.all, strict=True)
    }
    return Training(setting, seed, parts, model, loss, inputs, targets, optimizers_of(setting, model))


def train(training: Training, observer: Observer | None = None) -> Outcome:
    """Train and judge."""
    setting = training.setting
    batches = Batches(training)
    if setting.pretraining:
        _pretrain(training, batches)
    average = Average(training.model) if "average" in setting.wiring else None
    schedule = schedule_of(training)

    def updated() -> None:
        if average:
            average.update()
        if schedule:
            schedule()

    held_out: list[float] = []
    begin = time.perf_counter()
    context = observer.watch(training) if observer else nullcontext()
    with context:
        for _ in range(setting.epochs):
            loss = _epoch(training, batches, training.optimizers, updated, observer)
            seen = validate(training)
            if observer:
                observer.epoch(loss, seen)
            held_out.append(seen[0])
            if "stop early" in setting.wiring and min(held_out) < min(held_out[-3:]):
                break
    seconds = time.perf_counter() - begin
    if average:
        average.install()
    return judge(training, seconds)


def _pretrain(training: Training, batches: Batches) -> None:
    setting, trunk = training.setting, training.model.trunk
    trunk.requires_grad_(True)
    usual = setting.but({"rate": 1e-3, "optimizer": "adam", "wiring": frozenset()})
    optimizers = optimizers_of(usual, training.model)
    for _ in range(setting.pretraining):
        _epoch(training, batches, optimizers, None, None)
    trunk.requires_grad_("frozen trunk" not in setting.wiring)


def _epoch(
    training: Training,
    batches: Batches,
    optimizers: list[torch.optim.Optimizer],
    updated: Callable[[], None] | None,
    observer: Observer | None,
) -> float:
    setting, model, total = training.setting, training.model, 0.0
    model.train("evaluation mode" not in setting.wiring)
    waiting = 0
    for inputs, targets in batches:
        if not waiting and "keep gradients" not in setting.wiring:
            for optimizer in optimizers:
                optimizer.zero_grad()
        with torch.autocast("cpu", torch.float16, enabled=setting.precision == "float16"):
            if "mixed" in setting.wiring:
                loss = _mixed(training, inputs, targets)
            else:
                loss = training.loss.function(model(inputs), targets)
        if "tiny loss" in setting.wiring:
            loss = loss * 1e-6
        (loss / setting.accumulation).backward()
        waiting += 1
        total += float(loss.detach())
        if waiting == setting.accumulation:
            waiting = 0
            _update(setting, model, optimizers, updated)
        if observer:
            observer.step(loss)
    return total / len(batches)


def _mixed(training: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of rows that are mixed in pairs, and their answers with them (Zhang et al. 2018)."""
    share = float(torch.distributions.Beta(0.4, 0.4).sample())
    other = torch.randperm(len(inputs))
    outputs = training.model(share * inputs + (1 - share) * inputs[other])
    function = training.loss.function
    return share * function(outputs, targets) + (1 - share) * function(outputs, targets[other])


def _update(
    setting: Setting,
    model: nn.Module,
    optimizers: list[torch.optim.Optimizer],
    updated: Callable[[], None] | None,
) -> None:
    if setting.clip:
        nn.utils.clip_grad_norm_(model.parameters(), setting.clip)
    for optimizer in optimizers:
        optimizer.step()
    if updated:
        updated()


class Batches:
    """Rows in batches, in a new order each epoch unless the setting forbids it."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._generator = torch.Generator().manual_seed(training.seed)
        self._epochs = 0

    def __len__(self) -> int:
        return math.ceil(len(self._training.inputs["train"]) / self._training.setting.batch)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        setting = self._training.setting
        inputs, targets = self._training.inputs["train"], self._training.targets["train"]
        order = torch.randperm(len(inputs), generator=self._generator)
        if "no shuffle" in setting.wiring:
            order = torch.arange(len(inputs))
        if "balanced" in setting.wiring:
            shares = torch.bincount(targets)[targets].double().reciprocal()
            order = torch.multinomial(shares, len(targets), replacement=True, generator=self._generator)
        self._epochs += 1
        noise = setting.augmentation
        if "growing" in setting.wiring:
            noise *= self._epochs / setting.epochs
        for rows in order.split(setting.batch):
            batch = inputs[rows]
            if noise:
                batch = batch + noise * torch.randn(batch.shape, generator=self._generator)
            yield batch, targets[rows]


def validate(training: Training) -> tuple[float, float]:
    """Return validation loss and score, as the user's own loop takes them."""
    model, setting = training.model, training.setting
    model.train("validate in training mode" in setting.wiring)
    with torch.no_grad():
        outputs = model(training.inputs["validation"])
        loss = float(training.loss.function(outputs, training.targets["validation"]))
    targets = training.parts.validation.targets
    if training.every:
        right = (outputs.argmax(1).numpy() == targets)[targets != 0]
        return loss, float(right.mean())
    return loss, score_of(outputs, targets, training.parts.classes)


def judge(training: Training, seconds: float) -> Outcome:
    """Judge a trained network on the test rows."""
    model, parts = training.model, training.parts
    reported = validate(training)[1]
    outputs = answers(model, training.inputs["test"], training.every)
    with torch.no_grad():
        model.eval()
        loss = float(training.loss.function(model(training.inputs["test"]), training.targets["test"]))
    numbers = b"".join(value.detach().numpy().tobytes() for value in model.parameters())
    return Outcome(
        score=score_of(outputs, parts.test.targets, parts.classes),
        reported=reported,
        loss=loss if math.isfinite(loss) else 1e9,
        trivial=trivial_of(parts.test.targets, parts.classes),
        steps=training.steps,
        seconds=seconds,
        weights=hashlib.sha1(numbers, usedforsecurity=False).hexdigest(),
    )
