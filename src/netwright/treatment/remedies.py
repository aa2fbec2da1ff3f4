"""What is done against each cause: remedies in order, the smallest change first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from netwright.clinic.causes import Cause
from netwright.data.preparation import PreparationOptions
from netwright.nets.mlp import MLP
from netwright.training.losses import CrossEntropy
from netwright.training.schedules import Warmup
from netwright.treatment.patient import Patient, default_of, usual_rate
from netwright.treatment.remedy import Remedy

SMALLEST_RATE, LARGEST_RATE = 1e-7, 10.0
WIDER, WIDEST = 4, 256
NARROW = 4
"""A layer this many times narrower than both of its neighbours lets too little pass."""

USUAL_CLIP = 1.0
DEEP = 6
"""Layers from which on fitting weights alone do not keep the signal: it takes normalisation."""


Pharmacy = Callable[[Patient, Cause], Iterator[Remedy]]


def remedies_for(patient: Patient, cause: Cause) -> list[Remedy]:
    """Return what can be done against a cause, the smallest change first; nothing where no recipe helps.

    Where the cause is a symptom of others, such as dead units, the remedies name those.
    """
    give = _PHARMACY.get(cause)
    return [] if give is None else [remedy for remedy in give(patient, cause) if _changes(patient, remedy)]


def _changes(patient: Patient, remedy: Remedy) -> bool:
    """Return whether a remedy is any change at all, and leaves a network of the user's own alone."""
    if patient.own_network and "network" in remedy.changes:
        return False
    settled, recipe = patient.settled, patient.recipe
    return any(
        getattr(settled, n) != value and getattr(recipe, n) != value for n, value in remedy.changes.items()
    )


