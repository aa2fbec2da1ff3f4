"""The quantile function of the normal distribution against SciPy's."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import ndtri

from netwright.exporting.normal_scores import normal_score


def test_equal_to_scipy_in_64_bits() -> None:
    below = np.concatenate([np.geomspace(1e-7, 0.5, 400), 1 - np.geomspace(1e-7, 0.5, 400)])
    given = torch.from_numpy(below)
    np.testing.assert_allclose(normal_score(given, 1 - given).numpy(), ndtri(below), rtol=1e-11, atol=1e-14)


def test_32_bits_keep_the_upper_tail() -> None:
    above = np.geomspace(1e-7, 0.4, 200)
    scores = normal_score(torch.from_numpy(1 - above).float(), torch.from_numpy(above).float())
    np.testing.assert_allclose(scores.numpy(), -ndtri(above), rtol=1e-5)
