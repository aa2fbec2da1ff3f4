"""The judge: what a trained network is worth on rows that nobody else has touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .text import PAD


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes:
        score: on test rows: share of right answers (mean over classes), or the coefficient of
            determination, not under −1.
        reported: the same on the validation rows as the user sees it.
        loss: on test rows, in evaluation mode.
        trivial: score of the best constant answer.
        steps: updates made.
        seconds: of the training.
        weights: a number that is the same only for the same weights, bit for bit.
    """

    score: float
    reported: float
    loss: float
    trivial: float
    steps: int
    seconds: float
    weights: str

    def good(self, measure: str) -> float:
        """Return how good it is: its score, or for "flattery" and "slander" how little it deceives."""
        lie = self.reported - self.score
        return {"score": self.score, "flattery": -lie, "slander": lie}[measure]


def answers(model: nn.Module, inputs: Tensor, every: bool) -> Tensor:
    """Return outputs in evaluation mode; of texts, the answer to a place is asked with nothing behind it."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        if every:
            places = range(inputs.shape[1] // 3, inputs.shape[1], 3)
            outputs = torch.stack([model(inputs[:, : place + 1])[:, :, -1] for place in places], dim=2)
        else:
            outputs = model(inputs)
    model.train(was_training)
    return outputs


def score_of(outputs: Tensor, targets: np.ndarray, classes: int) -> float:
    """Return the share of right answers, mean over classes for single answers, or the R² of numbers."""
    if not classes:
        errors = ((outputs[:, 0].double().numpy() - targets) ** 2).mean()
        score = 1 - errors / targets.var()
        return float(max(score, -1.0)) if np.isfinite(score) else -1.0
    if not bool(torch.isfinite(outputs).all()):
        return trivial_of(targets, classes)
    chosen = outputs.argmax(dim=1).numpy()
    if targets.ndim == 2:
        places = range(targets.shape[1] // 3, targets.shape[1], 3)
        truth = targets[:, list(places)]
        return float((chosen == truth)[truth != PAD].mean())
    present = np.unique(targets)
    return float(np.mean([(chosen[targets == label] == label).mean() for label in present]))


def trivial_of(targets: np.ndarray, classes: int) -> float:
    """Return the score of the best constant answer."""
    if not classes:
        return 0.0
    if targets.ndim == 1:
        return 1 / len(np.unique(targets))
    letters = targets[targets != PAD]
    return float(np.bincount(letters).max() / len(letters))
