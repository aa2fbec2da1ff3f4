"""What is chosen for the user where a recipe says "auto", each choice with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from netwright.data.items import Form
from netwright.data.preparation import PreparationOptions
from netwright.device import has_bfloat16
from netwright.errors import RecipeError
from netwright.metrics.threshold import checked_costs
from netwright.nets.mlp import MLP
from netwright.parts import Part
from netwright.recipe import image_choices, sequence_choices, text_choices
from netwright.recipe.facts import Facts as Facts
from netwright.recipe.facts import Resolved as Resolved
from netwright.recipe.recipe import Recipe, ResolvedRecipe
from netwright.task import Task
from netwright.training.averaging import EMA
from netwright.training.early_stopping import EarlyStopping
from netwright.training.losses import default_loss
from netwright.training.optimizers import AdamW, ScheduleFreeAdamW
from netwright.training.schedules import Constant, Cosine

EPOCH_FACTOR = {"quick": 0.3, "standard": 1.0, "thorough": 3.0}
LARGER_BATCHES = ((1024, 2_000_000), (512, 500_000), (256, 60_000))
"""Rows of a batch, from that many training rows on: fewer updates say as much where there are plenty."""

FEWEST_EPOCHS = ((2_000_000, 3), (500_000, 6), (100_000, 12), (25_000, 30), (0, 60))
"""From that many rows on, the epochs that are allowed at least; early stopping ends most trainings before."""

FALLING_EPOCHS = ((2_000_000, 3), (500_000, 5), (100_000, 10), (25_000, 20), (0, 30))
"""The same where the rate falls: all of them are gone through."""

FALLING_STEPS = 1_500
"""Updates that small tables are allowed at least where the rate falls."""

PATIENCE = 8
MANY_ROWS, PATIENCE_WITH_MANY = 5_000, 4
"""A round over that many rows is a steadier judge: fewer rounds without gain are waited for."""

SETTLING = 0.15
SETTLING_OF_NUMBERS = 0.6
"""Where a number is predicted the rows that were held out are worth more: each of them is an exact answer."""

BEFORE_SETTLING = 2 / 3
"""Share of the epochs that is left before so long a settling: both together take as long."""

FEWEST_OF_RAREST = 1_000
"""Rows of the rarer class from which on bins are learnt; with fewer they follow single rows."""

MOST_DISTINCT = 1024
"""Values of a column that has an edge at each, where a number is predicted and eight rows share a value."""

WIDTH = 224
"""Units of a hidden layer: 256 take a ninth more time for a third of a percent."""

WIDE = 300
MANY_MULTIPLY_ADDS = 12_000_000
"""Of a step's forward pass; from here on bfloat16 is faster where the processor has units for it.

