"""What the published rule sets look at, taken as they prescribe, in a run of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from .run import Training

INTERVAL = 10
PROBE_ROWS = 256
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.GELU)


@dataclass(frozen=True)
class Layer:
    """One weight tensor at one step: sizes of its gradient, of itself, and of its change."""

    gradient: float
    mean_gradient: float
    zero_gradients: float
    weight: float
    variance: float
    update: float
    finite: bool


@dataclass(frozen=True)
class Step:
    """One step that was looked at; layers in the order of the model."""

    step: int
    loss: float
    rate: float
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Activation:
    """One activation on the fixed probe rows, inputs and outputs of it taken together.

    Attributes:
        kind: class name.
        nonpositive: share of outputs not above zero.
        large_inputs: share of inputs of 5 or more, by size.
        deviation: of the outputs.
        silent: share of units whose outputs are under 1e-5 for 95 % of the rows.
        inactive: share of units active for under 1 % of the rows.
        saturated: share of outputs of tanh or sigmoid at their ends.
        mean_size: mean absolute output.
    """

    kind: str
    nonpositive: float
    large_inputs: float
    deviation: float
    silent: float
    inactive: float
    saturated: float
    mean_size: float


@dataclass(frozen=True)
class Look:
    """The activations on the probe rows at one step, and the range of the network's output."""

    step: int
    activations: tuple[Activation, ...]
    lowest: float
    highest: float


@dataclass(frozen=True)
class Epoch:
    """The end of an epoch."""

    step: int
    train_loss: float
    validation_loss: float
    train_score: float
    validation_score: float


@dataclass
class Signals:
    """All that the rule sets get to see of one training."""

    classes: int = 0
    epochs_planned: int = 0
    steps_planned: int = 0
    class_counts: tuple[int, ...] = ()
    input_range: tuple[float, float] = (0.0, 0.0)
    input_mean: float = 0.0
    input_deviation: float = 1.0
    target_range: tuple[float, float] = (0.0, 0.0)
    steps: list[Step] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)


class Collector:
    """Fills `Signals`: every tenth step; the probe rows before the first, after 50 and after each epoch."""

    def __init__(self) -> None:
        self.signals = Signals()
        self._count = 0
        self._before: list[Tensor] = []

    def watch(self, training: Training) -> AbstractContextManager[None]:
        """Write down what is known before the first step."""
        self._training = training
        inputs, parts = training.parts.train.inputs.astype(np.float64), training.parts
        targets = parts.train.targets
        counts = np.bincount(targets.reshape(-1), minlength=parts.classes) if parts.classes else np.zeros(0)
        self.signals = Signals(
            classes=parts.classes,
            epochs_planned=training.setting.epochs,
            steps_planned=training.steps,
            class_counts=tuple(int(count) for count in counts) if targets.ndim == 1 else (),
            input_range=(float(np.nanmin(inputs)), float(np.nanmax(inputs))),
            input_mean=float(np.nanmean(inputs)),
            input_deviation=float(np.nanstd(inputs)),
            target_range=(float(targets.min()), float(targets.max())),
        )
        self._names = [name for name, value in training.model.named_parameters() if value.ndim > 1]
        self._look()
        return nullcontext()

    def step(self, loss: Tensor) -> None:
        """Read the gradients that the update has left behind."""
        self._count += 1
        if self._count % INTERVAL == INTERVAL - 1 or self._count == 1:
            self._before = [value.detach().clone() for value in self._weights()]
        if self._count % INTERVAL == 0:
            layers = tuple(map(_layer, self._weights(), self._before))
            rate = self._training.optimizers[0].param_groups[0]["lr"]
            self.signals.steps.append(Step(self._updates, float(loss.detach()), rate, layers))
        if self._count == 50:
            self._look()

    def epoch(self, train_loss: float, validation: tuple[float, float]) -> None:
        """Write down losses and scores."""
        parts, model = self._training.parts, self._training.model
        with _evaluation(model):
            outputs = model(self._training.inputs["train"][:1000])
        truth = parts.train.targets[:1000]
        if parts.classes:
            score = float((outputs.argmax(1).numpy() == truth).mean())
        else:
            score = 1 - float(((outputs[:, 0].numpy() - truth) ** 2).mean() / truth.var())
        self.signals.epochs.append(Epoch(self._updates, train_loss, validation[0], score, validation[1]))
        self._look()

    @property
    def _updates(self) -> int:
        return self._count // self._training.setting.accumulation

    def _weights(self) -> list[nn.Parameter]:
        named = dict(self._training.model.named_parameters())
        return [named[name] for name in self._names]

    def _look(self) -> None:
        model, found = self._training.model, []
        hooks = [
            layer.register_forward_hook(lambda one, x, y: found.append(_activation(one, x[0], y)))
            for layer in model.modules()
            if isinstance(layer, ACTIVATIONS)
        ]
        with _evaluation(model):
            outputs = model(self._training.inputs["train"][:PROBE_ROWS])
        for hook in hooks:
            hook.remove()
        lowest, highest = float(outputs.min()), float(outputs.max())
        self.signals.looks.append(Look(self._updates, tuple(found), lowest, highest))


@contextmanager
def _evaluation(model: nn.Module) -> Iterator[None]:
    training = model.training
    model.eval()
    with torch.no_grad():
        yield
    model.train(training)


def _layer(value: nn.Parameter, before: Tensor) -> Layer:
    weight = value.detach()
    found = value.grad
    gradient = torch.zeros_like(weight) if found is None else found.detach()
    gradient = gradient.to_dense() if gradient.is_sparse else gradient
    size = float(before.norm())
    return Layer(
        gradient=float(gradient.norm()),
        mean_gradient=float(gradient.abs().mean()),
        zero_gradients=float((gradient == 0).float().mean()),
        weight=size,
        variance=float(weight.var()) if weight.numel() > 1 else 0.0,
        update=float((weight - before).norm()) / (size + 1e-12),
        finite=bool(torch.isfinite(gradient).all() and torch.isfinite(weight).all()),
    )


def _activation(layer: nn.Module, inputs: Tensor, outputs: Tensor) -> Activation:
    units = outputs.transpose(1, -1).reshape(-1, outputs.shape[1]) if outputs.ndim > 2 else outputs
    size = units.abs()
    ends = {"Tanh": size > 0.95, "Sigmoid": (units < 0.05) | (units > 0.95)}
    name = type(layer).__name__
    finite = bool(torch.isfinite(units).all())
    return Activation(
        kind=name,
        nonpositive=float((outputs <= 0).float().mean()),
        large_inputs=float((inputs.abs() >= 5).float().mean()),
        deviation=float(outputs.std()),
        silent=float((torch.quantile(size[:2000], 0.95, dim=0) < 1e-5).float().mean()) if finite else 0.0,
        inactive=float(((units > 0).float().mean(dim=0) < 0.01).float().mean()),
        saturated=float(ends[name].float().mean()) if name in ends else 0.0,
        mean_size=float(size.mean()),
    )
