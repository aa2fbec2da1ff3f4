"""Faulty and healthy recipes for tables: what `treat` is given to mend, or to leave alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from netwright.recipe.recipe import Recipe

from .setting import HELD_OUT_DATA

RepairPart = Literal["sealed", "fresh", "held-out", "development", "tuning"]


@dataclass(frozen=True)
class RecipeCase:
    """A recipe on a data set, and the healthy recipe it is set against; the same where nothing is wrong.

    Attributes:
        name: what is wrong, and on what.
        data: name of the data set.
        recipe: what is treated.
        healthy: what it is set against.
        part: "tuning" and "development" were worked with, "held-out" and "fresh" were looked at, "sealed" is
            for the end.
    """

    name: str
    data: str
    recipe: Recipe
    healthy: Recipe
    part: RepairPart

    @property
    def faulty(self) -> bool:
        """Whether something is wrong."""
        return self.recipe != self.healthy


def sgd(rate: float, **settings: Any) -> dict[str, Any]:
    """Plain gradient descent at a rate."""
    return {"optimizer": {"kind": "sgd", "learning_rate": rate, **settings}}


def adam(rate: float, **settings: Any) -> dict[str, Any]:
    """Adam with decoupled decay at a rate."""
    return {"optimizer": {"kind": "adamw", "learning_rate": rate, **settings}}


def mlp(*hidden: int, **settings: Any) -> dict[str, Any]:
    """Dense layers."""
    return {"network": {"kind": "mlp", "hidden": hidden, "dropout": 0.0, **settings}}


HEALTHY: dict[str, Any] = {
    **mlp(64, 32),
    **adam(3e-3),
    "schedule": "constant",
    "epochs": 30,
    "batch_size": 32,
    "averaging": None,
    "preparation": {"scaling": "standard"},
}

FAULTS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("SGD at rate 20", "digits wine", sgd(20.0)),
    ("Adam at rate 1", "digits california", adam(1.0)),
    ("SGD at 3 with momentum .9", "cancer wine", sgd(3.0, momentum=0.9)),
    ("Adam at 1e-7", "digits wine", adam(1e-7)),
    ("SGD at 1e-5", "cancer california", sgd(1e-5)),
    ("gradients clipped to 1e-4", "digits wine", {**sgd(0.05), "gradient_clip": 1e-4}),
    ("epsilon of Adam 10", "diabetes california", adam(3e-3, epsilon=10.0)),
    ("rate that collapses", "digits wine", {"schedule": {"kind": "step", "every": 0.03, "gamma": 0.1}}),
    ("raw inputs, SGD", "cancer wine", {**sgd(0.01), "preparation": {"scaling": "none"}}),
    ("ten sigmoid layers", "digits wine", mlp(*(64,) * 10, activation="sigmoid")),
    (
        "eight tanh layers from N(0, .01)",
        "digits california",
        mlp(*(64,) * 8, activation="tanh", initialization="normal"),
    ),
    (
        "five ReLU layers from U(−1, 1)",
        "digits california",
        {**mlp(*(64,) * 5, initialization="uniform"), **sgd(0.01)},
    ),
    ("dropout .95", "digits wine", {"network": {"kind": "mlp", "hidden": (64, 32), "dropout": 0.95}}),
    ("weight decay 5", "digits wine", adam(1e-2, weight_decay=5.0)),
    ("a layer of one unit", "digits wine", mlp(64, 1, 64)),
    ("two hidden units", "digits california", mlp(2)),
    ("one epoch in batches of 90", "digits wine", {"epochs": 1, "batch_size": 90}),
    (
        "256-256 for 150 epochs without a stop",
        "diabetes",
        {**mlp(256, 256), "epochs": 150, "early_stopping": None},
    ),
)

SOUND: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("the usual", "digits wine cancer diabetes california", {}),
    ("tanh", "digits wine", mlp(64, 64, activation="tanh")),
    ("SGD with momentum", "digits california", sgd(0.03, momentum=0.9)),
    ("batch normalisation", "digits cancer", mlp(64, 64, normalization="batch")),
    ("dropout", "digits wine", mlp(128, 64) | {"network": {"kind": "mlp", "hidden": (128,), "dropout": 0.3}}),
)


def recipe_cases() -> Iterator[RecipeCase]:
    """Yield faulty recipes, then sound ones."""
    for table, faulty in ((FAULTS, True), (SOUND, False)):
        for name, data, changes in table:
            for one in data.split():
                recipe = Recipe(**{**HEALTHY, **changes})
                healthy = Recipe(**HEALTHY) if faulty else recipe
                part: RepairPart = "held-out" if one in HELD_OUT_DATA else "tuning"
                yield RecipeCase(f"{name} ({one})", one, recipe, healthy, part)
