"""What is chosen for pictures where a recipe says "auto", each choice with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from netwright.device import has_bfloat16
from netwright.nets.cnn import CNN
from netwright.nets.network import ImageShape
from netwright.nets.resnet import ResNet
from netwright.recipe.facts import Facts
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.augmentation import Augmentation, Flip
from netwright.training.early_stopping import EarlyStopping
from netwright.training.losses import CrossEntropy, default_loss
from netwright.training.optimizers import AdamW
from netwright.training.schedules import OneCycle

LARGE_SIDE = 80
"""From here on the first convolution has a stride of 2: a quarter of the work."""

FEW_PICTURES = 2_000
"""Below this a plain network is enough, and one with fewer weights learns less by heart."""

FEWEST_STEPS = 500
"""Steps that even a training on a handful of pictures takes."""

MANY_EPOCHS = 20
"""From here on pictures come back so often that parts of them may be erased."""

WIDTH_FACTOR = {"quick": 0.5, "standard": 1.0, "thorough": 2.0}

LOOKS = {"quick": 150_000, "standard": 500_000, "thorough": 1_500_000}
"""Pictures that a training looks at, each as often as it comes by."""

MOST_EPOCHS = {"quick": 20, "standard": 60, "thorough": 150}

MULTIPLY_ADDS_A_SECOND = {"cpu": 4e10}
"""Multiply-adds of forward passes that a training gets through, backward passes and all, on two cores."""

ACCELERATED = 5e12
"""The same on devices other than processors."""

FEWEST_CHANNELS = 16
"""Of the first stage; with less time than this takes, looks are left out instead."""


def network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose a plain network for few or small pictures, a residual one for others; narrow in little time."""
    factor = WIDTH_FACTOR[recipe.effort]
    chosen, reason = _of_width(factor, recipe, facts)
    while recipe.time and chosen.widths[0] >= 2 * FEWEST_CHANNELS and _too_slow(chosen, recipe, facts):
        factor /= 2
        chosen, reason = _of_width(factor, recipe, facts)
        reason += f", narrow enough to see each often in {recipe.time:g} seconds"
    return chosen, reason


def _too_slow(network: CNN | ResNet, recipe: Recipe, facts: Facts) -> bool:
    """Whether the time is over before the network has taken half of the looks that it should."""
    assert recipe.time is not None
    looks = min(LOOKS[recipe.effort], MOST_EPOCHS[recipe.effort] * facts.rows) / 2
    work = network.build(ImageShape(*facts.extent), max(1, facts.classes)).multiply_adds
    pace = MULTIPLY_ADDS_A_SECOND.get(facts.device, ACCELERATED)
    return work * looks > pace * recipe.time


def _of_width(factor: float, recipe: Recipe, facts: Facts) -> tuple[CNN | ResNet, str]:
    """Return a network of so many times the usual channels, and why it is of its kind."""
    _, height, width = facts.extent
    stride = 2 if max(height, width) >= LARGE_SIDE else 1
    told = f"{facts.rows:,} pictures of {height} × {width}"
    stages = 3 if min(height, width) // stride >= 16 else 2
    widths = tuple(round(32 * 2**n * factor) for n in range(stages))
    if facts.rows < FEW_PICTURES or facts.extent[0] == 1:
        plain = CNN(widths=widths, stride=stride)
        return plain, f"a plain network is enough for {told}{'' if facts.extent[0] > 1 else ' in grey'}"
    residual = ResNet(widths=widths, stride=stride, blocks=2 if recipe.effort == "thorough" else 1)
    return residual, f"a residual network for {told} and {recipe.effort} effort"


def augmentation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose changes that pictures survive: shifts for all, flips where they were seen to do no harm."""
    _, height, width = facts.extent
    kept, found = (
        facts.flip if facts.flip is not None else (False, "whether mirroring does harm is not known")
    )
    flip: Flip = "horizontal" if kept else "none"
    shift = max(1, round(min(height, width) / 10)) if min(height, width) >= 8 else 0
    shifted = f"shifts of up to {shift} pixels"
    long = isinstance(recipe.epochs, int) and recipe.epochs >= MANY_EPOCHS
    if kept and long:
        return Augmentation(shift=shift, flip=flip, erase=0.25), f"{shifted}, flips and erased parts: {found}"
    if kept:
        return Augmentation(shift=shift, flip=flip), f"{shifted} and flips: {found}"
    turned = Augmentation(shift=max(1, shift // 2), rotate=10.0, zoom=0.1)
    return turned, f"small shifts, turns and zooms, no flips: {found}"


def loss(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose cross-entropy with softened targets for classes."""
    if facts.task in (Task.BINARY, Task.MULTICLASS):
        return CrossEntropy(label_smoothing=0.05), "targets a little softened: pictures are named with errors"
    return default_loss(facts.task), f"the usual loss of a {facts.task} target"


def optimizer(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose AdamW at the rate that convolutions with normalisation bear."""
    if recipe.body is not None:
        return AdamW(learning_rate=1e-2, weight_decay=0.05), "of the new head; the body learns more slowly"
    return AdamW(learning_rate=6e-3, weight_decay=0.05), "with normalised maps a high rate is safe"


def schedule(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose a rate that rises and falls over the whole training, by time where time is short."""
    return OneCycle(), "up, then down to rest when the training ends, by epochs or by the time given"


def averaging(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose none: the schedule comes to rest by itself."""
    return None, "the schedule comes to rest by itself"


def batch_size(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose batches that give even a small data set some steps."""
    size = 128 if facts.rows >= 20_000 else 64 if facts.rows >= 1_000 else 32 if facts.rows >= 250 else 16
    return min(size, facts.rows), f"for {facts.rows:,} training pictures"


def epochs(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose as many visits as make about a million looks at a picture, within bounds."""
    most = MOST_EPOCHS[recipe.effort]
    least = {"quick": 3, "standard": 10, "thorough": 20}[recipe.effort]
    count = min(most, max(least, round(LOOKS[recipe.effort] / max(1, facts.rows))))
    assert isinstance(recipe.batch_size, int)
    count = max(count, round(FEWEST_STEPS * most / 60 / max(1, facts.rows // recipe.batch_size)))
    return count, f"for {facts.rows:,} training pictures and {recipe.effort} effort"


def early_stopping(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose to keep the best weights, and to go on to the end of the schedule."""
    rounds = recipe.epochs if isinstance(recipe.epochs, int) else 100
    return EarlyStopping(patience=max(8, rounds)), "the schedule is gone through; the best weights are kept"


def precision(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose 16 bits where the processor computes in them: a convolution then takes about half the time."""
    ours = isinstance(recipe.network, (CNN, ResNet))
    if facts.device == "cpu" and has_bfloat16() and ours:
        return "bfloat16", "this processor has units for it: convolutions take half the time"
    if facts.device.startswith("cuda") and ours:
        return "bfloat16", "twice as fast on this device; weights and sums stay in 32 bits"
    return "float32", "exact"


CHOICES: dict[str, Callable[[Recipe, Facts], tuple[Any, str]]] = {
    "network": network,
    "loss": loss,
    "optimizer": optimizer,
    "averaging": averaging,
    "schedule": schedule,
    "batch_size": batch_size,
    "epochs": epochs,
    "early_stopping": early_stopping,
    "precision": precision,
    "augmentation": augmentation,
}
