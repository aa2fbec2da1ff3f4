"""The last part: its healthy trainings, the faults and the controls that stand on them.

It was written down when the rules had been frozen, recorded after that, and judged once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def does(*wiring: str) -> frozenset[str]:
    """Name what the loop does otherwise."""
    return frozenset(wiring)


SGD = {"optimizer": "sgd", "momentum": 0.9}
BASES: dict[str, Mapping[str, Any]] = {
    "circles": {"epochs": 20, "widths": (32, 16), "rate": 5e-3},
    "angles": {"epochs": 15, "widths": (64, 32), "rate": 3e-3},
    "blobs": {"epochs": 10, "widths": (64, 32), "rate": 2e-3},
    "blobs sgd": {**SGD, "data": "blobs", "epochs": 10, "widths": (64, 32), "rate": 0.02},
    "corners": {"epochs": 12, "widths": (64, 32), "rate": 2e-3},
    "corners sgd": {**SGD, "data": "corners", "epochs": 12, "widths": (64, 32), "rate": 0.02},
    "corners gated": {
        "data": "corners", "network": "gated", "epochs": 12, "widths": (48, 32), "rate": 2e-3,
    },
    "plane": {"epochs": 12, "widths": (64, 32), "rate": 2e-3},
    "roll": {"epochs": 30, "widths": (64, 32), "rate": 5e-3},
    "roll gated": {"data": "roll", "network": "gated", "epochs": 30, "widths": (48, 32), "rate": 5e-3},
    "waves": {"epochs": 20, "widths": (64, 32), "rate": 2e-3},
    "waves pooled": {"data": "waves", "network": "pooled", "epochs": 15, "widths": (24, 24), "rate": 3e-3},
    "waves stacked": {"data": "waves", "network": "stacked", "epochs": 20, "widths": (32,), "rate": 5e-3},
    "pens": {"epochs": 10, "widths": (32, 16), "rate": 3e-3},
    "shuttle": {"epochs": 6, "widths": (32, 16), "rate": 3e-3},
    "sunspots": {"epochs": 10, "widths": (32, 16), "rate": 2e-3},
    "sunspots stacked": {
        "data": "sunspots", "network": "stacked", "epochs": 8, "widths": (24,), "rate": 5e-3,
    },
    "nights": {"epochs": 10, "widths": (32, 16), "rate": 2e-3},
    "nights pooled": {
        "data": "nights", "network": "pooled", "epochs": 10, "widths": (24, 24), "rate": 3e-3,
    },
    "addresses lstm": {"data": "addresses", "network": "lstm", "epochs": 8, "widths": (48,), "rate": 1e-2},
    "addresses stacked": {
        "data": "addresses", "network": "stacked", "epochs": 8, "widths": (40,), "rate": 1e-2,
    },
    "addresses transformer": {
        "data": "addresses", "network": "transformer", "epochs": 8, "widths": (32, 32), "rate": 5e-3,
    },
}  # fmt: skip
DATA = frozenset(each.get("data", name) for name, each in BASES.items())
NETWORKS = frozenset({"gated", "pooled", "stacked"})
UNEVEN = ("pens", "shuttle")
REFERENCE = {"waves": "waves pooled", "addresses": "addresses lstm"}
RANDOM = ("circles", "angles", "angles", "blobs", "corners", "corners", "corners gated", "plane", "roll",
          "roll gated", "waves", "waves pooled", "waves stacked", "pens", "shuttle", "sunspots",
          "sunspots stacked", "nights", "nights pooled", "addresses lstm", "addresses stacked")  # fmt: skip

FAULTS: dict[int, str] = {
    1: "blobs sgd", 2: "corners gated", 4: "corners sgd", 5: "addresses transformer", 7: "blobs sgd",
    8: "circles, shuttle", 9: "blobs sgd", 11: "waves stacked", 12: "corners sgd", 13: "angles", 16: "blobs",
    17: "angles", 20: "shuttle", 21: "sunspots stacked", 22: "plane", 23: "corners", 25: "blobs",
    26: "corners", 28: "blobs", 29: "corners", 30: "roll", 32: "blobs sgd", 33: "corners", 36: "angles",
    38: "plane", 39: "blobs", 40: "corners gated, waves pooled", 41: "blobs", 42: "corners",
    43: "waves pooled", 44: "blobs", 45: "circles, pens", 46: "blobs sgd", 47: "roll gated",
    48: "waves stacked", 49: "waves pooled", 50: "plane", 51: "corners gated", 52: "blobs", 53: "blobs",
    55: "corners", 56: "corners", 57: "corners sgd", 59: "nights", 60: "angles", 61: "shuttle",
    63: "corners", 64: "corners", 65: "roll", 68: "addresses transformer", 71: "blobs", 72: "corners",
}  # fmt: skip
"""By the number of the fault: the healthy trainings that it is done to."""

CONTROLS: list[tuple[str, bool, str, Mapping[str, Any]]] = [
    ("as it is", False, ", ".join(BASES), {}),
    ("tanh", False, "blobs, corners, angles, circles", {"activation": "tanh"}),
    ("a single linear layer", False, "plane, blobs", {"widths": (), "rate": 5e-3}),
    ("two linear layers", True, "plane, blobs", {"widths": (64,), "activation": "identity"}),
    ("GELU and layer normalisation", False, "corners, roll",
     {"activation": "gelu", "normalization": "layer"}),
    ("six layers, batch normalisation", False, "blobs, angles",
     {"widths": (64,) * 6, "normalization": "batch"}),
    ("one cycle", True, "corners, roll", {"schedule": "one-cycle", "rate": 1e-2}),
    ("warm-up and cosine", True, "waves stacked, corners gated", {"schedule": "warm-up and cosine"}),
    ("milestones", True, "corners sgd", {"schedule": "milestones"}),
    ("RMSprop", False, "roll", {"optimizer": "rmsprop"}),
    ("RAdam", False, "corners", {"optimizer": "radam"}),
    ("AdamW with decay .1", False, "waves pooled", {"optimizer": "adamw", "decay": 0.1}),
    ("clipped to .1, Adam", True, "waves stacked", {"clip": 0.1}),
    ("batches of eight", True, "circles", {"batch": 8}),
    ("batches of 256", False, "blobs, corners", {"batch": 256, "rate": 1e-2, "epochs": 30}),
    ("three percent of labels wrong", True, "corners, blobs", {"spoils": (("labels_wrong", 0.03),)}),
    ("classes 1:4", True, "blobs", {"spoils": (("imbalanced", 4.0),)}),
    ("classes drawn alike", True, "pens", {"wiring": does("balanced")}),
    ("classes weighed alike", True, "pens, shuttle", {"loss": "weighted"}),
    ("dropout .6 in a wide network", True, "corners", {"widths": (512,), "dropout": 0.6, "epochs": 15}),
    ("mixed rows", True, "corners", {"wiring": does("mixed")}),
    ("focal loss", True, "blobs", {"loss": "focal"}),
    ("absolute errors", False, "roll, nights", {"loss": "absolute"}),
    ("Huber's loss", False, "sunspots", {"loss": "huber"}),
    ("a likelihood of numbers", True, "plane", {"loss": "gaussian", "wiring": does("loss may rise")}),
    ("stopped early", True, "circles, angles", {"wiring": does("stop early"), "epochs": 60}),
    ("goes on where it stood", True, "corners", {"pretraining": 5, "epochs": 5}),
    ("fine-tuning", True, "blobs", {"pretraining": 8, "rate": 2e-5, "epochs": 4}),
    ("SELU, eight layers", False, "corners", {"activation": "selu", "widths": (32,) * 8}),
    ("twelve residual layers", True, "angles",
     {"network": "residual", "widths": (32,) * 12, "normalization": "layer"}),
    ("eight units", True, "circles, shuttle", {"widths": (8,), "rate": 1e-2}),
    ("1024 units", True, "circles", {"widths": (1024,), "epochs": 8}),
    ("raw inputs, normalised inside", True, "angles", {"preparation": "raw", "normalization": "batch"}),
    ("averaged weights", True, "waves pooled", {"wiring": does("average")}),
    ("accumulation over four batches", True, "corners", {"batch": 8, "accumulation": 4}),
    ("forty epochs", True, "blobs, nights pooled", {"epochs": 40}),
    ("slow and sure", True, "plane, waves", {"rate": 3e-4, "epochs": 40}),
    ("SGD at .5 in batches of 128", False, "blobs", {"optimizer": "sgd", "rate": 0.5, "batch": 128,
     "epochs": 16}),
]  # fmt: skip
