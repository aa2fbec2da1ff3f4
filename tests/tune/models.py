"""Small models for the tests of this folder."""

from __future__ import annotations

from typing import Any

import netwright as nw
from netwright.data.samples import sample
from netwright.estimators.base import NetworkEstimator

TARGETS = {"breast_cancer": "diagnosis", "diabetes": "progression", "digits": "digit", "iris": "species"}


def model_for(name: str, **settings: Any) -> NetworkEstimator:
    """Return a small model for one of the sample tables."""
    estimator = nw.Regressor if name == "diabetes" else nw.Classifier
    usual = {
        "network": nw.nets.MLP(hidden=(32,)),
        "schedule": nw.schedules.Cosine(warmup=0.05),
        "epochs": 15,
        "batch_size": 32,
        "progress": False,
    }
    return estimator(**{**usual, **settings})


def table(name: str) -> tuple[Any, str]:
    """Return rows with the target among them, and its name."""
    return sample(name), TARGETS[name]
