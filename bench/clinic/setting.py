"""A setting: everything that makes a small training; a fault is a setting with one thing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from .later import LATER

HELD_OUT_DATA = frozenset({"wine", "fashion", "california", "titanic", "robot"})
HELD_OUT_NETWORKS = frozenset({"gru", "transformer"})
FRESH_DATA = frozenset({"letters", "questions", "connections", "spoken", "power days", "shakespeare",
                        "concrete", "power plant", "bike"})  # fmt: skip
FURTHER_DATA = frozenset({"oil", "sums", "web talk", "motions"})  # for tuning, whatever the network
SEALED_DATA = frozenset({"colic", "messages", "news", "air", "air hours", "cardio", "glands", "satellite",
                         "impedance", "shells", "chi square", "order", "speeches"})  # fmt: skip
SEALED_NETWORKS = frozenset({"dilated", "both", "mixer"})

Part = Literal["tuning", "held-out", "fresh", "sealed", "last", "blind", "unseen"]
PARTS: tuple[Part, ...] = ("tuning", "held-out", "fresh", "sealed", "last", "blind", "unseen")
"""What thresholds were tuned on, what was looked at on the way, and what was opened last, in this order."""


@dataclass(frozen=True)
class Setting:
    """One small training.

    Attributes:
        data: name of the data set, see `data.SOURCES`.
        network: "mlp", "residual", "wide", "cnn", "rnn", "lstm", "gru", "transformer", "dilated" (in time),
            "both" (an LSTM from both ends), "mixer", "gated", "pooled", "stacked", "maxout",
            "linked" (each layer sees all before it), "attentive", "crossed" (columns multiply), "separable"
            (convolutions of each channel alone) or "spaces" (diagonal state spaces).
        widths: units of each hidden layer, channels, or model width of each block.
        activation: between layers.
        normalization: "", "batch" or "layer".
        before: transformers: whether the normalisation stands before attention.
        dropout: share of units dropped.
        output: what stands behind the last layer: "", "softmax", "relu", "sigmoid", or "cold" (divided
            by a temperature of .1).
        positions: transformers: whether they see the order.
        causal: transformers: whether places see only earlier places.
        start: initial weights: ("", 0) the layer's own, ("normal", deviation), ("constant", value),
            ("bias", value) for hidden biases, ("residual", scale) for residual branches.
        optimizer: "sgd", "nesterov", or a name in `optimizing.ADAPTIVE`.
        rate: learning rate.
        momentum: of SGD.
        decay: weight decay.
        epsilon: of Adam.
        clip: largest gradient norm, 0 for none.
        schedule: "", "collapse" (÷10 an epoch), "per batch" (made for epochs, stepped at each batch),
            "restarts" (cosine, jumps back), "warm-up" (the first tenth of the steps), and what else
            `optimizing.factor_of` knows.
        batch: rows a batch.
        epochs: visits of all training rows.
        loss: see `losses.LOSSES`.
        preparation: "standard", "unit" or "raw" inputs.
        spoils: what is done to the data, (name, amount) in this order, see `spoils.SPOILS`.
        wiring: what the loop does otherwise, see `run.py`.
        precision: "float32" or "float16".
        pretraining: epochs trained before the clinic is called in.
        accumulation: batches an update.
        augmentation: deviation of the noise on training inputs, at the end of the training if growing.
    """

    data: str = "digits"
    network: str = "mlp"
    widths: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    normalization: str = ""
    before: bool = True
    dropout: float = 0.0
    output: str = ""
    positions: bool = True
    causal: bool = True
    start: tuple[str, float] = ("", 0.0)
    optimizer: str = "adam"
    rate: float = 1e-3
    momentum: float = 0.0
    decay: float = 0.0
    epsilon: float = 1e-8
    clip: float = 0.0
    schedule: str = ""
    batch: int = 32
    epochs: int = 12
    loss: str = ""
    preparation: str = "standard"
    spoils: tuple[tuple[str, float], ...] = ()
    wiring: frozenset[str] = frozenset()
    precision: str = "float32"
    pretraining: int = 0
    accumulation: int = 1
    augmentation: float = 0.0

    def but(self, changes: Mapping[str, Any]) -> Setting:
        """Return the setting with some things changed."""
        return replace(self, **changes)

    @property
    def part(self) -> Part:
        """The part of the benchmark that its data, or else its network, belongs to."""
        later = [name for name in PARTS if name in LATER]
        for name in later:
            if self.data in LATER[name].data:
                return name
        for name in later:
            if self.network in LATER[name].networks:
                return name
        if self.data in SEALED_DATA or self.network in SEALED_NETWORKS:
            return "sealed"
        if self.data in FURTHER_DATA:
            return "tuning"
        if self.data in FRESH_DATA:
            return "fresh"
        return "held-out" if self.data in HELD_OUT_DATA or self.network in HELD_OUT_NETWORKS else "tuning"

    def key(self, seed: int) -> str:
        """Return a short name of this setting and seed for files."""
        fields = {name: value for name, value in vars(self).items() if name != "wiring"}
        text = repr((sorted(fields.items()), sorted(self.wiring), seed))
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]


BASES: dict[str, Setting] = {
    "digits": Setting(),
    "digits sgd": Setting(optimizer="sgd", rate=0.05, momentum=0.9),
    "digits cnn": Setting(network="cnn", widths=(16, 32), epochs=8),
    "digits rnn": Setting(network="rnn", widths=(64,), rate=3e-3),
    "digits lstm": Setting(network="lstm", widths=(48,), rate=5e-3),
    "digits gru": Setting(network="gru", widths=(48,), rate=5e-3),
    "digits transformer": Setting(network="transformer", widths=(32, 32), rate=2e-3),
    "mnist": Setting(data="mnist", epochs=8),
    "mnist cnn": Setting(data="mnist", network="cnn", widths=(8, 16), epochs=6, rate=3e-3),
    "mnist lstm": Setting(data="mnist", network="lstm", widths=(32,), rate=5e-3, epochs=8),
    "fashion": Setting(data="fashion", epochs=8, rate=5e-4, dropout=0.1),
    "fashion sgd": Setting(data="fashion", epochs=8, optimizer="sgd", rate=0.01, momentum=0.9),
    "fashion cnn": Setting(data="fashion", network="cnn", widths=(16, 32), epochs=9, rate=1e-3),
    "fashion gru": Setting(data="fashion", network="gru", widths=(32,), rate=5e-3, epochs=6),
    "cancer": Setting(data="cancer", epochs=20, batch=16),
    "wine": Setting(data="wine", epochs=30, batch=16, widths=(64, 32)),
    "iris": Setting(data="iris", epochs=40, batch=16, widths=(32, 32), rate=2e-3),
    "diabetes": Setting(data="diabetes", epochs=15, batch=16, widths=(32, 16)),
    "california": Setting(data="california", epochs=10, rate=2e-3),
    "churn": Setting(data="churn", epochs=6, widths=(32, 16)),
    "churn sgd": Setting(data="churn", epochs=6, widths=(32, 16), optimizer="sgd", rate=0.01, momentum=0.9),
    "titanic": Setting(data="titanic", epochs=10, widths=(32, 16), batch=16),
    "robot": Setting(data="robot", epochs=12, rate=3e-3),
    "text lstm": Setting(data="text", network="lstm", widths=(48,), rate=1e-2, epochs=8),
    "text gru": Setting(data="text", network="gru", widths=(48,), rate=1e-2, epochs=8),
    "text transformer": Setting(data="text", network="transformer", widths=(32, 32), rate=5e-3, epochs=8),
    "sentences lstm": Setting(data="sentences", network="lstm", widths=(48,), rate=1e-2, epochs=8),
    "sentences gru": Setting(data="sentences", network="gru", widths=(48,), rate=1e-2, epochs=8),
    "adult": Setting(data="adult", epochs=6, widths=(32, 16), rate=2e-3),
    "bank": Setting(data="bank", epochs=8, widths=(64, 32), rate=2e-3),
    "compas": Setting(data="compas", epochs=6, widths=(32, 16), rate=2e-3),
    "energy": Setting(data="energy", epochs=40, batch=16, widths=(64, 32), rate=3e-3),
    "yacht": Setting(data="yacht", epochs=60, batch=16, widths=(64, 32), rate=5e-3),
    "clouds": Setting(data="clouds", epochs=8, widths=(64, 32)),
    "pictures": Setting(data="pictures", epochs=8, widths=(64,), rate=5e-4, dropout=0.2),
    "pictures cnn": Setting(data="pictures", network="cnn", widths=(8, 16), epochs=8, rate=2e-3),
    "arrows rnn": Setting(data="arrows", network="rnn", widths=(32,), epochs=40, batch=16, rate=2e-3),
    "arrows lstm": Setting(data="arrows", network="lstm", widths=(32,), epochs=40, batch=16, rate=1e-2),
    "arrows": Setting(data="arrows", epochs=40, batch=16, widths=(64, 32)),
    "letters": Setting(data="letters", epochs=15, rate=3e-3),
    "letters sgd": Setting(data="letters", epochs=15, optimizer="sgd", rate=0.05, momentum=0.9),
    "questions": Setting(data="questions", epochs=6, widths=(32,), dropout=0.3, rate=2e-3),
    "connections": Setting(data="connections", epochs=6, widths=(32, 16)),
    "spoken": Setting(data="spoken", epochs=15, widths=(64, 32), dropout=0.2),
    "spoken cnn": Setting(data="spoken", network="cnn", widths=(8, 16), epochs=12, rate=3e-3),
    "spoken lstm": Setting(data="spoken", network="lstm", widths=(48,), epochs=12, rate=5e-3),
    "spoken gru": Setting(data="spoken", network="gru", widths=(48,), epochs=12, rate=5e-3),
    "power days": Setting(data="power days", epochs=20, widths=(32, 16), rate=2e-3),
    "power days rnn": Setting(data="power days", network="rnn", widths=(32,), epochs=20, rate=3e-3),
    "power days transformer": Setting(
        data="power days", network="transformer", widths=(16, 16), epochs=20, rate=3e-3
    ),
    "concrete": Setting(data="concrete", epochs=40, widths=(64, 32), rate=3e-3),
    "power plant": Setting(data="power plant", epochs=10, widths=(32, 16), rate=3e-3),
    "bike": Setting(data="bike", epochs=25, widths=(64, 32), rate=5e-3),
    "shakespeare lstm": Setting(data="shakespeare", network="lstm", widths=(48,), rate=1e-2, epochs=8),
    "shakespeare gru": Setting(data="shakespeare", network="gru", widths=(48,), rate=1e-2, epochs=8),
    "shakespeare transformer": Setting(
        data="shakespeare", network="transformer", widths=(32, 32), rate=5e-3, epochs=8
    ),
    "moons": Setting(data="moons", epochs=20, widths=(32, 16), rate=3e-3),
    "hinges": Setting(data="hinges", epochs=15, widths=(64, 32), rate=3e-3),
    "uneven": Setting(data="uneven", epochs=12, widths=(64, 32), rate=2e-3),
    "sums gru": Setting(data="sums", network="gru", widths=(32,), epochs=30, rate=5e-3),
    "sums lstm": Setting(data="sums", network="lstm", widths=(32,), epochs=30, rate=1e-2),
    "mammography": Setting(data="mammography", epochs=12, widths=(32, 16), rate=3e-3),
    "thyroid": Setting(data="thyroid", epochs=15, widths=(32, 16), rate=3e-3),
    "polarity": Setting(data="polarity", epochs=5, widths=(32,), dropout=0.3),
    "oil": Setting(data="oil", epochs=10, widths=(64, 32)),
    "oil gru": Setting(data="oil", network="gru", widths=(32,), epochs=8, rate=5e-3),
    "oil transformer": Setting(data="oil", network="transformer", widths=(16, 16), epochs=8, rate=3e-3),
    "motions lstm": Setting(data="motions", network="lstm", widths=(32,), epochs=60, batch=8, rate=5e-3),
    "motions": Setting(data="motions", epochs=40, batch=8, widths=(64, 32)),
    "web talk lstm": Setting(data="web talk", network="lstm", widths=(48,), rate=1e-2, epochs=8),
    "web talk transformer": Setting(
        data="web talk", network="transformer", widths=(32, 32), rate=5e-3, epochs=8
    ),
    "colic": Setting(data="colic", epochs=20, batch=16, widths=(32, 16)),
    "messages": Setting(data="messages", epochs=6, widths=(32,), dropout=0.2, rate=2e-3),
    "news": Setting(data="news", epochs=6, widths=(64,), dropout=0.3),
    "news sgd": Setting(data="news", epochs=8, widths=(64,), optimizer="sgd", rate=0.1, momentum=0.9),
    "air": Setting(data="air", epochs=12, widths=(64, 32), rate=3e-3),
    "air hours": Setting(data="air hours", epochs=10, widths=(64, 32)),
    "air hours dilated": Setting(
        data="air hours", network="dilated", widths=(24, 24, 24), epochs=10, rate=3e-3
    ),
    "air hours both": Setting(data="air hours", network="both", widths=(24,), epochs=8, rate=5e-3),
    "air hours mixer": Setting(data="air hours", network="mixer", widths=(24, 24), epochs=8, rate=2e-3),
    "cardio": Setting(data="cardio", epochs=15, widths=(32, 16), rate=2e-3),
    "glands": Setting(data="glands", epochs=15, widths=(64, 32), rate=5e-3),
    "satellite": Setting(data="satellite", epochs=10, widths=(32, 16), rate=2e-3),
    "impedance": Setting(data="impedance", epochs=12, widths=(64, 32), rate=3e-3),
    "shells": Setting(data="shells", epochs=15, widths=(64, 32), rate=5e-3),
    "shells sgd": Setting(
        data="shells", epochs=20, widths=(64, 32), optimizer="sgd", rate=0.05, momentum=0.9
    ),
    "chi square": Setting(data="chi square", epochs=15, widths=(64, 32), rate=3e-3),
    "order dilated": Setting(data="order", network="dilated", widths=(24, 24, 24), epochs=20, rate=3e-3),
    "order both": Setting(data="order", network="both", widths=(24,), epochs=25, rate=1e-2),
    "order mixer": Setting(data="order", network="mixer", widths=(24, 24), epochs=20, rate=3e-3),
    "speeches lstm": Setting(data="speeches", network="lstm", widths=(48,), rate=1e-2, epochs=8),
    "speeches dilated": Setting(data="speeches", network="dilated", widths=(48, 48, 48), rate=5e-3, epochs=8),
    "speeches transformer": Setting(
        data="speeches", network="transformer", widths=(32, 32), rate=5e-3, epochs=8
    ),
}
BASES |= {
    name: Setting().but({"data": name, **changes})
    for part in LATER.values()
    for name, changes in part.bases.items()
}
UNEVEN = (
    *("mammography", "thyroid", "uneven", "cardio", "glands", "satellite", "messages"),
    *(name for part in LATER.values() for name in part.uneven),
)
"""Sets whose rarest class has less than a sixth of the rows of the commonest: the score is the mean over
classes, so the measure for all on them is a training that weighs classes alike."""

BASES |= {f"{name} weighted": BASES[name].but({"loss": "weighted"}) for name in UNEVEN}
