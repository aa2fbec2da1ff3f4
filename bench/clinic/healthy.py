"""Healthy trainings: 20 controls, and 20 that look odd and are well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .later import LATER
from .more_healthy import FURTHER
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
    ("ReLU", "digits, fashion, churn, titanic, adult, energy, letters, questions, bike", {}),
    ("tanh", "digits, wine, churn, titanic, robot, bank, yacht, spoken, concrete, shells",
         {"activation": "tanh"}),
    ("GELU and layer normalisation",
         "digits, fashion, churn, robot, clouds, pictures, letters, power plant, news",
     {"activation": "gelu", "normalization": "layer"}),
    ("leaky ReLU and dropout", "digits, fashion, churn, titanic, adult, compas, spoken, connections, cardio",
     {"activation": "leaky", "dropout": 0.2}),
    ("512 units", "digits, fashion, clouds, letters, impedance", {"widths": (512,), "epochs": 5}),
    ("inputs from 0 to 1, SGD", "digits sgd, fashion sgd, letters sgd", {"preparation": "unit",
     "rate": 0.05}),
    ("convolutions", "digits cnn, mnist cnn, fashion cnn, pictures cnn, spoken cnn", {}),
    ("convolutions, batch normalisation, dropout, SGD", "digits cnn, fashion cnn, spoken cnn",
     {**SGD, "rate": 0.05, "momentum": 0.9, "normalization": "batch", "dropout": 0.2}),
    ("six layers, batch normalisation", "digits, fashion, churn, bank, letters, connections, air",
     {"widths": (64,) * 6, "normalization": "batch"}),
    ("residual", "digits, fashion, clouds, letters, chi square",
         {"widths": (64,) * 4, "network": "residual"}),
    ("LSTM or GRU", "digits lstm, mnist lstm, digits gru, fashion gru, arrows lstm, spoken lstm, spoken gru",
     {}),
    ("text",
     "text lstm, text gru, text transformer, shakespeare lstm, shakespeare gru, shakespeare transformer", {}),
    ("attention with dropout", "digits transformer, power days transformer, speeches transformer",
         {"dropout": 0.1}),
    ("one sigmoid layer", "digits, wine, adult, letters, messages", {"widths": (64,), "activation": "sigmoid",
     "rate": 5e-3}),
    ("table of two classes", "cancer, iris, wine, bank, compas, connections, power days", {}),
    ("numbers", "diabetes, california, robot, energy, yacht, concrete, power plant, bike", {}),
    ("softmax regression", "digits, wine, churn, titanic, compas, clouds, questions, power days",
     {"widths": (), "rate": 3e-3}),
    ("SGD at .5 in batches of 128", "digits sgd, fashion sgd, letters sgd",
     {"rate": 0.5, "momentum": 0.0, "batch": 128, "epochs": 16}),
    ("sentences with padding", "sentences lstm, sentences gru", {"loss": "without padding"}),
    ("1:5 imbalance with weights", "digits, fashion, spoken",
     {"spoils": (("one_rare", 5.0),), "loss": "weighted"}),
]  # fmt: skip

ODD: list[tuple[str, str, Mapping[str, Any]]] = [
    ("sparse ReLU", "digits, fashion, letters, shells", {"widths": (256, 128), "start": ("bias", -0.3)}),
    ("tanh that saturates late", "digits sgd, fashion sgd, letters sgd",
     {"activation": "tanh", "rate": 0.1, "momentum": 0.0, "epochs": 20, "start": ("normal", 0.3)}),
    ("large logits", "digits, wine, clouds, spoken, news", {"output": "cold"}),
    ("heavy-tailed gradients", "text lstm, text gru, shakespeare lstm, shakespeare gru, speeches lstm",
     {"rate": 2e-2, "clip": 1.0}),
    ("cosine restarts", "digits sgd, fashion sgd, churn sgd, letters sgd, shells sgd",
         {"schedule": "restarts",
     "rate": 0.05}),
    ("dropout .5", "digits, fashion, churn, titanic, adult, letters, connections, messages",
     {"dropout": 0.5, "epochs": 20}),
    ("noisy inputs in training", "digits, fashion cnn, spoken, glands", {"augmentation": 0.7}),
    ("label smoothing", "digits, fashion, churn, titanic, compas, clouds, questions, letters, order both",
     {"loss": "smoothed"}),
    ("negative loss by design", "diabetes, california, energy, power plant, air",
     {"loss": "gaussian", "wiring": does("loss may rise")}),
    ("loss that rises by design", "digits, wine, spoken",
     {"augmentation": 1.5, "wiring": does("growing", "loss may rise"), "epochs": 20}),
    ("a rare class that is easy", "digits, mnist cnn, spoken cnn", {"spoils": (("one_rare", 10.0),)}),
    ("frozen on purpose", "digits cnn, fashion cnn, spoken cnn",
     {"pretraining": 6, "wiring": does("frozen trunk", "frozen on purpose"), "epochs": 4}),
    ("sparse embedding, two optimizers", "text lstm, text gru, shakespeare lstm",
     {"wiring": does("sparse embedding")}),
    ("accumulation over four batches", "digits, fashion, bank, letters",
     {"batch": 8, "accumulation": 4}),
    ("residual branches that start at zero", "digits, fashion, pictures, letters",
     {"network": "residual", "widths": (64,) * 6, "start": ("residual", 0.0)}),
    ("warm-up",
     "digits, digits transformer, churn, titanic, robot, energy, adult, bike, "
     "shakespeare transformer, order mixer",
     {"schedule": "warm-up", "rate": 2e-3}),
    ("averaged weights", "digits, fashion, churn, robot, yacht, concrete, letters, impedance",
     {"wiring": does("average")}),
    ("loss overfits, score does not", "digits, mnist cnn, spoken", {"epochs": 40, "widths": (16, 32)}),
    ("batches of four", "iris, wine, power days, colic", {"batch": 4, "rate": 1e-3, "epochs": 15}),
    ("fine-tuning of what is finished", "digits, fashion, letters",
     {"pretraining": 8, "rate": 1e-5, "epochs": 4}),
]  # fmt: skip


def controls() -> Iterator[Control]:
    """Yield all healthy trainings on all their bases."""
    for odd, table in ((False, PLAIN), (True, ODD)):
        for name, bases, changes in table:
            for base in bases.split(", "):
                yield Control(f"{name} ({base})", BASES[base].but(changes), odd)
    for name, odd, bases, changes in (control for part in LATER.values() for control in part.controls):
        for base in bases.split(", "):
            yield Control(f"{name} ({base})", BASES[base].but(changes), odd)
    for name, odd, tuning, sealed, changes in FURTHER:
        for base in f"{tuning}, {sealed}".split(", "):
            yield Control(f"{name} ({base})", BASES[base].but(changes), odd)
