"""Further healthy trainings: what people do to optimizers, schedules, losses and rows, and it is well.

The first bases of a line belong to the tuning part, the second to the sealed part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def does(*wiring: str) -> frozenset[str]:
    """Name what the loop does otherwise."""
    return frozenset(wiring)


SGD = {"optimizer": "sgd", "momentum": 0.9}

FURTHER: list[tuple[str, bool, str, str, Mapping[str, Any]]] = [
    ("as it is", False,
     "moons, hinges, uneven, sums gru, sums lstm, mammography, thyroid, polarity, oil, oil gru, "
     "oil transformer, motions lstm, web talk lstm, web talk transformer",
     "colic, messages, news, air, air hours dilated, air hours both, air hours mixer, cardio, glands, "
     "satellite, impedance, shells sgd, chi square, order dilated, order both, order mixer, speeches lstm, "
     "speeches dilated", {}),
    ("softmax regression", False, "mammography, polarity, uneven", "messages",
     {"widths": (), "rate": 5e-3}),
    ("one cycle", True, "digits, moons, hinges, oil transformer", "shells",
     {"schedule": "one-cycle", "rate": 1e-2}),
    ("one cycle of SGD", True, "mnist cnn, uneven", "glands",
     {**SGD, "schedule": "one-cycle", "rate": 0.2}),
    ("a line down to nothing", False, "adult, web talk lstm", "air hours both",
     {"schedule": "linear"}),
    ("milestones", True, "digits sgd, pictures cnn, hinges", "news sgd",
     {"schedule": "milestones"}),
    ("a rate that fades", True, "digits, energy", "chi square", {"schedule": "exponential", "rate": 5e-3}),
    ("warm-up and cosine", True, "oil transformer, web talk transformer, digits, mammography",
     "air hours mixer", {"schedule": "warm-up and cosine"}),
    ("warm-up and inverse root", True, "digits transformer, web talk transformer",
     "speeches transformer", {"schedule": "inverse root"}),
    ("RMSprop", False, "digits, sums gru, bank", "air", {"optimizer": "rmsprop"}),
    ("Nesterov", False, "digits sgd, churn", "news sgd",
     {"optimizer": "nesterov", "momentum": 0.9, "rate": 0.05}),
    ("Adagrad", False, "digits, polarity", "shells", {"optimizer": "adagrad", "rate": 0.05}),
    ("NAdam", False, "hinges, oil", "impedance", {"optimizer": "nadam"}),
    ("RAdam", False, "digits, web talk transformer", "news", {"optimizer": "radam"}),
    ("AdamW with decay .1", False, "adult, digits transformer", "glands",
     {"optimizer": "adamw", "decay": 0.1}),
    ("SGD with decay", False, "digits sgd, mnist cnn", "news sgd", {**SGD, "rate": 0.05,
     "decay": 1e-3}),
    ("clipped to 1", True, "hinges, oil gru, web talk lstm, yacht", "air hours both",
     {"clip": 1.0}),
    ("clipped to .1, Adam", True, "digits, oil transformer", "order mixer", {"clip": 0.1}),
    ("batches of eight", True, "moons, thyroid, diabetes", "colic", {"batch": 8}),
    ("batches of 256", False, "adult, hinges, uneven", "shells",
     {"batch": 256, "rate": 1e-2, "epochs": 30}),
    ("three percent of labels wrong", True, "digits, moons, mnist cnn", "order dilated",
     {"spoils": (("labels_wrong", 0.03),)}),
    ("eight percent of labels wrong", True, "adult, digits", "messages",
     {"spoils": (("labels_wrong", 0.08),)}),
    ("classes 1:4", True, "digits, uneven", "shells", {"spoils": (("imbalanced", 4.0),)}),
    ("classes drawn alike", True, "mammography, thyroid, uneven", "messages",
     {"wiring": does("balanced")}),
    ("classes weighed alike", True, "mammography, uneven", "cardio", {"loss": "weighted"}),
    ("dropout .6 in a wide network", True, "digits, polarity, mnist", "messages",
     {"widths": (512,), "dropout": 0.6, "epochs": 15}),
    ("mixed rows", True, "digits, mnist cnn, adult", "news", {"wiring": does("mixed")}),
    ("focal loss", True, "mammography, digits", "news", {"loss": "focal"}),
    ("margin loss", True, "digits, iris", "shells", {"loss": "margin"}),
    ("a yes or no for each class", False, "digits, uneven", "order both", {"loss": "binary one hot"}),
    ("absolute errors", False, "hinges, oil", "air", {"loss": "absolute"}),
    ("Huber's loss", False, "diabetes, oil gru", "air hours dilated", {"loss": "huber"}),
    ("a likelihood of numbers", True, "hinges, oil", "air",
     {"loss": "gaussian", "wiring": does("loss may rise")}),
    ("two rates", True, "digits cnn, oil transformer", "news",
     {"wiring": does("two rates"), "rate": 5e-3}),
    ("stopped early", True, "cancer, adult, moons", "cardio",
     {"wiring": does("stop early"), "epochs": 60}),
    ("goes on where it stood", True, "digits, hinges, web talk lstm", "speeches lstm",
     {"pretraining": 5, "epochs": 5}),
    ("fine-tuning", True, "mnist cnn, oil", "news",
     {"pretraining": 8, "rate": 2e-5, "epochs": 4}),
    ("SiLU", False, "hinges, pictures", "impedance", {"activation": "silu"}),
    ("ELU, six layers", False, "digits, bank", "air", {"activation": "elu", "widths": (48,) * 6}),
    ("SELU, eight layers", False, "digits, hinges", "cardio",
     {"activation": "selu", "widths": (32,) * 8}),
    ("twelve residual layers", True, "digits, adult", "air",
     {"network": "residual", "widths": (32,) * 12, "normalization": "layer"}),
    ("wide and deep", False, "adult, hinges, polarity", "colic", {"network": "wide"}),
    ("eight units", True, "moons, cancer, thyroid", "satellite", {"widths": (8,), "rate": 1e-2}),
    ("1024 units", True, "moons, uneven", "chi square", {"widths": (1024,), "epochs": 8}),
    ("raw inputs, normalised inside", True, "bank, hinges", "impedance",
     {"preparation": "raw", "normalization": "batch"}),
    ("inputs from 0 to 1", False, "mnist, churn", "news", {"preparation": "unit", "epochs": 25}),
    ("attention, normalised after", True, "oil transformer, digits transformer", "speeches transformer",
     {"before": False, "schedule": "warm-up", "rate": 2e-3}),
    ("three blocks of attention, dropout", True, "oil transformer, web talk transformer",
     "air hours mixer", {"widths": (24, 24, 24), "dropout": 0.1, "rate": 3e-3}),
    ("averaged weights", True, "mammography, web talk transformer", "order dilated",
     {"wiring": does("average")}),
    ("accumulation over four batches", True, "hinges, polarity", "air", {"batch": 8, "accumulation": 4}),
    ("forty epochs", True, "uneven, hinges", "chi square", {"epochs": 40}),
    ("slow and sure", True, "digits, hinges", "air", {"rate": 3e-4, "epochs": 30}),
]  # fmt: skip
