"""The unseen part: drawn by chance as the blind one was, on data and networks that no other part has.

Which healthy trainings a fault or a control can stand on is written here; which of them it is, chance says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

SEED = 83
CLASSES = {"subscribers": 6, "species": 15, "particles": 12, "entailment": 4, "claims": 14}
NUMBERS = {"wages": 10, "flow": 20, "relatedness": 5}
"""Tables, and their epochs."""
ACTIVATIONS = ("relu", "relu", "gelu", "silu", "leaky", "elu", "tanh")
WIDTHS = ((64, 32), (80,), (40, 40), (64, 32, 16), (32, 32, 32))
OPTIMIZERS = ("adam", "adam", "adamw", "nadam", "rmsprop")
NETWORKS = frozenset({"crossed", "separable", "spaces"})
UNEVEN = ("claims", "entailment")
WORDS = ("entailment", "relatedness")
"""Tables of so many columns that products of them are learnt by heart."""

READERS: dict[str, Mapping[str, Any]] = {
    "processes pooled": {
        "data": "processes", "network": "pooled", "epochs": 15, "widths": (24, 24), "rate": 3e-3,
    },
    "processes gru": {"data": "processes", "network": "gru", "epochs": 18, "widths": (32,), "rate": 4e-3},
    "processes spaces": {
        "data": "processes", "network": "spaces", "epochs": 12, "widths": (24, 24), "rate": 3e-3,
    },
    "brackets lstm": {"data": "brackets", "network": "lstm", "epochs": 25, "widths": (32,), "rate": 5e-3},
    "brackets gru": {"data": "brackets", "network": "gru", "epochs": 20, "widths": (32,), "rate": 4e-3},
    "brackets spaces": {
        "data": "brackets", "network": "spaces", "epochs": 22, "widths": (24, 24), "rate": 3e-3,
    },
    "taxis": {"epochs": 12, "widths": (32, 16), "rate": 2e-3, "activation": "gelu"},
    "taxis gru": {"data": "taxis", "network": "gru", "epochs": 10, "widths": (24,), "rate": 5e-3},
    "taxis spaces": {"data": "taxis", "network": "spaces", "epochs": 12, "widths": (24, 24), "rate": 3e-3},
    "gratings cnn": {"data": "gratings", "network": "cnn", "epochs": 12, "widths": (8, 16), "rate": 4e-3},
    "gratings cnn sgd": {
        "data": "gratings", "network": "cnn", "epochs": 12, "widths": (8, 16), "optimizer": "sgd",
        "momentum": 0.9, "rate": 0.03,
    },
    "gratings separable": {
        "data": "gratings", "network": "separable", "epochs": 12, "widths": (16, 24), "rate": 5e-3,
    },
    "taxis transformer": {
        "data": "taxis", "network": "transformer", "epochs": 12, "widths": (24, 24), "rate": 3e-3,
    },
    "patches cnn": {"data": "patches", "network": "cnn", "epochs": 10, "widths": (8, 16), "rate": 3e-3},
    "patches separable": {
        "data": "patches", "network": "separable", "epochs": 12, "widths": (16, 24), "rate": 2e-3,
    },
    "finnish lstm": {"data": "finnish", "network": "lstm", "epochs": 10, "widths": (48,), "rate": 1e-2},
    "finnish spaces": {
        "data": "finnish", "network": "spaces", "epochs": 14, "widths": (48, 48), "rate": 8e-3,
    },
    "finnish transformer": {
        "data": "finnish", "network": "transformer", "epochs": 20, "widths": (48, 48), "rate": 4e-3,
    },
}  # fmt: skip


def _bases() -> dict[str, Mapping[str, Any]]:
    """Return the healthy trainings: of each table one plain, one drawn and one with SGD, and the readers."""
    chance, found = np.random.default_rng(SEED), dict(READERS)
    for name, epochs in {**CLASSES, **NUMBERS}.items():
        factor = float(np.exp(chance.uniform(np.log(0.7), np.log(1.6))))
        plain = {"data": name, "epochs": epochs, "widths": _one(chance, WIDTHS)}
        found[name] = {**plain, "rate": 3e-3 * factor}
        kind = _one(chance, ("mlp", "crossed", "crossed"))
        kind = "mlp" if name in WORDS else kind
        optimizer = _one(chance, OPTIMIZERS)
        found[f"{name} drawn"] = {
            **plain,
            "network": kind,
            "widths": _one(chance, WIDTHS),
            "activation": _one(chance, ACTIVATIONS),
            "normalization": _one(chance, ("", "layer", "batch")) if kind == "mlp" else "",
            "optimizer": optimizer,
            "rate": (1.5e-3 if optimizer == "rmsprop" or kind == "crossed" else 3e-3) * factor,
            "batch": _one(chance, (16, 32, 48)),
        }
        if name in CLASSES and name not in UNEVEN:
            found[f"{name} sgd"] = {**plain, "optimizer": "sgd", "momentum": 0.9, "rate": 0.02 * factor}
    return found


def _one(chance: np.random.Generator, among: tuple[Any, ...]) -> Any:
    return among[int(chance.integers(len(among)))]


BASES: dict[str, Mapping[str, Any]] = _bases()
REFERENCE = {"processes": "processes pooled", "brackets": "brackets lstm", "gratings": "gratings cnn",
             "patches": "patches cnn", "finnish": "finnish lstm"}  # fmt: skip
RANDOM = tuple(name for name in BASES if not name.endswith(("sgd", "claims", "entailment")))

ADAPTIVE = ("subscribers", "species", "particles")
CLEAR = ("species", "particles")
SGD = ("subscribers sgd", "species sgd", "particles sgd")
REAL = ("wages", "flow", "relatedness")
READING = ("processes gru", "processes spaces", "brackets lstm", "brackets spaces", "taxis gru")
SEEING = ("gratings cnn", "gratings separable", "patches cnn", "patches separable")
COULD: dict[tuple[int, ...], tuple[str, ...]] = {
    (1, 4, 7, 9, 12, 32, 46, 57): SGD,
    (35,): ("species sgd", "particles sgd"),
    (2, 8, 16, 26, 40, 42, 51, 52, 56, 72): (
        *ADAPTIVE,
        "species drawn",
        "particles drawn",
        "subscribers drawn",
    ),
    (23, 24, 25, 27, 28, 29, 31, 33, 34, 39, 41, 43, 44, 53, 55): CLEAR,
    (63, 64): CLEAR,
    (3, 10, 49, 66): ("gratings cnn", "patches cnn", "gratings separable"),
    (5, 68): ("finnish transformer",),
    (6,): ("brackets lstm", "taxis gru"),
    (11, 47, 48): READING,
    (13, 14, 30, 59, 65, 71): (*ADAPTIVE, *REAL),
    (17,): ("subscribers", "flow", "wages"),
    (19,): ("patches cnn",),
    (20, 61): ("subscribers", "subscribers drawn", "species", "claims drawn"),
    (21,): ("taxis spaces", "taxis gru", "flow"),
    (22, 36, 37, 38): (*REAL, "wages drawn", "flow drawn", "taxis"),
    (45,): (*ADAPTIVE, "claims drawn"),
    (50,): (*SGD, "flow", "wages"),
    (60, 62): REAL,
    (67,): ("finnish lstm", "finnish spaces"),
    (70,): ("taxis transformer",),
}
"""By the numbers of faults: the healthy trainings that they could stand on."""


def faults() -> dict[int, str]:
    """Return the healthy training that each fault stands on."""
    chance = np.random.default_rng(SEED + 1)
    return {number: _one(chance, bases) for numbers, bases in COULD.items() for number in numbers}


def does(*wiring: str) -> frozenset[str]:
    """Name what the loop does otherwise."""
    return frozenset(wiring)


LIKELY: list[tuple[str, bool, int, tuple[str, ...], Mapping[str, Any]]] = [
    ("tanh", False, 2, (*ADAPTIVE, *REAL), {"activation": "tanh"}),
    ("sigmoid, one layer", False, 1, ADAPTIVE, {"activation": "sigmoid", "widths": (64,), "rate": 8e-3}),
    ("softplus", False, 1, (*ADAPTIVE, *REAL), {"activation": "softplus"}),
    ("a single linear layer", False, 1, ("subscribers",), {"widths": (), "rate": 5e-3}),
    ("a network as wide as deep", False, 1, (*CLEAR, "flow"),
     {"widths": (24,) * 7, "normalization": "batch"}),
    ("wide and deep", False, 1, (*ADAPTIVE, *REAL), {"network": "wide"}),
    ("one cycle", True, 2, (*ADAPTIVE, *REAL, "processes pooled", *SEEING), {"schedule": "one-cycle"}),
    ("warm-up and cosine", True, 1, ("taxis transformer", "finnish transformer", "taxis gru"),
     {"schedule": "warm-up and cosine"}),
    ("inverse root", True, 1, ("finnish transformer", "taxis transformer"), {"schedule": "inverse root"}),
    ("restarts", True, 1, SGD, {"schedule": "restarts"}),
    ("milestones", True, 1, SGD, {"schedule": "milestones"}),
    ("a rate that fades", True, 1, REAL, {"schedule": "exponential", "rate": 6e-3}),
    ("RMSprop", False, 1, (*ADAPTIVE, *REAL), {"optimizer": "rmsprop", "rate": 1e-3}),
    ("Nesterov", False, 1, SGD, {"optimizer": "nesterov"}),
    ("Adagrad", False, 1, ADAPTIVE, {"optimizer": "adagrad", "rate": 0.05}),
    ("RAdam", False, 1, (*ADAPTIVE, *REAL), {"optimizer": "radam"}),
    ("NAdam", False, 1, READING, {"optimizer": "nadam"}),
    ("AdamW with decay .1", False, 1, (*ADAPTIVE, *SEEING), {"optimizer": "adamw", "decay": 0.1}),
    ("clipped to 1", True, 2, READING, {"clip": 1.0}),
    ("clipped to .1, Adam", True, 1, (*ADAPTIVE, "processes gru"), {"clip": 0.1}),
    ("batches of eight", True, 1, (*ADAPTIVE, *REAL), {"batch": 8, "rate": 1e-3, "epochs": 8}),
    ("batches of 256", False, 1, (*ADAPTIVE, *REAL), {"batch": 256, "rate": 1e-2, "epochs": 40}),
    ("three percent of labels wrong", True, 1, ADAPTIVE, {"spoils": (("labels_wrong", 0.03),)}),
    ("eight percent of labels wrong", True, 1, CLEAR, {"spoils": (("labels_wrong", 0.08),)}),
    ("classes 1:4", True, 1, CLEAR, {"spoils": (("imbalanced", 4.0),)}),
    ("classes drawn alike", True, 2, ("claims", "entailment"), {"wiring": does("balanced")}),
    ("classes weighed alike", True, 2, ("claims drawn", "entailment drawn"), {"loss": "weighted"}),
    ("dropout .5", True, 2, (*ADAPTIVE, "gratings cnn", "processes pooled"), {"dropout": 0.5, "epochs": 25}),
    ("noisy inputs in training", False, 1, ("species", *SEEING), {"augmentation": 0.3}),
    ("mixed rows", True, 1, (*ADAPTIVE, *SEEING), {"wiring": does("mixed")}),
    ("label smoothing", True, 1, (*ADAPTIVE, "processes pooled"), {"loss": "smoothed"}),
    ("focal loss", True, 1, ADAPTIVE, {"loss": "focal"}),
    ("margin loss", True, 1, CLEAR, {"loss": "margin"}),
    ("a yes or no for each class", False, 1, (*CLEAR, "processes gru"), {"loss": "binary one hot"}),
    ("absolute errors", False, 1, (*REAL, "taxis"), {"loss": "absolute"}),
    ("Huber's loss", False, 1, (*REAL, "taxis"), {"loss": "huber"}),
    ("a likelihood of numbers", True, 1, (*REAL, "taxis"),
     {"loss": "gaussian", "wiring": does("loss may rise")}),
    ("two rates", True, 1, (*ADAPTIVE, *SEEING), {"wiring": does("two rates"), "rate": 6e-3}),
    ("stopped early", True, 2, (*ADAPTIVE, *REAL), {"wiring": does("stop early"), "epochs": 60}),
    ("goes on where it stood", True, 1, (*CLEAR, *REAL), {"pretraining": 6, "epochs": 5}),
    ("fine-tuning", True, 1, (*CLEAR, *SEEING), {"pretraining": 10, "rate": 2e-5, "epochs": 4}),
    ("SELU, eight layers", False, 1, (*ADAPTIVE, *REAL), {"activation": "selu", "widths": (32,) * 8}),
    ("ten residual layers", True, 1, (*ADAPTIVE, *REAL),
     {"network": "residual", "widths": (32,) * 10, "normalization": "layer"}),
    ("eight units", True, 1, ("subscribers", "particles"), {"widths": (8,), "rate": 1e-2}),
    ("1024 units", True, 1, CLEAR, {"widths": (1024,), "epochs": 12}),
    ("raw inputs, normalised inside", True, 1, (*ADAPTIVE, *REAL),
     {"preparation": "raw", "normalization": "batch"}),
    ("raw inputs of a likely size", True, 2, ("species", "relatedness", "gratings cnn"),
     {"preparation": "raw"}),
    ("inputs from 0 to 1", False, 1, SEEING, {"preparation": "unit", "epochs": 30}),
    ("averaged weights", True, 1, (*ADAPTIVE, *REAL), {"wiring": does("average")}),
    ("accumulation over four batches", True, 1, (*ADAPTIVE, *REAL, *SEEING), {"batch": 8, "accumulation": 4}),
    ("sixty epochs", True, 1, (*CLEAR, "flow"), {"epochs": 60}),
    ("slow and sure", True, 1, (*ADAPTIVE, *REAL, "processes pooled"), {"rate": 4e-4, "epochs": 50}),
    ("attention, normalised after", True, 1, ("taxis transformer", "finnish transformer"),
     {"before": False, "schedule": "warm-up", "rate": 2e-3}),
    ("a cosine down to nothing", False, 2, (*ADAPTIVE, *REAL, *SEEING, *READING), {"schedule": "cosine"}),
    ("as language models are trained", True, 1, ("finnish transformer",),
     {"optimizer": "adamw", "decay": 0.1, "clip": 1.0, "schedule": "warm-up and cosine",
      "start": ("normal", 0.02), "batch": 16, "accumulation": 2}),
    ("as residual networks are trained", True, 1, ("gratings cnn sgd",),
     {"optimizer": "nesterov", "decay": 5e-4, "schedule": "milestones", "normalization": "batch"}),
    ("as attention is fitted to tables", False, 1, (*ADAPTIVE, *REAL),
     {"optimizer": "adamw", "decay": 0.01, "dropout": 0.1, "schedule": "linear", "normalization": "layer",
      "activation": "gelu"}),
    ("batch normalisation and dropout", True, 2, (*ADAPTIVE, "flow"),
     {"normalization": "batch", "dropout": 0.3, "widths": (128, 64), "epochs": 15}),
    ("SGD without momentum", False, 1, SGD, {"momentum": 0.0, "rate": 0.1, "epochs": 30}),
    ("momentum .98", True, 1, SGD, {"momentum": 0.98, "rate": 3e-3}),
    ("Adam with epsilon .001", False, 1, (*ADAPTIVE, *REAL), {"epsilon": 1e-3}),
    ("biases of .1", False, 1, (*ADAPTIVE, *REAL), {"start": ("bias", 0.1)}),
    ("ever narrower", False, 1, (*CLEAR, "flow"), {"widths": (128, 64, 32, 16, 8)}),
    ("six hundred rows", True, 2, ("species", "particles", "flow", "subscribers"),
     {"spoils": (("few_rows", 600.0),), "widths": (32,), "dropout": 0.1, "epochs": 20}),
    ("half precision", True, 1, (*CLEAR, "gratings cnn"), {"precision": "float16"}),
    ("squared errors of classes", True, 1, (*CLEAR, "gratings cnn"), {"loss": "squared one hot"}),
    ("smoothed labels of mixed rows", True, 1, SEEING, {"loss": "smoothed", "wiring": does("mixed")}),
]  # fmt: skip
"""Name, whether it looks odd, how many are drawn, from which healthy trainings, and what is changed."""


def controls() -> list[tuple[str, bool, str, Mapping[str, Any]]]:
    """Return all healthy trainings: everything as it is, then the changes on what chance says."""
    chance = np.random.default_rng(SEED + 2)
    drawn = [
        (name, odd, ", ".join(sorted(chance.permutation(np.array(bases))[:count].tolist())), changes)
        for name, odd, count, bases, changes in LIKELY
    ]
    return [("as it is", False, ", ".join(BASES), {}), *drawn]
