"""Folds: the same rows divided several times, each time with another part held out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from netwright.data.complete import complete_rows
from netwright.data.items import Items
from netwright.data.preparation import PreparationOptions
from netwright.data.schema import Schema
from netwright.data.target import Target
from netwright.estimators.division import Division, Part
from netwright.estimators.ready import Ready, evened_out, make_ready
from netwright.recipe.recipe import ResolvedRecipe
from netwright.task import Task
from netwright.training.batches import Batch


@dataclass(frozen=True)
class Folds:
    """Rows that are prepared once, and the divisions of them.

    Attributes:
        whole: all rows, with what is held out of each fold among them.
        parts: for each row the fold that leaves it out (n,); None where rows were given to hold out, which
            then every fold holds out.
        count: how many folds.
    """

    whole: Ready
    parts: np.ndarray | None
    count: int

    def ready(self, number: int, recipe: ResolvedRecipe) -> Ready:
        """Return the rows to train on and to hold out of a fold, ready for a recipe."""
        train = self.whole.train
        if self.parts is not None:
            train = train.take(torch.from_numpy(np.flatnonzero(self.parts != number)))
        return replace(
            self.whole,
            recipe=recipe,
            train=evened_out(train, recipe, self.whole.target.task),
            held=self.held(number),
        )

    def held(self, number: int) -> Batch:
        """Return the rows that a fold holds out."""
        if self.parts is not None:
            return self.whole.train.take(torch.from_numpy(np.flatnonzero(self.parts == number)))
        assert self.whole.held is not None
        return self.whole.held


def divided(
    recipe: ResolvedRecipe,
    schema: Schema,
    target: Target,
    division: Division,
    count: int,
    groups: np.ndarray | None = None,
) -> Folds:
    """Return folds of the training rows; with rows held out already, those are held out of all of them.

    What prepares the rows is learnt once, from the inputs of all of them and never from the target, so that
    all members read the same and one file can hold them.

    Args:
        recipe: with nothing left open.
        schema: the columns.
        target: classes are spread evenly.
        division: the rows, and those held out where that is decided already.
        count: how many folds.
        groups: a key for each row, kept on one side of every division; or None.
    """
    train = division.train
    kept = _kept(train, schema, recipe)
    train = train if kept is None else train.take(kept)
    # Classes are evened out within each fold, or copies of held-out rows would be trained on.
    options = recipe.preparation
    even = options.edited(resampling="none") if isinstance(options, PreparationOptions) else options
    whole = make_ready(recipe.edited(preparation=even), schema, target, Division(train, division.held))
    if division.held is not None:
        return Folds(whole, None, count)
    has_classes = target.task in (Task.BINARY, Task.MULTICLASS)
    codes = target.encode(train.target) if has_classes else None
    keys = groups if groups is None or kept is None else groups[kept]
    return Folds(whole, spread(len(train.target), count, recipe.seed, codes, keys), count)


def spread(
    rows: int,
    parts: int,
    seed: int,
    classes: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """Return for each row the part that it belongs to (rows,), parts being about equally large.

    Args:
        rows: how many.
        parts: how many.
        seed: of the order in which rows are dealt.
        classes: class numbers (rows,), spread evenly where there are no groups; or None.
        groups: a key for each row (rows,), rows of a group staying together; or None.

    >>> spread(6, 2, 0, classes=np.array([0, 0, 0, 0, 1, 1])).tolist().count(0)
    3
    """
    generator = np.random.default_rng(seed)
    found = np.empty(rows, dtype=np.int64)
    if groups is not None:
        _, keys = np.unique(groups, return_inverse=True)
        sizes = np.bincount(keys)
        total, place_of = np.zeros(parts), np.empty(len(sizes), dtype=np.int64)
        for key in sorted(generator.permutation(len(sizes)).tolist(), key=lambda key: -sizes[key]):
            place_of[key] = total.argmin()
            total[place_of[key]] += sizes[key]
        return place_of[keys]
    order = generator.permutation(rows)
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
    found[order] = np.arange(rows) % parts
    return found


def _kept(train: Part, schema: Schema, recipe: ResolvedRecipe) -> np.ndarray | None:
    """Return which rows are left where the recipe drops those with gaps; None for all."""
    options = recipe.preparation
    if not isinstance(options, PreparationOptions) or options.imputation != "drop":
        return None
    return None if isinstance(train.rows, Items) else complete_rows(train.rows, schema)
