"""The history of a training: one record a round, a round being the steps between two looks at validation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from netwright.training.gradient_flow import LayerFlow


@dataclass(frozen=True)
class Round:
    """What one round of training steps brought.

    Attributes:
        number: from 1.
        step: updates of the weights so far.
        epoch: visits of all training rows so far, such as 2.5.
        train_loss: mean of the objective over the round's steps.
        validation: scores on held-out rows by name, "loss" among them; empty without such rows.
        learning_rate: of the last step.
        seconds: training time so far.
        best: whether the monitored score was the best so far.
        layers: sizes of gradients, weights and updates by layer.
    """

    number: int
    step: int
    epoch: float
    train_loss: float
    validation: dict[str, float]
    learning_rate: float
    seconds: float
    best: bool
    layers: dict[str, LayerFlow] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Round:
        """Return the round that `to_json` wrote."""
        layers = {name: LayerFlow(**sizes) for name, sizes in data["layers"].items()}
        return Round(**{**data, "layers": layers})
