"""Our own networks in a comparison: the one that is chosen for the data, and a plain one beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netwright.compare.game import Contender, Fitted, Game
from netwright.data.split import holdout
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.classifier import Classifier
from netwright.estimators.regressor import Regressor
from netwright.estimators.session import Session
from netwright.recipe.recipe import Recipe
from netwright.task import Task

FEWEST_HELD_OUT = 40
"""With fewer training rows none are held out to stop by."""


def networks(recipe: Recipe) -> tuple[Contender, ...]:
    """Return our networks.

    Args:
        recipe: settings of the first one; the second has the network "mlp" and the same settings otherwise.
    """
    plain = recipe.edited(network="mlp")
    return (
        Contender("network", "network", _Learner(recipe), True, "chosen for the data"),
        Contender("mlp", "plain network", _Learner(plain), True, "fully connected layers, nothing else"),
    )


class _Learner:
    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def __call__(self, game: Game) -> Fitted:
        field, target = game.field, game.field.target
        model = _model(self.recipe, target.task, game.seed, game.seconds)
        train, held = _halves(game)
        validation = None if held is None else (field.frame[held], field.values.gather(held))
        session = Session(schema=field.schema, target=target)
        model._fit(field.frame[train], field.values.gather(train), None, validation, session)

        def answer() -> np.ndarray:
            outputs = model._answers(field.frame[game.test])
            return outputs if target.task.is_classification else model.target_.decode_numbers(outputs)

        ended = model.outcome_.ended
        return Fitted(answer, lambda: _saved_size(model), ended if "time" in ended else "")


def _model(recipe: Recipe, task: Task, seed: int, seconds: float | None) -> NetworkEstimator:
    settings: Mapping[str, Any] = {name: getattr(recipe, name) for name in Recipe.model_fields}
    limit = min(filter(None, (seconds, recipe.time)), default=None)
    kind = Classifier if task.is_classification else Regressor
    return kind(**{**settings, "seed": seed, "time": limit}, progress=False, watch=False)


def _halves(game: Game) -> tuple[np.ndarray, np.ndarray | None]:
    """Hold rows out to stop by; groups stay whole, and in time they are the latest of the training rows."""
    field, train = game.field, game.train
    if len(train) < FEWEST_HELD_OUT:
        return train, None
    group, time = (None if key is None else key[train] for key in (field.group, field.time))
    classes = game.truth if game.classes and time is None else None
    split = holdout(len(train), seed=game.seed, stratify=classes, group=group, time=time)
    return train[split.train], train[split.validation]


def _saved_size(model: NetworkEstimator) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.nw"
        model.save(path)
        return path.stat().st_size
