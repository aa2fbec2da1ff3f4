"""Normalisation layers: batch, layer, group, root mean square."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from netwright.errors import RecipeError, TrainingError, did_you_mean


@dataclass(frozen=True)
class Normalization:
    """One normalisation, as a catalogue shows it: its name in recipes, equation and use."""

    name: str
    equation: str
    summary: str


_ALL = (
    Normalization("none", "z", "No normalisation: shallow networks on scaled inputs do well without."),
    Normalization(
        "batch",
        "g (z - mean_batch(z)) / sqrt(var_batch(z) + 1e-5) + b",
        "Every unit over the rows of a batch (Ioffe and Szegedy 2015); predicts with running averages; "
        "needs batches of many rows.",
    ),
    Normalization(
        "layer",
        "g (z - mean_units(z)) / sqrt(var_units(z) + 1e-5) + b",
        "Every row over the units of the layer (Ba et al. 2016); the batch size does not matter.",
    ),
    Normalization(
        "group",
        "layer normalisation within each of up to 32 groups of units",
        "Between layer and instance normalisation (Wu and He 2018); the batch size does not matter.",
    ),
    Normalization(
        "rms",
        "g z / sqrt(mean_units(z^2) + eps)",
        "Layer normalisation without centring (Zhang and Sennrich 2019), a little cheaper.",
    ),
)

NORMALIZATIONS: dict[str, Normalization] = {entry.name: entry for entry in _ALL}


def make_normalization(name: str, units: int, layer: str = "") -> nn.Module:
    """Return a fresh normalisation module for values (..., units).

    Args:
        name: "none", "batch", "layer", "group" or "rms".
        units: the width of the layer.
        layer: the layer's name, for messages.

    Raises:
        RecipeError: for an unknown name, or where one unit alone would be normalised to a constant.
    """
    if name not in NORMALIZATIONS:
        raise RecipeError(f"Unknown normalisation {name!r}. {did_you_mean(name, list(NORMALIZATIONS))}")
    if name == "none":
        return nn.Identity()
    if name == "batch":
        return BatchNormalization(units, layer)
    if units == 1:
        raise RecipeError(
            f"{name} normalisation of {layer or 'a layer'} with 1 unit leaves no information: it compares "
            "the units of one row with each other. Use 2 or more units, or batch normalisation, or none."
        )
    if name == "layer":
        return nn.LayerNorm(units)
    if name == "group":
        return GroupNormalization(units)
    return nn.RMSNorm(units)


class BatchNormalization(nn.BatchNorm1d):
    """Batch normalisation over all rows, and over the members of an ensemble where there are any."""

    def __init__(self, units: int, layer: str = "") -> None:
        super().__init__(units)
        self.layer = layer

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised values, the shape (..., units) kept.

        Raises:
            TrainingError: when a training batch has one row, whose variance does not exist.
        """
        rows = input if input.dim() == 2 else input.flatten(0, -2)
        if self.training and len(rows) == 1:
            raise TrainingError(
                f"Batch normalisation ({self.layer or 'unnamed layer'}) got a training batch of 1 row, "
                "which has no variance. Use larger batches, or normalization='layer', 'group' or 'rms'."
            )
        return super().forward(rows).view(input.shape)


class GroupNormalization(nn.GroupNorm):
    """Group normalisation of the units of dense layers, see `group_count`."""

    def __init__(self, units: int) -> None:
        super().__init__(group_count(units), units)

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised values, the shape (..., units) kept."""
        rows = input if input.dim() == 2 else input.flatten(0, -2)
        return super().forward(rows).view(input.shape)


def group_count(units: int, most: int = 32, smallest: int = 4) -> int:
    """Return the largest number of equal groups: at most `most`, each of at least `smallest` units.

    >>> group_count(256), group_count(30), group_count(7)
    (32, 6, 1)
    """
    fitting = [count for count in range(1, most + 1) if units % count == 0 and units // count >= smallest]
    return max(fitting, default=1)
