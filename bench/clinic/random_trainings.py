"""Random trainings: configurations drawn blindly, labelled by nothing but how they end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .later import LATER
from .setting import BASES, UNEVEN, Part, Setting

TUNING = ("digits", "churn", "mnist", "cancer", "iris", "diabetes", "digits cnn", "mnist cnn",
          "digits rnn", "digits lstm", "mnist lstm", "text lstm")  # fmt: skip
HELD_OUT = ("titanic", "robot", "fashion", "fashion", "wine", "california", "california", "fashion cnn",
            "digits gru", "fashion gru", "digits transformer", "text gru", "text transformer")  # fmt: skip
FURTHER = ("adult", "bank", "compas", "energy", "energy", "yacht", "yacht", "diabetes", "clouds", "iris",
           "cancer", "pictures", "pictures cnn", "arrows", "arrows rnn", "arrows lstm")  # fmt: skip
FRESH = ("letters", "letters", "questions", "connections", "spoken", "spoken cnn", "spoken lstm",
         "spoken gru", "power days", "power days rnn", "power days transformer", "concrete", "concrete",
         "power plant", "bike", "shakespeare lstm", "shakespeare gru",
         "shakespeare transformer")  # fmt: skip
THIRD = ("moons", "hinges", "hinges", "uneven", "sums gru", "sums lstm", "mammography", "thyroid", "polarity",
         "oil", "oil gru", "oil transformer", "motions", "motions lstm", "web talk lstm",
         "web talk transformer")  # fmt: skip
SEALED = ("colic", "messages", "news", "air", "air", "air hours", "air hours dilated", "air hours both",
          "air hours mixer", "cardio", "glands", "satellite", "impedance", "impedance", "shells",
          "chi square",
          "order dilated", "order both", "order mixer", "speeches lstm", "speeches dilated")  # fmt: skip

DRAWS: dict[Part, tuple[tuple[int, tuple[str, ...], int], ...]] = {
    "tuning": ((7000, TUNING, 1000), (7003, FURTHER, 100), (7004, THIRD, 80)),
    "held-out": ((7001, HELD_OUT, 1000),),
    "fresh": ((7002, FRESH, 100),),
    "sealed": ((7005, SEALED, 100),),
    "last": ((LATER["last"].seed, LATER["last"].random, 100),),
    "blind": ((LATER["blind"].seed, LATER["blind"].random, 100),),
    "unseen": ((LATER["unseen"].seed, LATER["unseen"].random, 100),),
}
"""Of each part: seeds of the draws, the trainings whose data and kind of network are drawn from, and how
many there are at most."""

REFERENCE = {"digits": "digits sgd", "mnist": "mnist cnn", "fashion": "fashion sgd", "text": "text lstm",
             "pictures": "pictures cnn", "spoken": "spoken cnn",
             "shakespeare": "shakespeare lstm", "sentences": "sentences lstm",
             "sums": "sums lstm", "web talk": "web talk lstm", "motions": "motions lstm",
             "order": "order dilated",
             "speeches": "speeches lstm",
             **LATER["last"].reference, **LATER["blind"].reference, **LATER["unseen"].reference,
             **{name: f"{name} weighted" for name in UNEVEN}}  # fmt: skip

LAYERED = ("dilated", "mixer", "gated", "pooled", "maxout", "linked", "crossed", "separable", "spaces")
"""Networks of their own of one to three layers, with dropout."""

GOOD, BAD, BAD_NUMBERS = 0.95, 0.8, 0.5


def reference(setting: Setting) -> Setting:
    """Return the healthy training whose score is the measure for all on the same data."""
    return BASES[REFERENCE.get(setting.data, setting.data)]


def label(score: float, trivial: float, healthy: float) -> str:
    """Return "good", "bad" or "between", by the share of the healthy gain over the trivial answer."""
    share = (score - trivial) / max(healthy - trivial, 1e-9)
    if share >= GOOD:
        return "good"
    return "bad" if share < (BAD if trivial else BAD_NUMBERS) else "between"


def trainings(count: int, part: Part) -> Iterator[tuple[Setting, int]]:
    """Yield random settings, so many of each draw, each with the seed of its data and weights."""
    for seed, bases, most in DRAWS[part]:
        generator = np.random.default_rng(seed)
        for number in range(min(count, most)):
            yield draw(generator, bases), number % 5


def draw(generator: np.random.Generator, bases: tuple[str, ...]) -> Setting:
    """Draw one setting."""
    base = BASES[str(generator.choice(bases))]
    optimizer = str(generator.choice(["sgd", "sgd", "adam", "adam", "adamw"]))
    decades = (-4.5, 0.8) if optimizer == "sgd" else (-6.0, -0.3)
    changes = {
        "optimizer": optimizer,
        "rate": float(10 ** generator.uniform(*decades)),
        "momentum": float(generator.choice([0.0, 0.9])) if optimizer == "sgd" else 0.0,
        "decay": float(generator.choice([0.0, 0.0, 1e-3])),
        "batch": int(generator.choice([16, 32, 64, 128])),
        "schedule": str(generator.choice(["", "", "", "cosine", "warm-up"])),
        "preparation": str(generator.choice(["standard", "standard", "standard", "unit", "raw"])),
        "clip": float(generator.choice([0.0, 0.0, 1.0])),
    }
    if base.network == "mlp":
        depth, width = int(generator.integers(1, 8)), int(generator.choice([32, 64, 128, 256]))
        changes |= {
            "widths": (width,) * depth,
            "activation": str(generator.choice(["relu", "relu", "tanh", "sigmoid", "gelu", "leaky"])),
            "normalization": str(generator.choice(["", "", "batch", "layer"])),
            "network": str(generator.choice(["mlp", "mlp", "mlp", "residual"])),
        }
    elif base.network == "cnn":
        changes |= {"normalization": str(generator.choice(["", "batch"]))}
        changes |= {"activation": str(generator.choice(["relu", "relu", "tanh", "gelu"]))}
    elif base.network in LAYERED:
        changes |= {"widths": (int(generator.choice([16, 24, 32])),) * int(generator.integers(1, 4))}
    elif base.network == "transformer":
        changes |= {"before": bool(generator.random() < 0.6), "widths": (32,) * int(generator.integers(1, 4))}
    else:
        changes |= {"widths": (int(generator.choice([16, 32, 64])),)}
    if base.network in ("mlp", "residual", "cnn", "transformer", *LAYERED):
        changes["dropout"] = float(generator.choice([0.0, 0.0, 0.1, 0.3, 0.5]))
    return base.but(changes)
