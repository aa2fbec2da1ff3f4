"""Healthy trainings: 20 controls, and 20 that look odd and are well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .setting import BASES, Setting


@dataclass(frozen=True)
class Control:
    """A healthy training: its name, its setting, and whether it looks odd."""

    name: str
    setting: Setting
    odd: bool


def does(*wiring: str) -> frozenset[str]:
    """Name what the loop does otherwise."""
    return frozenset(wiring)


SGD = {"optimizer": "sgd"}

PLAIN: list[tuple[str, str, Mapping[str, Any]]] = [
    ("ReLU", "digits, fashion, churn, titanic", {}),
    ("tanh", "digits, wine, churn, titanic, robot", {"activation": "tanh"}),
    ("GELU and layer normalisation", "digits, fashion, churn, robot",
     {"activation": "gelu", "normalization": "layer"}),
    ("leaky ReLU and dropout", "digits, fashion, churn, titanic", {"activation": "leaky", "dropout": 0.2}),
    ("512 units", "digits, fashion", {"widths": (512,), "epochs": 5}),
    ("inputs from 0 to 1, SGD", "digits sgd, fashion sgd", {"preparation": "unit", "rate": 0.05}),
    ("convolutions", "digits cnn, mnist cnn, fashion cnn", {}),
    ("convolutions, batch normalisation, dropout, SGD", "digits cnn, fashion cnn",
     {**SGD, "rate": 0.05, "momentum": 0.9, "normalization": "batch", "dropout": 0.2}),
    ("six layers, batch normalisation", "digits, fashion, churn",
     {"widths": (64,) * 6, "normalization": "batch"}),
    ("residual", "digits, fashion", {"widths": (64,) * 4, "network": "residual"}),
    ("LSTM or GRU", "digits lstm, mnist lstm, digits gru, fashion gru", {}),
    ("text", "text lstm, text gru, text transformer", {}),
    ("attention with dropout", "digits transformer", {"dropout": 0.1}),
    ("one sigmoid layer", "digits, wine", {"widths": (64,), "activation": "sigmoid", "rate": 5e-3}),
    ("table of two classes", "cancer, iris, wine", {}),
    ("numbers", "diabetes, california, robot", {}),
    ("softmax regression", "digits, wine, churn, titanic", {"widths": (), "rate": 3e-3}),
    ("SGD at .5 in batches of 128", "digits sgd, fashion sgd",
     {"rate": 0.5, "momentum": 0.0, "batch": 128, "epochs": 16}),
    ("sentences with padding", "sentences lstm, sentences gru", {"loss": "without padding"}),
    ("1:5 imbalance with weights", "digits, fashion",
     {"spoils": (("one_rare", 5.0),), "loss": "weighted"}),
]  # fmt: skip

ODD: list[tuple[str, str, Mapping[str, Any]]] = [
    ("sparse ReLU", "digits, fashion", {"widths": (256, 128), "start": ("bias", -0.3)}),
    ("tanh that saturates late", "digits sgd, fashion sgd",
     {"activation": "tanh", "rate": 0.1, "momentum": 0.0, "epochs": 20, "start": ("normal", 0.3)}),
    ("large logits", "digits, wine", {"output": "cold"}),
    ("heavy-tailed gradients", "text lstm, text gru", {"rate": 2e-2, "clip": 1.0}),
    ("cosine restarts", "digits sgd, fashion sgd, churn sgd", {"schedule": "restarts", "rate": 0.05}),
    ("dropout .5", "digits, fashion, churn, titanic", {"dropout": 0.5, "epochs": 20}),
    ("noisy inputs in training", "digits, fashion cnn", {"augmentation": 0.7}),
    ("label smoothing", "digits, fashion, churn, titanic", {"loss": "smoothed"}),
    ("negative loss by design", "diabetes, california",
     {"loss": "gaussian", "wiring": does("loss may rise")}),
    ("loss that rises by design", "digits, wine",
     {"augmentation": 1.5, "wiring": does("growing", "loss may rise"), "epochs": 20}),
    ("a rare class that is easy", "digits, mnist cnn", {"spoils": (("one_rare", 10.0),)}),
    ("frozen on purpose", "digits cnn, fashion cnn",
     {"pretraining": 6, "wiring": does("frozen trunk", "frozen on purpose"), "epochs": 4}),
    ("sparse embedding, two optimizers", "text lstm, text gru", {"wiring": does("sparse embedding")}),
    ("accumulation over four batches", "digits, fashion",
     {"batch": 8, "accumulation": 4}),
    ("residual branches that start at zero", "digits, fashion",
     {"network": "residual", "widths": (64,) * 6, "start": ("residual", 0.0)}),
    ("warm-up", "digits, digits transformer, churn, titanic, robot", {"schedule": "warm-up", "rate": 2e-3}),
    ("averaged weights", "digits, fashion, churn, robot", {"wiring": does("average")}),
    ("loss overfits, score does not", "digits, mnist cnn", {"epochs": 40, "widths": (16, 32)}),
    ("batches of four", "iris, wine", {"batch": 4, "rate": 1e-3, "epochs": 15}),
    ("fine-tuning of what is finished", "digits, fashion",
     {"pretraining": 8, "rate": 1e-5, "epochs": 4}),
]  # fmt: skip


def controls() -> Iterator[Control]:
    """Yield all healthy trainings on all their bases."""
    for odd, table in ((False, PLAIN), (True, ODD)):
        for name, bases, changes in table:
            for base in bases.split(", "):
                yield Control(f"{name} ({base})", BASES[base].but(changes), odd)
