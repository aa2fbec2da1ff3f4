"""The blind part: architectures, optimizers and rates drawn by chance, and faults and controls set on them.

Which healthy trainings a fault or a control can stand on is written here; which of them it is, chance says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

SEED = 61
CLASSES = {"teacher": 14, "branches": 15, "spirals": 40, "orders": 10, "alarms": 14}
NUMBERS = {"prices": 15, "arm": 15}
"""Tables, and their epochs."""
ACTIVATIONS = ("relu", "relu", "gelu", "silu", "leaky", "elu", "tanh")
WIDTHS = ((64, 32), (96,), (48, 48), (96, 48, 24), (40, 40, 40))
OPTIMIZERS = ("adam", "adam", "adamw", "nadam", "rmsprop")
NETWORKS = frozenset({"maxout", "linked", "attentive"})
UNEVEN = ("alarms",)

READERS: dict[str, Mapping[str, Any]] = {
    "tones gru": {"data": "tones", "network": "gru", "epochs": 25, "widths": (40,), "rate": 6e-3},
    "tones pooled": {"data": "tones", "network": "pooled", "epochs": 15, "widths": (24, 24), "rate": 3e-3},
    "tones attentive": {"data": "tones", "network": "attentive", "epochs": 25, "widths": (32,), "rate": 5e-3},
    "glyphs transformer": {
        "data": "glyphs", "network": "transformer", "epochs": 25, "widths": (32, 32), "rate": 4e-3,
    },
    "pulses lstm": {"data": "pulses", "network": "lstm", "epochs": 20, "widths": (24,), "rate": 8e-3},
    "pulses attentive": {
        "data": "pulses", "network": "attentive", "epochs": 20, "widths": (24,), "rate": 5e-3,
    },
    "pulses dilated": {
        "data": "pulses", "network": "dilated", "epochs": 20, "widths": (16, 16, 16, 16), "rate": 5e-3,
    },
    "heart": {"epochs": 10, "widths": (32, 16), "rate": 2e-3},
    "heart gru": {"data": "heart", "network": "gru", "epochs": 10, "widths": (24,), "rate": 5e-3},
    "summers": {"epochs": 10, "widths": (32, 16), "rate": 2e-3, "activation": "silu"},
    "summers attentive": {
        "data": "summers", "network": "attentive", "epochs": 10, "widths": (24,), "rate": 4e-3,
    },
    "glyphs cnn": {"data": "glyphs", "network": "cnn", "epochs": 12, "widths": (8, 16), "rate": 4e-3},
    "glyphs cnn sgd": {
        "data": "glyphs", "network": "cnn", "epochs": 12, "widths": (8, 16), "optimizer": "sgd",
        "momentum": 0.9, "rate": 0.03,
    },
    "captions lstm": {"data": "captions", "network": "lstm", "widths": (48,), "rate": 1e-2, "epochs": 8},
    "captions dilated": {
        "data": "captions", "network": "dilated", "widths": (48, 48), "rate": 5e-3, "epochs": 8,
    },
    "captions transformer": {
        "data": "captions", "network": "transformer", "widths": (48, 48), "rate": 5e-3, "epochs": 16,
    },
}  # fmt: skip


def _bases() -> dict[str, Mapping[str, Any]]:
    """Return the healthy trainings: of each table one plain, one drawn and one with SGD, and the readers."""
    chance, found = np.random.default_rng(SEED), dict(READERS)
    for name, epochs in {**CLASSES, **NUMBERS}.items():
        factor = float(np.exp(chance.uniform(np.log(0.7), np.log(1.6))))
        plain = {"data": name, "epochs": epochs, "widths": _one(chance, WIDTHS)}
        found[name] = {**plain, "rate": 3e-3 * factor}
        kind = "linked" if name == "spirals" else _one(chance, ("mlp", "maxout", "linked"))
        optimizer = _one(chance, OPTIMIZERS)
        found[f"{name} drawn"] = {
            **plain,
            "network": kind,
            "widths": _one(chance, WIDTHS),
            "activation": _one(chance, ACTIVATIONS),
            "normalization": _one(chance, ("", "layer", "batch")) if kind == "mlp" else "",
            "optimizer": optimizer,
            "rate": (1.5e-3 if optimizer == "rmsprop" else 3e-3) * factor,
            "batch": _one(chance, (16, 32, 48)),
        }
        if name in CLASSES and name not in ("spirals", "alarms"):
            found[f"{name} sgd"] = {**plain, "optimizer": "sgd", "momentum": 0.9, "rate": 0.02 * factor}
    return found


def _one(chance: np.random.Generator, among: tuple[Any, ...]) -> Any:
    return among[int(chance.integers(len(among)))]


BASES: dict[str, Mapping[str, Any]] = _bases()
REFERENCE = {"tones": "tones pooled", "pulses": "pulses lstm", "captions": "captions lstm",
             "glyphs": "glyphs cnn"}  # fmt: skip
RANDOM = tuple(name for name in BASES if not name.endswith(("sgd", "alarms", "orders drawn")))

ADAPTIVE = ("teacher", "branches", "orders")
SGD = ("teacher sgd", "branches sgd", "orders sgd")
REAL = ("prices", "arm")
READING = ("tones gru", "tones attentive", "pulses attentive", "pulses lstm", "heart gru")
COULD: dict[tuple[int, ...], tuple[str, ...]] = {
    (1, 4, 7, 9, 12, 32, 46, 57): SGD,
    (35,): ("teacher sgd", "branches sgd"),
    (2, 8, 16, 26, 40, 42, 51, 52, 56, 72): (*ADAPTIVE, "teacher drawn", "branches drawn", "orders drawn"),
    (23, 24, 25, 27, 28, 29, 31, 33, 39, 41, 43, 44, 53, 55): ("teacher", "branches"),
    (63, 64): ("teacher", "branches"),
    (3, 10, 49, 66): ("glyphs cnn",),
    (5, 68): ("captions transformer",),
    (6,): ("pulses lstm", "heart gru"),
    (11, 47, 48): READING,
    (13, 14, 30, 59, 65, 71): (*ADAPTIVE, *REAL),
    (17,): ("orders", "branches", "arm"),
    (20, 61): ("orders", "orders drawn", "teacher", "alarms drawn"),
    (21,): ("summers attentive", "pulses lstm", "arm"),
    (22, 36, 37, 38): (*REAL, "prices drawn", "arm drawn", "summers"),
    (45,): (*ADAPTIVE, "spirals"),
    (50,): (*SGD, "arm", "prices"),
    (60, 62): REAL,
    (67,): ("captions lstm", "captions dilated"),
    (70,): ("glyphs transformer",),
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
    ("tanh", False, 2, ("teacher", "spirals", *REAL), {"activation": "tanh"}),
    ("sigmoid, one layer", False, 1, ("teacher", "orders"),
     {"activation": "sigmoid", "widths": (64,), "rate": 8e-3}),
    ("softplus", False, 2, (*ADAPTIVE, *REAL), {"activation": "softplus"}),
    ("a single linear layer", False, 1, ("orders",), {"widths": (), "rate": 5e-3}),
    ("a network as wide as deep", False, 2, ("teacher", "branches", "arm"),
     {"widths": (24,) * 7, "normalization": "batch"}),
    ("wide and deep", False, 2, (*ADAPTIVE, *REAL), {"network": "wide"}),
    ("one cycle", True, 2, (*ADAPTIVE, *REAL, "tones pooled", "glyphs cnn"), {"schedule": "one-cycle"}),
    ("warm-up and cosine", True, 2, ("glyphs transformer", "captions transformer", "heart gru"),
     {"schedule": "warm-up and cosine"}),
    ("inverse root", True, 1, ("captions transformer", "glyphs transformer"), {"schedule": "inverse root"}),
    ("restarts", True, 1, SGD, {"schedule": "restarts"}),
    ("milestones", True, 1, SGD, {"schedule": "milestones"}),
    ("a rate that fades", True, 1, REAL, {"schedule": "exponential", "rate": 6e-3}),
    ("RMSprop", False, 1, (*ADAPTIVE, *REAL), {"optimizer": "rmsprop", "rate": 1e-3}),
    ("Nesterov", False, 1, SGD, {"optimizer": "nesterov"}),
    ("Adagrad", False, 1, ADAPTIVE, {"optimizer": "adagrad", "rate": 0.05}),
    ("RAdam", False, 2, (*ADAPTIVE, *REAL), {"optimizer": "radam"}),
    ("NAdam", False, 1, READING, {"optimizer": "nadam"}),
    ("AdamW with decay .1", False, 1, (*ADAPTIVE, "glyphs cnn"), {"optimizer": "adamw", "decay": 0.1}),
    ("clipped to 1", True, 2, READING, {"clip": 1.0}),
    ("clipped to .1, Adam", True, 1, (*ADAPTIVE, "tones gru"), {"clip": 0.1}),
    ("batches of eight", True, 1, (*ADAPTIVE, *REAL), {"batch": 8, "rate": 1e-3, "epochs": 8}),
    ("batches of 256", False, 2, (*ADAPTIVE, *REAL), {"batch": 256, "rate": 1e-2, "epochs": 40}),
    ("three percent of labels wrong", True, 1, ADAPTIVE, {"spoils": (("labels_wrong", 0.03),)}),
    ("eight percent of labels wrong", True, 1, ADAPTIVE, {"spoils": (("labels_wrong", 0.08),)}),
    ("classes 1:4", True, 2, ("teacher", "branches"), {"spoils": (("imbalanced", 4.0),)}),
    ("classes drawn alike", True, 1, ("alarms",), {"wiring": does("balanced")}),
    ("classes weighed alike", True, 1, ("alarms drawn",), {"loss": "weighted"}),
    ("dropout .5", True, 2, ("teacher", "orders", "glyphs cnn", "tones pooled"),
     {"dropout": 0.5, "epochs": 25}),
    ("noisy inputs in training", False, 1, ("teacher", "glyphs cnn"), {"augmentation": 0.3}),
    ("mixed rows", True, 1, (*ADAPTIVE, "glyphs cnn"), {"wiring": does("mixed")}),
    ("label smoothing", True, 1, (*ADAPTIVE, "tones pooled"), {"loss": "smoothed"}),
    ("focal loss", True, 1, ADAPTIVE, {"loss": "focal"}),
    ("margin loss", True, 1, ("teacher", "branches"), {"loss": "margin"}),
    ("a yes or no for each class", False, 1, ("teacher", "branches", "tones gru"),
     {"loss": "binary one hot"}),
    ("absolute errors", False, 2, (*REAL, "heart", "summers"), {"loss": "absolute"}),
    ("Huber's loss", False, 1, (*REAL, "heart"), {"loss": "huber"}),
    ("a likelihood of numbers", True, 1, (*REAL, "summers"),
     {"loss": "gaussian", "wiring": does("loss may rise")}),
    ("two rates", True, 1, (*ADAPTIVE, "glyphs cnn"), {"wiring": does("two rates"), "rate": 6e-3}),
    ("stopped early", True, 2, (*ADAPTIVE, *REAL), {"wiring": does("stop early"), "epochs": 60}),
    ("goes on where it stood", True, 2, (*ADAPTIVE, *REAL), {"pretraining": 6, "epochs": 5}),
    ("fine-tuning", True, 1, (*ADAPTIVE, "glyphs cnn"), {"pretraining": 10, "rate": 2e-5, "epochs": 4}),
    ("SELU, eight layers", False, 1, (*ADAPTIVE, *REAL), {"activation": "selu", "widths": (32,) * 8}),
    ("ten residual layers", True, 2, (*ADAPTIVE, *REAL),
     {"network": "residual", "widths": (32,) * 10, "normalization": "layer"}),
    ("eight units", True, 1, ("orders", "alarms"), {"widths": (8,), "rate": 1e-2}),
    ("1024 units", True, 1, ("teacher", "spirals"), {"widths": (1024,), "epochs": 12}),
    ("raw inputs, normalised inside", True, 2, (*ADAPTIVE, *REAL),
     {"preparation": "raw", "normalization": "batch"}),
    ("raw inputs of a likely size", True, 2, ("teacher", *REAL, "glyphs cnn"), {"preparation": "raw"}),
    ("inputs from 0 to 1", False, 1, ("branches", "glyphs cnn"), {"preparation": "unit", "epochs": 30}),
    ("averaged weights", True, 1, (*ADAPTIVE, *REAL), {"wiring": does("average")}),
    ("accumulation over four batches", True, 2, (*ADAPTIVE, *REAL, "glyphs cnn"),
     {"batch": 8, "accumulation": 4}),
    ("sixty epochs", True, 2, (*ADAPTIVE, *REAL), {"epochs": 60}),
    ("slow and sure", True, 2, (*ADAPTIVE, *REAL, "tones pooled"), {"rate": 4e-4, "epochs": 50}),
    ("attention, normalised after", True, 1, ("glyphs transformer", "captions transformer"),
     {"before": False, "schedule": "warm-up", "rate": 2e-3}),
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
