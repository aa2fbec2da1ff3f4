"""Losses: what training makes small. Each brings its output layer, first bias and decoding."""

from __future__ import annotations

from netwright.task import Task
from netwright.training.losses.base import Loss, TargetShape
from netwright.training.losses.classification import CrossEntropy, Focal
from netwright.training.losses.distribution import GaussianLikelihood, Poisson, Quantile
from netwright.training.losses.logit_adjusted import LogitAdjusted
from netwright.training.losses.margin import Hinge, SquaredHinge
from netwright.training.losses.regression import MAE, MSE, Huber, LogCosh

__all__ = [
    "MAE",
    "MSE",
    "CrossEntropy",
    "Focal",
    "GaussianLikelihood",
    "Hinge",
    "Huber",
    "LogCosh",
    "LogitAdjusted",
    "Loss",
    "Poisson",
    "Quantile",
    "SquaredHinge",
    "TargetShape",
    "default_loss",
]


def default_loss(task: Task) -> Loss:
    """Return the usual loss of a task: squared error for numbers, cross-entropy for classes.

    >>> default_loss(Task.REGRESSION)
    MSE()
    """
    return CrossEntropy() if task.is_classification else MSE()
