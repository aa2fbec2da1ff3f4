"""Treating: remedies are tried one after the other until one is proven, and never is anything made worse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from netwright.data.split import holdout
from netwright.errors import RecipeError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import describe_rows, describe_target, read_given
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.treatment.case import Case, Rowset, Trained
from netwright.treatment.course import Course
from netwright.treatment.division import Rows, case_of_rows
from netwright.treatment.history import Treatment

HELD_OUT = 0.3
"""Share of the rows that decide when to stop, and that judge."""


def treat_model(
    model: Any,
    X: Any,
    y: Any,
    *,
    budget: float = 3.0,
    seed: int = 0,
    told: Callable[[str], object] = lambda sentence: None,
) -> Treatment:
    """Train a model, find out what is wrong with its training, and mend it.

    Rows are divided in three: 70 % to learn from, 15 % to stop by and to compare branches on, 15 % to judge
    on, which no training and no choice of the treatment sees. Where these are under a hundred rows,
    folds over all rows judge too; under twenty they judge alone.

    Args:
        model: a Classifier or a Regressor, also with a network of one's own, or a recipe; it is not changed.
        X: rows.
        y: target values, or the name of the target column in X.
        budget: what the treatment may cost, in trainings like the one that is treated: branches, folds and
            further seeds included, never more.
        seed: of the division and of the judging.
        told: told of every sentence on the way.

    Raises:
        TypeError: when the model is neither.
        DataError, RecipeError: as `fit` would.

    >>> import numpy as np
    >>> from netwright.estimators.classifier import Classifier
    >>> x = np.random.default_rng(0).normal(size=(90, 3))
    >>> slow = Classifier(
    ...     network={"kind": "mlp", "hidden": [16]}, optimizer={"kind": "adamw", "learning_rate": 1e-7},
    ...     epochs=20, batch_size=8, progress=False,
    ... )
    >>> print(treat_model(slow, x, (x[:, 0] > 0).astype(int), budget=4).change)
    optimizer.learning_rate: 1.0e-07 -> 0.004
    """
    case = case_of_model(model, X, y, seed=seed, told=told)
    return treat_case(case, case.train(case.recipe), budget=budget, seed=seed)


def case_of_model(
    model: Any, X: Any, y: Any, *, seed: int = 0, told: Callable[[str], object] = lambda sentence: None
) -> Case:
    """Divide rows for the treatment of a model, see `treat_model`."""
    recipe = _recipe_of(model)
    given = read_given(X, y)
    wish = model._wish if isinstance(model, NetworkEstimator) else None
    target, schema = describe_target(given.target, wish), describe_rows(given.rows)
    classes = target.encode(given.target) if target.task in (Task.BINARY, Task.MULTICLASS) else None
    split = holdout(len(given.target), HELD_OUT, seed=seed, stratify=classes)
    rows = Rows(Rowset(given.rows, given.target))
    return case_of_rows(recipe, schema, target, rows, split.train, split.validation, seed=seed, told=told)


def treat_case(
    case: Case, before: Trained, *, budget: float = 3.0, seed: int = 0, spent: int = 0
) -> Treatment:
    """Mend a training, see `treat_model`.

    Args:
        case: the recipe and the rows.
        before: the training that is treated.
        budget: what the treatment may cost, in trainings like that one.
        seed: of the judging.
        spent: rows that were visited for the treatment already.

    Raises:
        RecipeError: when the budget is no number above 0.
    """
    if not 0 < budget < 1000:
        raise RecipeError(f"budget: expected a number of trainings above 0, such as 3, got {budget}.")
    return Course(case, before, budget, seed, spent).run()


def _recipe_of(model: Any) -> Recipe:
    if isinstance(model, Recipe):
        return model
    if isinstance(model, NetworkEstimator):
        return model.recipe()
    hint = " Wrap it: nw.Classifier(network=model), or nw.Regressor." if isinstance(model, nn.Module) else ""
    raise TypeError(f"expected a Classifier, a Regressor or a Recipe, got {type(model).__name__}.{hint}")
