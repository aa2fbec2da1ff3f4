"""What can be done to data so that a training on it fails, or deceives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .data import Part, Parts

Spoil = Callable[[Parts, float, np.random.Generator], None]


def labels_shuffled(parts: Parts, share: float, generator: np.random.Generator) -> None:
    """A share of training and validation rows gets the label of another row."""
    for part in (parts.train, parts.validation):
        rows = np.flatnonzero(generator.random(len(part.targets)) < share)
        part.targets = part.targets.copy()
        part.targets[rows] = part.targets[generator.permutation(rows)]


def labels_wrong(parts: Parts, share: float, generator: np.random.Generator) -> None:
    """A share of training and validation rows gets another class, drawn at random."""
    for part in (parts.train, parts.validation):
        wrong = generator.random(len(part.targets)) < share
        step = generator.integers(1, parts.classes, size=len(part.targets))
        part.targets = np.where(wrong, (part.targets + step) % parts.classes, part.targets)


def pair_wrong(parts: Parts, share: float, generator: np.random.Generator) -> None:
    """A share of the rows of two classes that look alike carries the other's label."""
    low, high = (4, 9) if parts.classes > 9 else (0, 1)
    for part in (parts.train, parts.validation):
        hit = np.isin(part.targets, (low, high)) & (generator.random(len(part.targets)) < share)
        part.targets = np.where(hit, low + high - part.targets, part.targets)


def inputs_misaligned(parts: Parts, shift: float, generator: np.random.Generator) -> None:
    """Inputs slip against their labels by some rows, as after a join without a key."""
    for part in (parts.train, parts.validation):
        part.inputs = np.roll(part.inputs, int(shift), axis=0)


def imbalanced(parts: Parts, ratio: float, generator: np.random.Generator) -> None:
    """All classes but the first keep one row in `ratio` of the first's (at least two)."""
    for part in (parts.train, parts.validation):
        first = np.flatnonzero(part.targets == 0)
        keep = [first]
        for label in range(1, parts.classes):
            rows = np.flatnonzero(part.targets == label)
            keep.append(rows[: max(2, round(len(first) / ratio))])
        _take(part, np.sort(np.concatenate(keep)))


def one_rare(parts: Parts, ratio: float, generator: np.random.Generator) -> None:
    """The first class, an easy one, keeps one row in `ratio`."""
    rare = np.flatnonzero(parts.train.targets == 0)
    drop = rare[max(4, round(len(rare) / ratio)) :]
    _take(parts.train, np.setdiff1d(np.arange(len(parts.train.targets)), drop))


def sorted_rows(parts: Parts, amount: float, generator: np.random.Generator) -> None:
    """Training rows stand in the order of their answers."""
    _take(parts.train, np.argsort(parts.train.targets, kind="stable"))


def few_rows(parts: Parts, rows: float, generator: np.random.Generator) -> None:
    """Only the first training rows are left."""
    _take(parts.train, np.arange(int(rows)))


def inputs_times(parts: Parts, factor: float, generator: np.random.Generator) -> None:
    """All inputs are multiplied."""
    for part in parts.all:
        part.inputs = (part.inputs * factor).astype(np.float32)


def validation_times(parts: Parts, factor: float, generator: np.random.Generator) -> None:
    """Validation inputs, and only they, are multiplied."""
    parts.validation.inputs = (parts.validation.inputs * factor).astype(np.float32)


def validation_shifted(parts: Parts, amount: float, generator: np.random.Generator) -> None:
    """Validation inputs, and only they, are moved and stretched, as when they are not standardised."""
    parts.validation.inputs = (parts.validation.inputs * amount + amount).astype(np.float32)


def targets_times(parts: Parts, factor: float, generator: np.random.Generator) -> None:
    """Numeric targets are in small units, far from zero."""
    for part in parts.all:
        part.targets = (part.targets * factor + 2 * factor).astype(np.float32)


def nan_rows(parts: Parts, rows: float, generator: np.random.Generator) -> None:
    """Some training rows hold a NaN in one place."""
    parts.train.inputs = parts.train.inputs.copy()
    for row in generator.choice(len(parts.train.inputs), int(rows), replace=False):
        parts.train.inputs[row].reshape(-1)[0] = np.nan


def shared_rows(parts: Parts, share: float, generator: np.random.Generator) -> None:
    """A share of the validation rows is also in the training rows."""
    count = int(share * len(parts.validation.inputs))
    rows = generator.choice(len(parts.train.inputs), count, replace=False)
    _mix(parts.validation, parts.train.inputs[rows], parts.train.targets[rows])


def near_copies(parts: Parts, noise: float, generator: np.random.Generator) -> None:
    """The set was doubled by noisy copies before it was divided: most validation rows have a twin."""
    rows = generator.choice(len(parts.train.inputs), int(0.8 * len(parts.validation.inputs)), replace=False)
    inputs = parts.train.inputs[rows]
    copies = inputs + noise * generator.normal(size=inputs.shape)
    _mix(parts.validation, copies.astype(np.float32), parts.train.targets[rows])


def leak(parts: Parts, scale: float, generator: np.random.Generator) -> None:
    """The first column of training and validation rows is the answer; in the test it is unknown."""
    for part in parts.all:
        part.inputs = part.inputs.reshape(len(part.inputs), -1).copy()
        part.inputs[:, 0] = scale * (part.targets - parts.train.targets.mean())
    parts.test.inputs[:, 0] = 0.0


SPOILS: dict[str, Spoil] = {
    function.__name__: function
    for function in (
        labels_shuffled,
        labels_wrong,
        pair_wrong,
        inputs_misaligned,
        imbalanced,
        one_rare,
        sorted_rows,
        few_rows,
        inputs_times,
        validation_times,
        validation_shifted,
        targets_times,
        nan_rows,
        shared_rows,
        near_copies,
        leak,
    )
}


def spoil(parts: Parts, wishes: tuple[tuple[str, float], ...], seed: int) -> None:
    """Do to the data what a setting asks for, in its order."""
    generator = np.random.default_rng(2000 + seed)
    for name, amount in wishes:
        SPOILS[name](parts, amount, generator)


def _take(part: Part, rows: np.ndarray) -> None:
    part.inputs, part.targets = part.inputs[rows], part.targets[rows]


def _mix(part: Part, inputs: np.ndarray, targets: np.ndarray) -> None:
    part.inputs = np.concatenate([inputs, part.inputs[len(inputs) :]])
    part.targets = np.concatenate([targets, part.targets[len(targets) :]])
