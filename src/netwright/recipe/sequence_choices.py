"""What is chosen for sequences and sounds where a recipe says "auto", each choice with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from netwright.data.sequences import Sequences
from netwright.data.sound import Sounds
from netwright.nets.inception_time import InceptionTime
from netwright.nets.network import Network
from netwright.nets.spectrogram_convolution import SpectrogramConvolution
from netwright.nets.tcn import TCN
from netwright.recipe.facts import Facts
from netwright.recipe.recipe import Recipe
from netwright.training.early_stopping import EarlyStopping
from netwright.training.optimizers import AdamW
from netwright.training.schedules import OneCycle
from netwright.training.sound_augmentation import SoundAugmentation

MEMBERS = {"quick": 1, "standard": 3, "thorough": 5}
FILTERS = {"quick": 16, "standard": 16, "thorough": 32}
SHORT = 100
"""Steps of sequences that are so cheap to go through that more filters and updates are afforded."""

MANY_STEPS = 2_000_000
"""Steps of all sequences together, from which on one network has enough to do."""

UPDATES = {"quick": 200, "standard": 500, "thorough": 2_000}
SHORT_UPDATES = 900
SOUND_UPDATES = {"quick": 250, "standard": 600, "thorough": 3_000}


def preparation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose one scale for each channel."""
    return Sequences(), "each channel has mean 0 and deviation 1 over all training steps"


def network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose convolutions of several lengths; of very much data, a dilated network with fewer of them."""
    channels, length = facts.extent
    steps = facts.rows * length
    if steps > MANY_STEPS:
        chosen: Network = TCN()
        return chosen, f"dilated convolutions: {steps:,} steps in all are much to go through"
    members = MEMBERS[recipe.effort]
    told = f"convolutions of several lengths over {channels} channels of about {length:,} steps"
    filters = 32 if length < SHORT and recipe.effort != "quick" else FILTERS[recipe.effort]
    return InceptionTime(members=members, filters=filters), told


def optimizer(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose the usual rate for normalised convolutions."""
    return AdamW(learning_rate=2e-3, weight_decay=0.01), "the usual rate for normalised convolutions"


def batch_size(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose fewer rows a step for few sequences."""
    size = 2 ** min(6, max(3, round(math.log2(max(facts.rows, 1) / 4))))
    return min(size, facts.rows), f"for {facts.rows:,} training sequences"


def epochs(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose about as many updates for few sequences as for many."""
    short = facts.extent[1] < SHORT and recipe.effort == "standard"
    return _epochs(recipe, facts, SHORT_UPDATES if short else UPDATES[recipe.effort])


def early_stopping(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose a long patience: the rate falls until the end, and the last rounds gain most."""
    assert isinstance(recipe.epochs, int)
    patience = max(10, recipe.epochs // 2)
    return EarlyStopping(patience=patience), "the best weights are kept; the last rounds often gain most"


def schedule(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose a rate that rises and then falls to nothing."""
    return OneCycle(), "rises, then falls to nothing: good weights in few updates"


def averaging(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose none: the schedule comes to rest by itself."""
    return None, "the schedule comes to rest by itself"


def sound_preparation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose log-mel spectra."""
    return Sounds(), "log-mel spectra, 100 steps a second, each band with mean 0 and deviation 1"


def sound_network(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose convolutions over time and frequency."""
    return SpectrogramConvolution(), "convolutions over time and frequency, pooled over time"


def sound_epochs(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose about as many updates for few sounds as for many."""
    return _epochs(recipe, facts, SOUND_UPDATES[recipe.effort])


def sound_augmentation(recipe: Recipe, facts: Facts) -> tuple[Any, str]:
    """Choose other voices, other loudness, and holes."""
    return SoundAugmentation(), "as other voices would, louder or softer, with holes: keeps what is heard"


def _epochs(recipe: Recipe, facts: Facts, updates: int) -> tuple[int, str]:
    assert isinstance(recipe.batch_size, int)
    per_epoch = max(1, facts.rows // recipe.batch_size)
    return min(300, max(12, updates // per_epoch)), f"at most; about {updates:,} updates"


CHOICES: dict[str, Callable[[Recipe, Facts], tuple[Any, str]]] = {
    "preparation": preparation,
    "network": network,
    "optimizer": optimizer,
    "averaging": averaging,
    "schedule": schedule,
    "batch_size": batch_size,
    "epochs": epochs,
    "early_stopping": early_stopping,
}

SOUND_CHOICES: dict[str, Callable[[Recipe, Facts], tuple[Any, str]]] = {
    **CHOICES,
    "preparation": sound_preparation,
    "network": sound_network,
    "epochs": sound_epochs,
    "augmentation": sound_augmentation,
}