def _slower(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield from _rates(patient, cause, (0.1, 0.01, 0.001))


def _faster(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield from _rates(patient, cause, (10.0, 100.0, 1000.0))


def _rates(patient: Patient, cause: Cause, factors: Sequence[float]) -> Iterator[Remedy]:
    """Yield other learning rates: the usual one, then ever more different ones.

    The usual one goes first: a few steps flatter rates that are still too high.
    """
    rate, usual = patient.settled.optimizer.learning_rate, usual_rate(patient)
    tried = [(_factor(factor), rate * factor) for factor in factors]
    if (usual < rate) == (factors[0] < 1):
        tried.insert(0, ("the usual learning rate", usual))
    for name, new in tried:
        if SMALLEST_RATE <= new <= LARGEST_RATE:
            changed = patient.settled.optimizer.edited(learning_rate=float(f"{new:.3g}"))
            yield Remedy(name, cause, {"optimizer": changed})


def _factor(factor: float) -> str:
    return f"{factor:g} times the learning rate" if factor > 1 else f"learning rate divided by {1 / factor:g}"


def _clip(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    clip = patient.settled.gradient_clip
    if clip is None or clip > 1.0:
        yield Remedy("clip the gradient at norm 1", cause, {"gradient_clip": 1.0})


def _looser_clip(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    clip = patient.settled.gradient_clip
    if clip is not None and clip >= USUAL_CLIP:
        return  # gradients that this clip cuts are too large for another reason
    yield Remedy("clip the gradient at norm 1", cause, {"gradient_clip": 1.0})
    yield Remedy("no clipping", cause, {"gradient_clip": None})


def _exploding(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield from _clip(patient, cause)
    yield from _slower(patient, Cause.RATE_TOO_HIGH)
    yield from _initialization(patient, Cause.WEIGHTS_TOO_LARGE)


def _usual_setting(*names: str) -> Pharmacy:
    """Return a pharmacy that gives settings of the optimizer back their usual values."""

    def give(patient: Patient, cause: Cause) -> Iterator[Remedy]:
        optimizer = patient.settled.optimizer
        usual = {name: default_of(optimizer, name) for name in names if name in type(optimizer).model_fields}
        changed = {name: value for name, value in usual.items() if getattr(optimizer, name) != value}
        if changed:
            words = ", ".join(name.replace("_", " ") for name in changed)
            yield Remedy(f"the usual {words}", cause, {"optimizer": optimizer.edited(**changed)})

    return give


def _less_decay(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    optimizer = patient.settled.optimizer
    decay = getattr(optimizer, "weight_decay", 0.0)
    if patient.settled.penalties:
        yield Remedy("no penalties on the weights", cause, {"penalties": ()}, size=2)
    if decay > 0.01:
        gentle = optimizer.edited(weight_decay=0.01 if "adam" in optimizer.kind else 1e-4)
        yield Remedy("a gentle weight decay", cause, {"optimizer": gentle})
    if decay > 0:
        yield Remedy("no weight decay", cause, {"optimizer": optimizer.edited(weight_decay=0.0)})


def _schedule(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield Remedy(
        "the usual schedule",
        cause,
        {
            "schedule": "auto",
            "averaging": "auto" if patient.settled.averaging is None else patient.recipe.averaging,
        },
        size=2,
        quick=False,
    )


def _warmup(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    if not isinstance(patient.settled.schedule, Warmup):
        yield Remedy(
            "warm-up over a tenth", cause, {"schedule": Warmup(length=0.1, then=patient.settled.schedule)}
        )
    yield from _slower(patient, cause)


def _network(
    name: str, cause: Cause, patient: Patient, size: int = 2, quick: bool = True, **settings: Any
) -> Iterator[Remedy]:
    network = patient.network
    if network is not None and any(getattr(network, key) != value for key, value in settings.items()):
        yield Remedy(name, cause, {"network": network.edited(**settings)}, size, quick)


def _initialization(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield from _network(
        "initial weights that fit the activation", cause, patient, initialization="auto", zero_output=False
    )


def _flow(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    """Let gradients through: weights, then activation, then normalisation."""
    yield from _initialization(patient, cause)
    relu: dict[str, Any] = {"activation": "relu", "initialization": "auto"}
    deep = patient.network is not None and len(patient.network.hidden) >= DEEP
    if not deep:
        yield from _network("ReLU with weights that fit it", cause, patient, **relu)
    size = 2 if deep else 3
    yield from _network("ReLU and batch normalisation", cause, patient, size, **relu, normalization="batch")
    if patient.network is not None and len(patient.network.hidden) > 2 and _residual(patient.network):
        yield from _network(
            "ReLU and skip connections", cause, patient, 3, **relu, normalization="batch", residual=True
        )
    yield from _architecture(patient, cause)


def _residual(network: MLP) -> bool:
    return any(a == b for a, b in zip(network.hidden, network.hidden[1:], strict=False))


def _dead(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield from _slower(patient, Cause.RATE_TOO_HIGH)
    yield from _initialization(patient, Cause.WEIGHTS_TOO_SMALL)
    yield from _network("leaky ReLU", cause, patient, activation="leaky_relu", initialization="auto")
    yield from _network("batch normalisation", cause, patient, 3, normalization="batch")


def _saturated(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield from _scaling(patient, Cause.UNSCALED_INPUTS)
    yield from _flow(patient, cause)


def _scaling(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    options = patient.settled.preparation
    if not isinstance(options, PreparationOptions):
        return
    for scaling, name in (
        ("standard", "inputs of mean 0 and deviation 1"),
        ("quantile", "inputs as normal scores"),
    ):
        if options.scaling not in (scaling, "quantile", "standard", "robust"):
            yield Remedy(name, cause, {"preparation": options.edited(scaling=scaling)})


def _small_batches(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield Remedy("the usual batch size", cause, {"batch_size": "auto"})
    yield from _network("layer normalisation", cause, patient, 3, normalization="layer")
    yield from _network("no normalisation", cause, patient, 3, normalization="none")


def _precision(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield Remedy("32 bits", cause, {"precision": "float32"})


def _less_dropout(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    if patient.network is not None and patient.network.dropout > 0.1:
        yield from _network("a tenth of the units dropped", cause, patient, 1, dropout=0.1)
    yield from _network("no dropout", cause, patient, 1, dropout=0.0, stochastic_depth=0.0)
    if patient.settled.mixup is not None:
        yield Remedy("no mixing of rows", cause, {"mixup": None}, size=2)


def _overfitting(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    stop = {"early_stopping": "auto"} if patient.settled.early_stopping is None else {}
    average = {"averaging": "auto", "schedule": "auto"} if patient.settled.averaging is None else {}
    name = " and ".join((["early stopping"] if stop else []) + (["averaged weights"] if average else []))
    if name:
        yield Remedy(name, cause, {**stop, **average}, size=2, quick=False)
    if patient.network is not None and patient.network.dropout < 0.1:
        yield from _network("a fifth of the units dropped", cause, patient, 1, False, dropout=0.2)
    if hasattr(patient.settled.optimizer, "weight_decay"):
        decay = patient.settled.optimizer.edited(weight_decay=0.1)
        yield Remedy("stronger weight decay", cause, {"optimizer": decay}, quick=False)
    yield from _architecture(patient, cause)


def _larger(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    if patient.network is not None:
        hidden = patient.network.hidden or (WIDEST,)
        yield from _unblocked(patient, cause)
        wider = tuple(max(64, min(WIDEST, WIDER * units)) if units < WIDEST else units for units in hidden)
        yield from _network("wider layers", cause, patient, 2, hidden=wider)
    yield from _less_dropout(patient, Cause.STRONG_DROPOUT)
    yield from _less_decay(patient, Cause.STRONG_DECAY)
    yield from _architecture(patient, cause)


def _unblocked(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    """Give a layer through which little passes the width of its narrower neighbour."""
    assert patient.network is not None
    hidden = patient.network.hidden
    beside = [
        hidden[max(0, place - 1) : place] + hidden[place + 1 : place + 2] for place in range(len(hidden))
    ]
    restored = tuple(
        min(near) if near and NARROW * units < min(near) else units
        for units, near in zip(hidden, beside, strict=True)
    )
    yield from _network("the narrow layer as wide as those beside it", cause, patient, 2, hidden=restored)


def _longer(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    if patient.settled.early_stopping is not None and patient.recipe.early_stopping != "auto":
        both = {"early_stopping": "auto", "epochs": "auto", "averaging": _slow_average(patient)}
        yield Remedy("the usual patience and number of epochs", cause, both, size=2, quick=False)
    yield Remedy(
        "the usual number of epochs",
        cause,
        {"epochs": "auto", "averaging": _slow_average(patient)},
        quick=False,
    )
    yield Remedy("four times the epochs", cause, {"epochs": 4 * patient.settled.epochs}, quick=False)


def _slow_average(patient: Patient) -> Any:
    """Return "auto" where an average of the weights was asked for: a slow one keeps what was long ago."""
    return "auto" if patient.settled.averaging is not None else patient.recipe.averaging


def _balance(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    if patient.shape.task.is_classification:
        if patient.settled.balanced_sampling:
            yield Remedy("rows drawn as they are", cause, {"balanced_sampling": False}, quick=False)
        else:
            yield Remedy("every class drawn equally often", cause, {"balanced_sampling": True}, quick=False)
        yield Remedy(
            "rare classes count more", cause, {"loss": CrossEntropy(class_weights="balanced")}, quick=False
        )


def _loss(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    yield Remedy("the usual loss", cause, {"loss": "auto"}, size=2)


def _architecture(patient: Patient, cause: Cause) -> Iterator[Remedy]:
    if not patient.own_network and patient.recipe.network != "auto":
        yield Remedy("the usual network", cause, {"network": "auto"}, size=3)


_PHARMACY: dict[Cause, Pharmacy] = {
    Cause.UNSCALED_INPUTS: _scaling,
    Cause.UNSCALED_TARGETS: _loss,
    Cause.IMBALANCE: _balance,
    Cause.PAIRING: _loss,
    Cause.RATE_TOO_HIGH: _slower,
    Cause.RATE_TOO_LOW: _faster,
    Cause.CLIP_TOO_TIGHT: _looser_clip,
    Cause.EPSILON_TOO_LARGE: _usual_setting("epsilon"),
    Cause.EARLY_DECAY: _schedule,
    Cause.NO_WARMUP: _warmup,
    Cause.VANISHING: _flow,
    Cause.EXPLODING: _exploding,
    Cause.WEIGHTS_TOO_SMALL: _initialization,
    Cause.WEIGHTS_TOO_LARGE: _initialization,
    Cause.CONSTANT_WEIGHTS: _initialization,
    Cause.DEAD_UNITS: _dead,
    Cause.SATURATION: _saturated,
    Cause.SMALL_NORMALIZATION_BATCH: _small_batches,
    Cause.LOW_PRECISION: _precision,
    Cause.STRONG_DROPOUT: _less_dropout,
    Cause.STRONG_DECAY: _less_decay,
    Cause.OVERFITTING: _overfitting,
    Cause.TOO_SMALL: _larger,
    Cause.TOO_SHORT: _longer,
}

TREATABLE = frozenset(_PHARMACY)
"""Causes for which a recipe holds a remedy; what lies in the data or in the code does not."""
