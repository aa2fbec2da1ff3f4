"""Classes of very different frequency evened out in training rows: fewer, more, or new ones between."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch

from netwright.errors import RecipeError, needing
from netwright.randomness import derive_seed, torch_generator
from netwright.task import Task
from netwright.training.batches import Batch

Way = Literal["under", "over", "smote"]

FEWEST_NEIGHBOURS = 5


def resampled(rows: Batch, way: Way, task: Task, seed: int) -> Batch:
    """Return training rows in which every class is as frequent as every other.

    Only rows that are trained on come here: validation and test keep the frequencies of the world. Answers
    then speak for even classes; probabilities of rare ones come out too high.

    Args:
        rows: prepared training rows.
        way: "under" draws from frequent classes, "over" repeats rows of rare ones, "smote" adds rows between
            neighbours of a rare class (Chawla et al. 2002), with the categories that most of these have.
        task: binary or multiclass.
        seed: of what is drawn.

    Raises:
        RecipeError: for other tasks, and where a class has too few rows for neighbours.
        MissingExtraError: when imbalanced-learn is wanted and not installed.

    >>> rows = Batch((torch.arange(6.0)[:, None],), torch.tensor([0, 0, 0, 0, 1, 1]))
    >>> resampled(rows, "under", Task.BINARY, seed=0).target.bincount().tolist()
    [2, 2]
    """
    if task not in (Task.BINARY, Task.MULTICLASS):
        raise RecipeError(f"preparation.resampling: needs classes to even out, but the target is {task}.")
    classes = rows.target.flatten().long()
    counts = torch.bincount(classes)
    present = counts[counts > 0]
    if len(present) < 2 or bool((present == present[0]).all()):
        return rows
    if way == "smote":
        return _between_neighbours(rows, classes, seed)
    wanted = int(present.min() if way == "under" else present.max())
    return rows.take(_drawn(classes, wanted, seed))


def _drawn(classes: torch.Tensor, wanted: int, seed: int) -> torch.Tensor:
    """Return the numbers of so many rows of each class, each as often as the others of its class."""
    generator = torch_generator(seed, "resampling")
    chosen = []
    for number in np.unique(classes.numpy()).tolist():
        own = torch.nonzero(classes == number).flatten()
        whole, rest = divmod(wanted, len(own))
        some = own[torch.randperm(len(own), generator=generator)[:rest]]
        chosen += [own.repeat(whole), some]
    return torch.cat(chosen).sort().values


def _between_neighbours(rows: Batch, classes: torch.Tensor, seed: int) -> Batch:
    """Add rows between neighbours of rare classes, by imbalanced-learn."""
    if rows.weight is not None:
        raise RecipeError("preparation.resampling: smote makes new rows, whose sample weights nobody knows.")
    if len(rows.inputs) != 2 or any(tensor.ndim != 2 for tensor in rows.inputs):
        raise RecipeError("preparation.resampling: smote is for tables of numbers and categories.")
    smallest = int(np.unique(classes.numpy(), return_counts=True)[1].min())
    if smallest < 2:
        raise RecipeError(
            "preparation.resampling: smote needs two rows of every class, and one has a single one. Use over."
        )
    numbers, codes = (tensor.numpy() for tensor in rows.inputs)
    maker = _maker(numbers.shape[1], codes.shape[1], min(FEWEST_NEIGHBOURS, smallest - 1), seed)
    table, target = maker.fit_resample(np.hstack([numbers, codes]).astype(np.float64), classes.numpy())
    inputs = (
        torch.from_numpy(table[:, : numbers.shape[1]].astype(np.float32)),
        torch.from_numpy(table[:, numbers.shape[1] :].astype(np.int64)),
    )
    made = torch.from_numpy(np.asarray(target)).to(rows.target.dtype)
    return Batch(inputs, made.reshape(-1, *rows.target.shape[1:]))


def _maker(numbers: int, codes: int, neighbours: int, seed: int) -> Any:
    """Return imbalanced-learn's sampler for tables with and without categories."""
    with needing("imbalanced-learn", "imbalance", "preparation.resampling=smote"):
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
    state = derive_seed(seed, "smote") % 2**32
    if not codes:
        return SMOTE(k_neighbors=neighbours, random_state=state)
    if not numbers:
        return SMOTEN(k_neighbors=neighbours, random_state=state)
    columns = list(range(numbers, numbers + codes))
    return SMOTENC(columns, k_neighbors=neighbours, random_state=state)