Time in bfloat16 over time in float32 on one AMD core, by millions of multiply-adds: 2.6: 1.26, 5.2: 1.12,
10: .91, 12: .86 and .95, 20: .79 and .92, 25: .92, 101: .74, 150: .7. A rule and no stopwatch, which might
choose otherwise the next time: the same seed would no longer give the same weights.
"""

Choose = Callable[[Recipe, Facts], tuple[Any, str]]

MEMBERS = {"quick": 4, "standard": 8, "thorough": 16}
MEMBERS_OF_CLASSES = {**MEMBERS, "standard": 6}
"""Of classes six are as good as eight, see docs/tables.md; every member makes a number sharper."""


def resolve(recipe: Recipe, facts: Facts) -> Resolved:
    """Return the recipe with every "auto" decided.

    Raises:
        RecipeError: when a setting does not fit the data.
    """
    _check(recipe, facts)
    chosen: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, choose in {**_CHOICES, **_CHOICES_OF.get(facts.form, {})}.items():
        if getattr(recipe, name) == "auto":
            chosen[name], reasons[name] = choose(recipe.edited(**chosen), facts)
    if recipe.early_stopping == "auto" and not facts.validation:
        chosen["early_stopping"], reasons["early_stopping"] = None, "no rows held out"
    fields = {name: getattr(recipe, name) for name in Recipe.model_fields}
    return Resolved(ResolvedRecipe(**{**fields, **chosen}), reasons)


def _check(recipe: Recipe, facts: Facts) -> None:
    if isinstance(recipe.batch_size, int) and recipe.batch_size > facts.rows:
        raise RecipeError(
            f"batch_size: {recipe.batch_size:,} is more than the {facts.rows:,} training rows. "
            f"Give at most {facts.rows:,}, or auto."
        )
    if recipe.precision == "float16" and not facts.device.startswith("cuda"):
        raise RecipeError(
            f"precision: float16 trains soundly on CUDA only, where losses are scaled; not on {facts.device}."
            " Use bfloat16, which needs no scaling, or float32."
        )
    if recipe.precision == "float64" and facts.device == "mps":
        raise RecipeError("precision: mps has no float64. Use float32, or device=cpu.")
    if recipe.ensemble > 1 and facts.own_network:
        raise RecipeError(
            "ensemble: a module of your own is there only once. Train several models and average their "
            "answers with nw.Ensemble, or leave the network to netwright."
        )
    forms = getattr(recipe.network, "forms", (facts.form,))
    if facts.form not in (*forms, Form.ARRAY) and isinstance(recipe.network, Part):
        raise RecipeError(
            f"network: {type(recipe.network).__name__} reads {' or '.join(forms)}, and the rows are "
            f"{facts.form}. Leave it to netwright with network=auto."
        )
    if recipe.mixup is not None and facts.form in (Form.TEXTS, Form.MIXED):
        raise RecipeError("mixup: blends numbers, and words have nothing between them. Leave mixup out.")
    _check_threshold(recipe, facts)
    if isinstance(recipe.early_stopping, Part) and not facts.validation:
        raise RecipeError("early_stopping: needs held-out rows, and there are none. Set it to null.")


def _check_threshold(recipe: Recipe, facts: Facts) -> None:
    if recipe.threshold is None:
        return
    if isinstance(recipe.threshold, dict):
        checked_costs(recipe.threshold)
    if facts.task is not Task.BINARY:
        raise RecipeError(f"threshold: lies between two classes, and this is a {facts.task} target.")
    if not facts.validation:
        raise RecipeError("threshold: is chosen on held-out rows, and there are none. Leave it out.")
    if isinstance(recipe.loss, Part) and not recipe.loss.probabilities:
        raise RecipeError("threshold: needs probabilities, and this loss gives margins. Use cross_entropy.")


def _preparation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    if facts.preparation is not None:
        return facts.preparation
    if facts.own_network:
        return PreparationOptions(scaling="standard"), "mean 0 and deviation 1, for a module of your own"
    return PreparationOptions(scaling="quantile"), "normal scores: skewed columns and outliers do no harm"


def _network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    numbers = facts.task is Task.REGRESSION
    members = (MEMBERS if numbers else MEMBERS_OF_CLASSES)[recipe.effort]
    told = f"{members} members in one network, averaged"
    layers = 2 if recipe.effort == "quick" else 3
    network = MLP(hidden=(WIDTH,) * layers, members=members, activation="silu", initialization="pytorch")
    network = network.edited(dropout=0.0) if numbers else network
    if facts.columns > WIDE:
        return network, f"{told}; {facts.columns:,} columns need no bins"
    if facts.rarest is not None and facts.rarest < FEWEST_OF_RAREST:
        return network, f"{told}; no bins: {facts.rarest:,} rows of the rarer class are too few"
    bins = min(512, max(4, facts.rows // 8)) if numbers else min(64, max(4, facts.rows // 20))
    network = network.edited(number_embedding="piecewise_linear", bins=bins)
    if numbers:
        network = network.edited(distinct=min(MOST_DISTINCT, facts.rows // 8))
    return network, f"{told}; {bins} bins a number for {facts.rows:,} rows"


def _loss(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return default_loss(facts.task), f"the usual loss of a {facts.task} target"


def _optimizer(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    if facts.form is not Form.TABLE or facts.own_network:
        return AdamW(learning_rate=4e-3, weight_decay=0.03), "the safe first choice; decay on weights only"
    if facts.task is Task.REGRESSION and facts.rows < MANY_ROWS:
        told = f"the safe first choice; {facts.rows:,} rows of numbers want little decay"
        return AdamW(learning_rate=4e-3, weight_decay=0.01), told
    return AdamW(learning_rate=4e-3, weight_decay=0.1), "the safe first choice; decay on weights only"


def _schedule(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    if recipe.averaging is None:
        return Cosine(warmup=0.05), "without averaging, the rate has to come to rest"
    if _has_little_noise(facts):
        return Cosine(warmup=0.05), "the answers of such a target get sharper up to the last small step"
    return Constant(), "averaging the weights takes the place of a falling rate, whenever training ends"


def _averaging(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    # An optimizer that averages by itself, or a schedule that falls, needs no second average.
    if isinstance(recipe.optimizer, ScheduleFreeAdamW):
        return None, "the optimizer averages the weights itself"
    if recipe.schedule not in ("auto", Constant()):
        return None, "the schedule comes to rest by itself"
    return EMA(decay=0.99), "a calmer copy of the weights, of the last hundred or so steps"


def _gradient_clip(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return 1.0, "one odd batch cannot throw the weights far"


def _batch_size(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    most = next((size for size, rows in LARGER_BATCHES if facts.rows >= rows), 128)
    size = min(most, 2 ** max(4, round(math.log2(max(facts.rows, 1) / 20))))
    return min(size, facts.rows), f"for {facts.rows:,} training rows"


def _epochs(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    assert isinstance(recipe.batch_size, int)
    falling = _has_little_noise(facts)
    least, steps = (FALLING_EPOCHS, FALLING_STEPS) if falling else (FEWEST_EPOCHS, 3000)
    fewest = next(epochs for rows, epochs in least if facts.rows >= rows)
    usual = min(120, max(fewest, steps * recipe.batch_size // max(facts.rows, 1)))
    if falling and facts.task is Task.REGRESSION:
        usual = max(1, round(usual * BEFORE_SETTLING))
    epochs = max(1, round(usual * EPOCH_FACTOR[recipe.effort]))
    return epochs, f"at most; for {facts.rows:,} training rows and {recipe.effort} effort"


def _early_stopping(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    assert isinstance(recipe.epochs, int)
    reason = "stops when held-out rows gain no more; the best weights are kept"
    falls = recipe.schedule not in ("auto", Constant())
    table = facts.form is Form.TABLE and not facts.own_network
    rounds = PATIENCE_WITH_MANY if table and facts.rows >= MANY_ROWS else PATIENCE
    patience = max(PATIENCE, recipe.epochs // 2) if falls else rounds
    if not table or recipe.averaging is None:
        return EarlyStopping(patience=patience), reason
    share = SETTLING_OF_NUMBERS if facts.task is Task.REGRESSION else SETTLING
    return EarlyStopping(patience=patience, settling=share), f"{reason} and come to rest on all rows"


def _has_little_noise(facts: Facts) -> bool:
    """Return whether a table's target is of a kind that is mostly known once its row is: not yes and no."""
    return (
        facts.form is Form.TABLE
        and not facts.own_network
        and facts.task in (Task.REGRESSION, Task.MULTICLASS)
    )


