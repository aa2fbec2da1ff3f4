"""netwright: data in; out comes a trained neural network together with the evidence."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from netwright import clinic, explain, nets, trace
    from netwright.clinic.watch import watch
    from netwright.data.images import Images
    from netwright.data.sequences import Sequences
    from netwright.data.sound import Sounds
    from netwright.estimators.classifier import Classifier
    from netwright.estimators.ensemble import Ensemble
    from netwright.estimators.forecaster import Forecaster
    from netwright.estimators.perceptron import Perceptron
    from netwright.estimators.regressor import Regressor
    from netwright.estimators.saving import load
    from netwright.estimators.step_predictor import StepPredictor
    from netwright.estimators.word_vectors import WordVectors
    from netwright.metrics.threshold import choose_threshold
    from netwright.recipe.recipe import Recipe
    from netwright.training import losses, optimizers, schedules
    from netwright.training.augmentation import Augmentation
    from netwright.training.averaging import EMA, SWA
    from netwright.training.early_stopping import EarlyStopping
    from netwright.training.mixup import Mixup
    from netwright.training.penalties import L1, L2, ElasticNet
    from netwright.training.sound_augmentation import SoundAugmentation
    from netwright.treatment import treat_model
    from netwright.tune.batch_size import find_batch_size
    from netwright.tune.estimate import estimate
    from netwright.tune.range_test import range_test
    from netwright.verbs.check import check
    from netwright.verbs.compare import compare
    from netwright.verbs.curves import capacity_curve, learning_curve
    from netwright.verbs.export import export
    from netwright.verbs.forecast import forecast
    from netwright.verbs.missing import missing
    from netwright.verbs.runs import Run
    from netwright.verbs.serve import serve
    from netwright.verbs.train import train
    from netwright.verbs.treat import treat

# Where each public name lives. Loaded when first used, so that the import itself costs nothing.
_HOMES = {
    "Augmentation": "netwright.training.augmentation",
    "Classifier": "netwright.estimators.classifier",
    "EMA": "netwright.training.averaging",
    "EarlyStopping": "netwright.training.early_stopping",
    "ElasticNet": "netwright.training.penalties",
    "Ensemble": "netwright.estimators.ensemble",
    "Forecaster": "netwright.estimators.forecaster",
    "Images": "netwright.data.images",
    "L1": "netwright.training.penalties",
    "L2": "netwright.training.penalties",
    "Mixup": "netwright.training.mixup",
    "Perceptron": "netwright.estimators.perceptron",
    "Recipe": "netwright.recipe.recipe",
    "Regressor": "netwright.estimators.regressor",
    "Run": "netwright.verbs.runs",
    "SWA": "netwright.training.averaging",
    "Sequences": "netwright.data.sequences",
    "SoundAugmentation": "netwright.training.sound_augmentation",
    "Sounds": "netwright.data.sound",
    "StepPredictor": "netwright.estimators.step_predictor",
    "WordVectors": "netwright.estimators.word_vectors",
    "capacity_curve": "netwright.verbs.curves",
    "check": "netwright.verbs.check",
    "estimate": "netwright.tune.estimate",
    "export": "netwright.verbs.export",
    "forecast": "netwright.verbs.forecast",
    "find_batch_size": "netwright.tune.batch_size",
    "learning_curve": "netwright.verbs.curves",
    "load": "netwright.estimators.saving",
    "choose_threshold": "netwright.metrics.threshold",
    "missing": "netwright.verbs.missing",
    "range_test": "netwright.tune.range_test",
    "serve": "netwright.verbs.serve",
    "train": "netwright.verbs.train",
    "treat": "netwright.verbs.treat",
    "treat_model": "netwright.treatment",
    "watch": "netwright.clinic.watch",
}
_MODULES = {
    "clinic": "netwright.clinic",
    "explain": "netwright.explain",
    "losses": "netwright.training.losses",
    "nets": "netwright.nets",
    "optimizers": "netwright.training.optimizers",
    "schedules": "netwright.training.schedules",
    "trace": "netwright.trace",
}

__all__ = [
    "EMA",
    "L1",
    "L2",
    "SWA",
    "Augmentation",
    "Classifier",
    "EarlyStopping",
    "ElasticNet",
    "Ensemble",
    "Forecaster",
    "Images",
    "Mixup",
    "Perceptron",
    "Recipe",
    "Regressor",
    "Run",
    "Sequences",
    "SoundAugmentation",
    "Sounds",
    "StepPredictor",
    "WordVectors",
    "__version__",
    "capacity_curve",
    "check",
    "choose_threshold",
    "clinic",
    "compare",
    "estimate",
    "explain",
    "export",
    "find_batch_size",
    "forecast",
    "learning_curve",
    "load",
    "losses",
    "missing",
    "nets",
    "optimizers",
    "range_test",
    "schedules",
    "serve",
    "trace",
    "train",
    "treat",
    "treat_model",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'netwright' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package, in which `compare` is the verb although a room has the same name."""

    @property
    def compare(self) -> Any:
        return import_module("netwright.verbs.compare").compare

    @compare.setter
    def compare(self, room: ModuleType) -> None:
        """Leave the verb in its place when Python imports the room of that name."""


sys.modules[__name__].__class__ = _Package
