"""What is chosen for the user where a recipe says "auto", each choice with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from netwright.data.preparation import PreparationOptions
from netwright.errors import RecipeError
from netwright.nets.mlp import MLP
from netwright.parts import Part
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.averaging import EMA
from netwright.training.early_stopping import EarlyStopping
from netwright.training.losses import default_loss
from netwright.training.optimizers import AdamW
from netwright.training.schedules import Cosine

EPOCH_FACTOR = {"quick": 0.3, "standard": 1.0, "thorough": 3.0}


@dataclass(frozen=True)
class Facts:
    """What the choices depend on.

    Attributes:
        rows: training rows, validation rows not counted.
        columns: input columns that the network reads.
        task: what is asked.
        classes: how many there are, 0 for numbers.
        validation: whether rows are held out.
        device: type of the device, such as "cpu".
        device_reason: why that device.
    """

    rows: int
    columns: int
    task: Task
    classes: int
    validation: bool
    device: str
    device_reason: str


@dataclass(frozen=True)
class Resolved:
    """A recipe with nothing left open.

    Attributes:
        recipe: every field decided.
        reasons: why, for the fields that were left to us.
    """

    recipe: Recipe
    reasons: dict[str, str] = field(default_factory=dict)


def resolve(recipe: Recipe, facts: Facts) -> Resolved:
    """Return the recipe with every "auto" decided.

    Raises:
        RecipeError: when a setting does not fit the data.
    """
    _check(recipe, facts)
    chosen: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, choose in _CHOICES.items():
        if getattr(recipe, name) == "auto":
            chosen[name], reasons[name] = choose(recipe.edited(**chosen), facts)
    if recipe.early_stopping == "auto" and not facts.validation:
        chosen["early_stopping"], reasons["early_stopping"] = None, "no rows held out"
    return Resolved(recipe.edited(**chosen), reasons)


def _check(recipe: Recipe, facts: Facts) -> None:
    if isinstance(recipe.batch_size, int) and recipe.batch_size > facts.rows:
        raise RecipeError(
            f"batch_size: {recipe.batch_size:,} is more than the {facts.rows:,} training rows. "
            f"Give at most {facts.rows:,}, or auto."
        )
    if isinstance(recipe.early_stopping, Part) and not facts.validation:
        raise RecipeError("early_stopping: needs held-out rows, and there are none. Set it to null.")


def _preparation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return PreparationOptions(), "bends skewed columns straight and keeps outliers within bounds"


def _network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return MLP(), f"a table of {facts.columns:,} columns"


def _loss(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return default_loss(facts.task), f"the target is {facts.task}"


def _optimizer(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return AdamW(learning_rate=2e-3, weight_decay=0.02), "the safe first choice"


def _schedule(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return Cosine(warmup=0.05), "short warm-up, then down to zero"


def _averaging(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return None, "not needed"


def _gradient_clip(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return 1.0, "one odd batch cannot throw the weights far"


def _batch_size(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    size = min(256, max(16, 1 << (facts.rows // 16).bit_length()), facts.rows)
    return size, f"{facts.rows:,} rows"


def _epochs(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return 50, f"{facts.rows:,} rows"


def _early_stopping(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return EarlyStopping(), "the best weights are kept"


def _precision(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return "float32", "exact, and fast enough at this size"


def _device(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return facts.device, facts.device_reason


_CHOICES: dict[str, Callable[[Recipe, Facts], tuple[Any, str]]] = {
    "preparation": _preparation,
    "network": _network,
    "loss": _loss,
    "optimizer": _optimizer,
    "schedule": _schedule,
    "averaging": _averaging,
    "gradient_clip": _gradient_clip,
    "batch_size": _batch_size,
    "epochs": _epochs,
    "early_stopping": _early_stopping,
    "precision": _precision,
    "device": _device,
}
