"""Pictures of four kinds, and a small network that has learnt two of them: a body for the two others."""

from __future__ import annotations

import numpy as np
from tests.estimators.shapes_drawn import drawn

import netwright as nw

X, Y = drawn(240)
FIRST, OTHERS = np.isin(Y, ["lying", "standing"]), np.isin(Y, ["full", "hollow"])


def small_body(epochs: int) -> nw.Classifier:
    """Return a small convolutional network that tells what lies from what stands."""
    network = nw.nets.CNN(widths=(8, 16), layers=1)
    return nw.Classifier(network=network, epochs=epochs, precision="float32").fit(X[FIRST], Y[FIRST])
