"""The recipe: a frozen description of a training. Every field may be left out."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from netwright.data.preparation import PreparationOptions
from netwright.data.row_options import RowOptions
from netwright.errors import RecipeError
from netwright.nets.mlp import MLP
from netwright.nets.network import Network
from netwright.parts import Part, parse_part
from netwright.training.augmentation import Augmentation
from netwright.training.averaging import EMA, Averaging
from netwright.training.early_stopping import EarlyStopping
from netwright.training.freezing import Freeze
from netwright.training.losses import Loss
from netwright.training.mixup import Mixup
from netwright.training.optimizers import AdamW, Optimizer
from netwright.training.penalties import Penalty
from netwright.training.schedules import Cosine, Schedule
from netwright.training.sound_augmentation import SoundAugmentation

Auto = Literal["auto"]
Effort = Literal["quick", "standard", "thorough"]
ThresholdMetric = Literal["f1", "balanced_accuracy", "accuracy"]
Classical = Literal["boosting", "linear"]
Precision = Literal["auto", "float32", "bfloat16", "float16", "float64"]


def parse_seconds(value: Any) -> float | None:
    """Return a time span in seconds: a number, or text such as "90s", "2m" or "1h".

    >>> parse_seconds("2m"), parse_seconds(30), parse_seconds(None)
    (120.0, 30.0, None)
    """
    if value is None:
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h)?\s*", str(value))
    seconds = float(match[1]) * {"s": 1, "m": 60, "h": 3600, None: 1}[match[2]] if match else 0.0
    if not 0 < seconds < float("inf"):
        raise RecipeError(f"expected a time above 0 such as 60s, 2m or 1h, got {value!r}")
    return seconds


def _single(base: type[Part], default: type[Part] | None = None) -> BeforeValidator:
    """Accept a part, its name, a mapping, "auto" or None; wrong types are left to the field."""

    def parse(value: Any) -> Any:
        return value if value is None or value == "auto" else parse_part(base, value, default)

    return BeforeValidator(parse)


def _settings(part: type[Part]) -> BeforeValidator:
    def parse(value: Any) -> Any:
        return part(**value) if isinstance(value, dict) else value

    return BeforeValidator(parse)


def _several(base: type[Part]) -> BeforeValidator:
    def parse(value: Any) -> Any:
        items = value if isinstance(value, (list, tuple)) else [value]
        return tuple(parse_part(base, item) for item in items)

    return BeforeValidator(parse)


def _names(value: Any) -> Any:
    """Accept one name, names joined by commas, or a list of them; each counts once."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)):
        return names
    return tuple(dict.fromkeys(name.strip() if isinstance(name, str) else name for name in names if name))


def _preparation(value: Any) -> Any:
    """Accept a preparation, its name, or a mapping; one without "kind" is meant for tables."""
    if isinstance(value, dict) and "kind" not in value:
        return PreparationOptions(**value)
    return parse_part(RowOptions, value) if isinstance(value, (dict, str)) and value != "auto" else value


def _network(value: Any) -> Any:
    # A PyTorch module is not a part: it is taken as it is.
    if value == "auto" or callable(getattr(value, "forward", None)):
        return value
    return parse_part(Network, value, MLP)


