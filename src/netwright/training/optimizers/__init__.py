"""Optimizers: how the parameters follow the gradient."""

from netwright.training.optimizers.base import Optimizer, set_rate
from netwright.training.optimizers.groups import ParameterGroup, parameter_groups
from netwright.training.optimizers.standard import SGD, AdamW

__all__ = ["SGD", "AdamW", "Optimizer", "ParameterGroup", "parameter_groups", "set_rate"]