def _precision(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    if facts.device != "cpu":
        return "float32", "exact"
    if not has_bfloat16():
        return "float32", "exact; this processor has no units for 16 bits"
    if not isinstance(recipe.network, MLP):
        return "float32", "exact"
    if _multiply_adds(recipe, recipe.network, facts) < MANY_MULTIPLY_ADDS:
        return "float32", "exact, and as fast for a step of this size"
    if recipe.network.normalization not in ("none", "batch"):
        return "float32", f"{recipe.network.normalization} normalisation is computed in 32 bits"
    return "bfloat16", "this processor has units for it; results are kept in 32 bits"


def _multiply_adds(recipe: Recipe, network: MLP, facts: Facts) -> int:
    """Return about how many multiply-adds the forward pass of a step takes."""
    assert isinstance(recipe.batch_size, int)
    widths = (facts.columns, *network.hidden)
    products = sum(before * after for before, after in zip(widths, network.hidden, strict=False))
    return recipe.batch_size * network.members * products


def _device(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return facts.device, facts.device_reason


def _augmentation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    return None, f"{facts.form} are taken as they are"


# In this order: later choices look at earlier ones.
_CHOICES: dict[str, Choose] = {
    "device": _device,
    "preparation": _preparation,
    "network": _network,
    "loss": _loss,
    "optimizer": _optimizer,
    "averaging": _averaging,
    "schedule": _schedule,
    "gradient_clip": _gradient_clip,
    "batch_size": _batch_size,
    "epochs": _epochs,
    "early_stopping": _early_stopping,
    "precision": _precision,
    "augmentation": _augmentation,
}

# What is chosen otherwise for rows that are no table.
_CHOICES_OF: dict[Form, dict[str, Choose]] = {
    Form.IMAGES: image_choices.CHOICES,
    Form.TEXTS: text_choices.CHOICES,
    Form.MIXED: text_choices.MIXED_CHOICES,
    Form.SEQUENCES: sequence_choices.CHOICES,
    Form.SOUNDS: sequence_choices.SOUND_CHOICES,
}