def _augmentation(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    # The settings of the two have no name in common.
    return (
        SoundAugmentation(**value)
        if set(value) <= set(SoundAugmentation.model_fields)
        else Augmentation(**value)
    )


AnyAugmentation = Augmentation | SoundAugmentation
_augmentations = BeforeValidator(_augmentation)


class Recipe(Part):
    """What is to be done in a training; "auto" is decided when the data is known.

    Settings:
        preparation: how raw columns become numbers.
        network: a network part, or any PyTorch module.
        ensemble: how many such networks are trained side by side, their answers averaged.
        blend: classical models that answer beside the network, "boosting" and "linear"; what each counts is
            chosen on held-out rows. For tables.
        body: what to start from instead of random weights: a run folder, a model file, a fitted model, a
            PyTorch module, or a model of the hub such as "hub:microsoft/resnet-18"; its last layer is
            replaced.
        freeze: layers of the body "gradual"ly join the training, or never ("body"), or at once ("none").
        loss: what is minimised; follows from the target when left out.
        optimizer: how the weights are updated.
        schedule: how the learning rate moves.
        penalties: added to the loss, on the weights.
        averaging: the average of the weights that is kept instead of the last ones, or None.
        mixup: mixing of training rows, or None.
        augmentation: random changes of training pictures or sounds, or None.
        gradient_clip: largest norm of the gradient, or None.
        batch_size: rows of an update.
        batch_pieces: parts in which a batch is computed, to save memory; the gradient is the same.
        balanced_sampling: draw rows so that every class is seen equally often.
        epochs: how often all training rows are visited at most.
        early_stopping: when to stop for lack of progress on held-out rows, or None.
        validation_fraction: share of the rows held out when no validation rows are given.
        time: seconds that the training may take, or None.
        effort: how much to spend: quick, standard or thorough.
        precision: of the arithmetic.
        device: auto, cpu, cuda, cuda:1, mps.
        deterministic: on CUDA, refuse operations whose results vary between runs.
        on_nonfinite: what to do when loss or weights are no longer finite: stop with an error, or
            recover from the last good state at a tenth of the learning rate.
        calibrate: whether chances of classes are calibrated on held-out rows, where that helps.
        threshold: what the threshold between two classes is chosen for on held-out rows: f1,
            balanced_accuracy, accuracy, or what mistakes cost; None for one half.
        seed: of all random numbers.
    """

    preparation: Annotated[PreparationOptions | RowOptions | Auto, BeforeValidator(_preparation)] = "auto"
    network: Annotated[Any, BeforeValidator(_network)] = "auto"
    ensemble: int = Field(default=1, ge=1)
    blend: Annotated[tuple[Classical, ...], BeforeValidator(_names)] = ()
    body: Any = None
    freeze: Freeze = "gradual"
    loss: Annotated[Loss | Auto, _single(Loss)] = "auto"
    optimizer: Annotated[Optimizer | Auto, _single(Optimizer, AdamW)] = "auto"
    schedule: Annotated[Schedule | Auto, _single(Schedule, Cosine)] = "auto"
    penalties: Annotated[tuple[Penalty, ...], _several(Penalty)] = ()
    averaging: Annotated[Averaging | Auto | None, _single(Averaging, EMA)] = "auto"
    mixup: Annotated[Mixup | None, _settings(Mixup)] = None
    augmentation: Annotated[AnyAugmentation | Auto | None, _augmentations] = "auto"
    gradient_clip: Annotated[float, Field(gt=0)] | Auto | None = "auto"
    batch_size: Annotated[int, Field(ge=1)] | Auto = "auto"
    batch_pieces: int = Field(default=1, ge=1)
    balanced_sampling: bool = False
    epochs: Annotated[int, Field(ge=1)] | Auto = "auto"
    early_stopping: Annotated[EarlyStopping | Auto | None, _settings(EarlyStopping)] = "auto"
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] | Auto = "auto"
    time: Annotated[float | None, BeforeValidator(parse_seconds)] = None
    effort: Effort = "standard"
    precision: Precision = "auto"
    device: str = "auto"
    deterministic: bool = False
    on_nonfinite: Literal["stop", "recover"] = "stop"
    calibrate: bool = True
    threshold: ThresholdMetric | dict[str, float] | None = None
    seed: int = Field(default=0, ge=0)


class ResolvedRecipe(Recipe):
    """A recipe in which nothing is left open."""

    preparation: Annotated[PreparationOptions | RowOptions, BeforeValidator(_preparation)] = (
        PreparationOptions()
    )
    loss: Annotated[Loss, _single(Loss)]
    optimizer: Annotated[Optimizer, _single(Optimizer, AdamW)]
    schedule: Annotated[Schedule, _single(Schedule, Cosine)]
    averaging: Annotated[Averaging | None, _single(Averaging, EMA)]
    augmentation: Annotated[AnyAugmentation | None, _augmentations] = None
    gradient_clip: Annotated[float, Field(gt=0)] | None
    batch_size: Annotated[int, Field(ge=1)]
    epochs: Annotated[int, Field(ge=1)]
    early_stopping: Annotated[EarlyStopping | None, _settings(EarlyStopping)]
