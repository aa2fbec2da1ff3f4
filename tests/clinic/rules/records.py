"""Hand-made records: one healthy training, and what is changed in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from netwright.clinic.record import (
    DataFacts,
    Epoch,
    Facts,
    LayerFacts,
    LayerReading,
    Observation,
    OptimizerFacts,
    Probe,
    Record,
    UnitReading,
    Wiring,
)

CLASSES = 10
START = math.log(CLASSES)
STEPS_OF_AN_EPOCH = 40
PLAN = 400


def falling(steps: int, start: float = START, floor: float = 0.1) -> list[float]:
    """A loss that falls to a floor with a little noise."""
    return [
        floor + (start - floor) * math.exp(-step / 40) * (1 + 0.05 * math.sin(7 * step))
        for step in range(steps)
    ]


def flat(steps: int, level: float = START) -> list[float]:
    """A loss that stays where it is, with a little noise."""
    return [level * (1 + 0.01 * math.sin(7 * step)) for step in range(steps)]


def layers(activation: str = "relu", count: int = 3, **changes: Any) -> tuple[LayerFacts, ...]:
    """Dense layers, the last one without activation."""
    made = []
    for depth in range(count):
        last = depth == count - 1
        layer = LayerFacts(
            name=f"layers.{depth}",
            kind="dense",
            activation="" if last else activation,
            depth=depth,
            parameters=4160,
            weight_deviation=0.072,
            bias_mean=0.0,
            inputs=64,
        )
        made.append(layer if last else replace(layer, **changes))
    return tuple(made)


def reading(update: float = 5e-3, gradient: float = 1e-2, **changes: Any) -> LayerReading:
    return LayerReading(gradient=gradient, weight=4.6, update=update, **changes)


def training(
    losses: Sequence[float] | None = None,
    *,
    facts: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
    wiring: dict[str, Any] | None = None,
    update: Callable[[int], float] | float = 5e-3,
    gradients: Sequence[float] | None = None,
    observation: dict[str, Any] | None = None,
    dead: Callable[[int], float] | float = 0.1,
    saturated: Callable[[int], float] | float = 0.0,
    probe: dict[str, Any] | None = None,
    epoch: Callable[[int], dict[str, Any]] | None = None,
    accuracy: float | None = None,
    finished: bool = False,
    **changes: Any,
) -> Record:
    """A training of three dense layers on ten classes, healthy but for what is named."""
    losses = falling(200) if losses is None else list(losses)
    known = Facts(
        layers=layers(),
        optimizers=(OptimizerFacts("Adam", 1e-3, momentum=0.9, epsilon=1e-8),),
        loss="crossentropyloss",
        answer="classes",
        batch_rows=32,
        steps_planned=PLAN,
        data=DataFacts(
            rows=1280, whole=True, largest_input=4.0, deviation_ratio=1.0, classes=CLASSES,
            class_counts=(128,) * CLASSES, duplicate_rows=(0.0, 0.0), near_duplicates=0.0,
            neighbour_disagreement=0.05, shuffled_disagreement=0.9, validation_shift=0.5, deviation_shift=1.0,
        ),
    )  # fmt: skip
    known = replace(known, data=replace(known.data, **(data or {})), **(facts or {}))
    steps = [*range(1, min(len(losses), 20) + 1), *range(30, len(losses) + 1, 10)]
    trained = [layer for layer in known.layers if layer.trainable]
    sizes = gradients or [1e-2] * len(trained)
    skill = 1 - losses[-1] / START if losses else 0.0

    def at(value: Callable[[int], float] | float, step: int) -> float:
        return value(step) if callable(value) else value

    observations = []
    for step in steps:
        read = {
            layer.name: reading(at(update, step), size) for layer, size in zip(trained, sizes, strict=True)
        }
        seen = Observation(
            step, step / STEPS_OF_AN_EPOCH, losses[step - 1], 1e-3, read, 0.5,
            batch_entropy=0.85, batch_rows=32,
        )  # fmt: skip
        observations.append(replace(seen, **(observation or {})))
    probes = []
    for step in (0, *(s for s in (20, 60, 120, 200, 300, 400) if s <= len(losses))):
        units = {
            layer.name: UnitReading(at(dead, step), at(saturated, step), 1.0)
            for layer in known.layers
            if layer.activation
        }
        loss = losses[step - 1] if step else START
        right = 0.1 if step == 0 else (accuracy if accuracy is not None else max(0.1, 1 - loss / START))
        looked = Probe(
            step, units, loss, loss, max(loss * 3, START), right, 0.1, constant_outputs=False,
            class_recall=(right,) * CLASSES,
        )  # fmt: skip
        probes.append(replace(looked, **(probe or {})))
    epochs = []
    for number in range(1, len(losses) // STEPS_OF_AN_EPOCH + 1):
        step = number * STEPS_OF_AN_EPOCH
        loss = losses[step - 1]
        right = accuracy if accuracy is not None else max(0.1, 1 - loss / START)
        ended = Epoch(step, number, loss, loss * 1.05, right, right, 0.1, (right,) * CLASSES)
        epochs.append(replace(ended, **(epoch(number) if epoch else {})))
    tried = Wiring(
        initial_loss=START, expected_loss=START, doubled_batch_ratio=1.0, outputs_are_probabilities=False,
        outputs_nonnegative=False, output_is_constant=False,
    )  # fmt: skip
    return Record(
        facts=known,
        wiring=replace(tried, **(wiring or {})),
        losses=losses,
        observations=observations,
        probes=probes,
        epochs=epochs,
        finished=finished or skill > 1,
        **changes,
    )
