"""Optimizers: how the parameters follow the gradient."""

from netwright.training.optimizers.base import Optimizer
from netwright.training.optimizers.classic import SGD, Adagrad, Adam, AdamW, RMSProp
from netwright.training.optimizers.groups import ParameterGroup, parameter_groups
from netwright.training.optimizers.lion import Lion
from netwright.training.optimizers.muon import Muon
from netwright.training.optimizers.schedule_free import ScheduleFreeAdamW

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Lion",
    "Muon",
    "Optimizer",
    "ParameterGroup",
    "RMSProp",
    "ScheduleFreeAdamW",
    "parameter_groups",
]
