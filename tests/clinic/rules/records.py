"""Hand-made records: one healthy training, and what is changed in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from netwright.clinic.record import (
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
from netwright.clinic.row_facts import CheapScore, DataFacts

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


Course = Callable[[int], float] | float


def _at(value: Course, step: int) -> float:
    return value(step) if callable(value) else value


def _right(loss: float, accuracy: float | None) -> float:
    return accuracy if accuracy is not None else max(0.1, 1 - loss / START)


def _observations(losses: Sequence[float], sizes: dict[str, float], update: Course) -> Iterator[Observation]:
    for step in [*range(1, min(len(losses), 20) + 1), *range(30, len(losses) + 1, 10)]:
        read = {name: reading(_at(update, step), size) for name, size in sizes.items()}
        yield Observation(
            step, step / STEPS_OF_AN_EPOCH, losses[step - 1], 1e-3, read, 0.5,
            batch_entropy=0.85, batch_rows=32,
        )  # fmt: skip


def _probes(
    losses: Sequence[float], known: Facts, dead: Course, saturated: Course, accuracy: float | None
) -> Iterator[Probe]:
    active = [layer.name for layer in known.layers if layer.activation]
    for step in (0, *(s for s in (20, 60, 120, 200, 300, 400) if s <= len(losses))):
        units = {name: UnitReading(_at(dead, step), _at(saturated, step), 1.0) for name in active}
        loss = losses[step - 1] if step else START
        right = _right(loss, accuracy) if step else 0.1
        yield Probe(
            step, units, loss, loss, max(loss * 3, START), right, 0.1, constant_outputs=False,
            class_recall=(right,) * CLASSES,
        )  # fmt: skip


def _epochs(losses: Sequence[float], accuracy: float | None) -> Iterator[Epoch]:
    for number in range(1, len(losses) // STEPS_OF_AN_EPOCH + 1):
        step = number * STEPS_OF_AN_EPOCH
        loss = losses[step - 1]
        right = _right(loss, accuracy)
        yield Epoch(step, number, loss, loss * 1.05, right, right, 0.1, (right,) * CLASSES)


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
    trained = [layer.name for layer in known.layers if layer.trainable]
    sizes = dict(zip(trained, gradients or [1e-2] * len(trained), strict=True))
    tried = Wiring(
        initial_loss=START, expected_loss=START, doubled_batch_ratio=1.0, outputs_are_probabilities=False,
        outputs_nonnegative=False, output_is_constant=False,
    )  # fmt: skip
    return Record(
        facts=known,
        wiring=replace(tried, **(wiring or {})),
        losses=losses,
        observations=[replace(one, **(observation or {})) for one in _observations(losses, sizes, update)],
        probes=[replace(one, **(probe or {})) for one in _probes(losses, known, dead, saturated, accuracy)],
        epochs=[
            replace(one, **(epoch(number) if epoch else {}))
            for number, one in enumerate(_epochs(losses, accuracy), start=1)
        ],
        finished=finished,
        **changes,
    )


def cheap(score: float) -> dict[str, Any]:
    """Facts of the data where a linear model reaches a score."""
    return {"cheap": CheapScore("a linear model", score, score, score, 1280), "validation_rows": 400}
