"""Losses by name, and the shape of targets that each of them asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from .text import PAD

Shape = Literal["classes", "one hot", "column", "flat"]


class GaussianLikelihood(nn.Module):
    """−log N(y; mean, variance) of outputs (mean, log variance), without its constant: it may be negative."""

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        mean, spread = outputs[:, :1], outputs[:, 1:].clamp(-6, 6)
        return (0.5 * spread + 0.5 * (targets - mean) ** 2 * torch.exp(-spread)).mean()


class Focal(nn.Module):
    """−(1 − p)² log p of the right class: rows that are known well hardly count (Lin et al. 2017)."""

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        logarithm = torch.log_softmax(outputs, dim=1).gather(1, targets.unsqueeze(1))
        return -((1 - logarithm.exp()) ** 2 * logarithm).mean()


@dataclass(frozen=True)
class Loss:
    """A loss function, the shape of its targets, and what it adds to the units of the head."""

    function: nn.Module
    targets: Shape
    extra_outputs: int = 0


def loss_of(name: str, classes: int, class_weights: Tensor | None = None) -> Loss:
    """Return the loss of this name; "" is cross-entropy for classes and squared error for numbers."""
    if not name:
        name = "cross-entropy" if classes else "squared"
    losses = {
        "cross-entropy": Loss(nn.CrossEntropyLoss(), "classes"),
        "smoothed": Loss(nn.CrossEntropyLoss(label_smoothing=0.1), "classes"),
        "without padding": Loss(nn.CrossEntropyLoss(ignore_index=PAD), "classes"),
        "weighted": Loss(nn.CrossEntropyLoss(weight=class_weights), "classes"),
        "cross-entropy sum": Loss(nn.CrossEntropyLoss(reduction="sum"), "classes"),
        "likelihood of logits": Loss(nn.NLLLoss(), "classes"),
        "squared one hot": Loss(nn.MSELoss(), "one hot"),
        "binary one hot": Loss(nn.BCEWithLogitsLoss(), "one hot"),
        "squared": Loss(nn.MSELoss(), "column"),
        "squared sum": Loss(nn.MSELoss(reduction="sum"), "column"),
        "squared flat": Loss(nn.MSELoss(), "flat"),
        "absolute": Loss(nn.L1Loss(), "column"),
        "focal": Loss(Focal(), "classes"),
        "margin": Loss(nn.MultiMarginLoss(), "classes"),
        "huber": Loss(nn.HuberLoss(), "column"),
        "gaussian": Loss(GaussianLikelihood(), "column", 1),
    }
    return losses[name]


def targets_of(loss: Loss, targets: np.ndarray, classes: int) -> Tensor:
    """Return targets as the loss asks for them."""
    answer = torch.from_numpy(np.ascontiguousarray(targets))
    if loss.targets == "one hot":
        return nn.functional.one_hot(answer, classes).float()
    if loss.targets == "column":
        return answer.float().unsqueeze(1)
    return answer.float() if loss.targets == "flat" else answer
