"""Dividing the rows of a case: to learn from, to stop by, to judge on; folds where rows are few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from netwright.data.schema import Schema
from netwright.data.split import Split, holdout
from netwright.data.target import Target
from netwright.errors import DataError
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.treatment.case import Case, Rowset, Shelf

FEWEST_TO_JUDGE = 20
"""Rows of a judging part; where there would be fewer, the folds alone judge."""

ENOUGH_TO_JUDGE = 100
"""Rows of a judging part that need no folds beside it."""

FEWEST_IN_FOLDS = 30
FOLDS = 3
STOPPING = 0.2
"""Share of what a fold learns from that decides when it stops."""


@dataclass(frozen=True)
class Rows:
    """All rows that a treatment may use, and what divides them besides chance.

    Attributes:
        all: rows of the training and the validation part, and any others, which are not touched.
        group: what must not be torn apart (n,), or None.
        time: by which to order (n,), or None.
    """

    all: Rowset
    group: np.ndarray | None = None
    time: np.ndarray | None = None

    def held_out(self, part: np.ndarray, fraction: float, classes: np.ndarray | None, seed: int) -> Split:
        """Divide the rows of `part` (m,) in two; the numbers count within `part`."""
        group, time = (None if keys is None else keys[part] for keys in (self.group, self.time))
        stratify = None if classes is None or time is not None else classes[part]
        return holdout(len(part), fraction, seed=seed, stratify=stratify, group=group, time=time)


def case_of_rows(
    recipe: Recipe,
    schema: Schema,
    target: Target,
    rows: Rows,
    training: np.ndarray,
    validation: np.ndarray,
    *,
    seed: int,
    told: Callable[[str], object] = lambda sentence: None,
    shelf: Shelf | None = None,
) -> Case:
    """Divide rows for a treatment.

    Half of the validation part decides when to stop, the other half judges. Where that half would be small,
    three folds over the training and the validation rows judge as well, and where it would be tiny they judge
    alone: the whole validation part then decides when to stop.

    Args:
        recipe: of the training that is treated.
        schema: the columns.
        target: what is predicted.
        rows: all rows.
        training: numbers of the training rows.
        validation: numbers of the validation rows.
        seed: of the division.
        told: told of every sentence on the way.
        shelf: where whole trainings are kept.
    """
    classes = target.encode(rows.all.target) if target.task in (Task.BINARY, Task.MULTICLASS) else None
    stopping, judging = _halves(rows, validation, classes, seed)
    few = len(judging) < ENOUGH_TO_JUDGE
    if len(judging) < FEWEST_TO_JUDGE:
        stopping, judging = validation, validation[:0]
    whole = Case(
        recipe=recipe,
        schema=schema,
        target=target,
        fitting=rows.all.take(training),
        stopping=rows.all.take(stopping),
        judging=rows.all.take(judging),
        told=told,
        shelf={} if shelf is None else shelf,
        places=training,
    )
    if not few:
        return whole
    # Of another seed, or the first fold would judge the rows that the judging part holds.
    divided = _divided(rows, np.sort(np.concatenate([training, validation])), classes, seed + 1)
    folds = (
        replace(
            whole,
            fitting=rows.all.take(fitting),
            stopping=rows.all.take(held),
            # The rows of the judging part have spoken already.
            judging=rows.all.take(np.setdiff1d(judged, judging)),
            name=f"-fold{number}",
        )
        for number, (fitting, held, judged) in enumerate(divided, 1)
        if not np.isin(judged, judging).all()
    )
    return replace(whole, folds=tuple(folds))


def _halves(
    rows: Rows, validation: np.ndarray, classes: np.ndarray | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    if len(validation) < 2:
        return validation, validation[:0]
    try:
        split = rows.held_out(validation, 0.5, classes, seed)
    except DataError:  # all of one group, or of one moment
        return validation, validation[:0]
    return validation[split.train], validation[split.validation]


def _divided(
    rows: Rows, pool: np.ndarray, classes: np.ndarray | None, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield for each fold which rows it learns from, stops by and judges; nothing of too few rows.

    Each row judges once. Rows in order of time have one fold only: what came last judges what came before.
    """
    if len(pool) < FEWEST_IN_FOLDS:
        return
    left = pool
    for remaining in range(FOLDS, 0, -1):
        try:
            split = rows.held_out(left, 1 / remaining, classes, seed) if remaining > 1 else None
            judged = left if split is None else left[split.validation]
            learnt = np.setdiff1d(pool, judged)
            inner = rows.held_out(learnt, STOPPING, classes, seed)
        except DataError:  # too few groups or moments to be divided
            return
        yield learnt[inner.train], learnt[inner.validation], judged
        if split is None or rows.time is not None:
            return
        left = left[split.train]
