"""Weights of models, chosen on held-out rows."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.estimators.blending import blending_weights

generator = np.random.default_rng(0)
TRUTH = generator.normal(size=400)


def squared(mean: np.ndarray) -> float:
    return float(((mean - TRUTH) ** 2).mean())


def test_the_blend_is_never_worse_than_the_best_model() -> None:
    answers = [TRUTH + generator.normal(size=400) * scale for scale in (0.5, 0.7, 2.0, 5.0)]
    weights = blending_weights(answers, squared)
    blend = sum(w * a for w, a in zip(weights, answers, strict=True))
    assert weights.sum() == pytest.approx(1)
    assert squared(blend) < min(map(squared, answers))
    assert weights[3] < 0.1


def test_it_finds_what_least_squares_finds() -> None:
    answers = [TRUTH + generator.normal(size=400) * 0.5, TRUTH + generator.normal(size=400) * 1.0]
    # Of two answers the best share of the first is in the open; weights are multiples of a fiftieth.
    first, second = (a - TRUTH for a in answers)
    best = ((second - first) @ second) / ((second - first) @ (second - first))
    assert blending_weights(answers, squared)[0] == pytest.approx(best, abs=0.03)


def test_a_single_good_model_gets_all() -> None:
    assert blending_weights([TRUTH, TRUTH + 3], squared).tolist() == [1, 0]
