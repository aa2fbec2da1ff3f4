"""Gradient flow: how large the gradient and the update of every layer were, over the training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.pages.by_layer import ByLayer, by_layer_picture
from netwright.pages.style import Picture
from netwright.report.contents import GradientFlow
from netwright.report.measurements import Numbers

LONGEST_NAME = 18
"""Signs of a layer's name that fit beside a figure."""


def flow_pictures(flow: GradientFlow) -> tuple[Picture, ...]:
    """Draw gradient norms and update-to-weight ratios by layer."""
    gradients = by_layer_picture(
        _series(flow, [layer.gradient_norms for layer in flow.layers]),
        "gradient",
        "Gradient norm by layer",
        "How strongly each layer is pulled. Layers within a few powers of ten of each other learn together; "
        "a layer far below the rest hardly learns (vanishing), one that shoots up is unstable (exploding).",
    )
    updates = by_layer_picture(
        _series(flow, [layer.update_ratios for layer in flow.layers]),
        "update",
        "Update as a share of the weights, by layer",
        "How much one step changes each layer. Around 0.001 is the usual rule of thumb; far below it a layer "
        "stands still, far above it training is restless.",
    )
    return gradients, updates


def _series(flow: GradientFlow, sizes: Sequence[Numbers]) -> ByLayer:
    names = [_plain_name(layer.name) for layer in flow.layers]
    return ByLayer(names, list(flow.epochs), "epoch", np.array(sizes, dtype=np.float64))


def _plain_name(name: str) -> str:
    """Return a layer's name with what tells layers apart: the member of a committee, and its end.

    >>> _plain_name("networks.0.inception.3.convolutions.2"), _plain_name("stages.0.0")
    ('0…3.convolutions.2', 'stages.0.0')
    """
    parts = name.removeprefix("networks.").split(".")
    whole = ".".join(parts)
    ends = [f"{parts[0]}…{'.'.join(parts[-count:])}" for count in (3, 2) if count < len(parts)]
    return next((one for one in (whole, *ends) if len(one) <= LONGEST_NAME), whole)
