"""The quantile function of the normal distribution in operations that every target knows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

# Wichura (1988), Algorithm AS 241, PPND16: sixteen digits; the branch for tails below 1.4e-11 is never met.
_CENTRE = (
    (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
     45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727),
    (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
     21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610),
)  # fmt: skip
_TAIL = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
     0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip


def normal_score(below: Tensor, above: Tensor) -> Tensor:
    """Return z = Φ⁻¹(below), where `above` is 1 - below, given beside it so that 32 bits keep the upper tail.

    Args:
        below: probabilities from 1e-11 to 1.
        above: what is left to 1.

    Source: Wichura (1988), Algorithm AS 241.

    >>> p = torch.tensor([0.5, 0.975, 1e-7], dtype=torch.float64)
    >>> normal_score(p, 1 - p).round(decimals=4).tolist()
    [0.0, 1.96, -5.1993]
    """
    tail = torch.minimum(below, above)
    distance = 0.5 - tail
    square = 0.180625 - distance * distance
    centre = distance * _polynomial(_CENTRE[0], square) / _polynomial(_CENTRE[1], square)
    root = torch.sqrt(-torch.log(tail)) - 1.6
    outer = _polynomial(_TAIL[0], root) / _polynomial(_TAIL[1], root)
    size = torch.where(distance <= 0.425, centre, outer)
    return torch.where(below < above, -size, size)


def _polynomial(coefficients: Sequence[float], x: Tensor) -> Tensor:
    """Return c_0 + c_1 x + c_2 x² + ... by Horner's rule."""
    value = coefficients[-1] * x + coefficients[-2]
    for coefficient in reversed(coefficients[:-2]):
        value = value * x + coefficient
    return value
