"""Answering only what one is sure of."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from netwright.errors import RecipeError
from netwright.uncertainty.abstention import ASSURANCE, Abstention, upper_bound


def drawn(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    sure = generator.uniform(0.5, 1.0, rows)
    return sure, generator.random(rows) < sure


def test_the_error_rate_is_kept_on_new_rows() -> None:
    broken = 0
    for seed in range(60):
        confidence = Abstention.of(*drawn(800, seed)).confidence(0.1)
        sure, right = drawn(20_000, 1000 + seed)
        broken += (~right[sure >= confidence]).sum() > 0.1 * (sure >= confidence).sum()
    assert broken <= 12  # one in ten may be


def test_a_looser_rate_answers_more() -> None:
    abstention = Abstention.of(*drawn(5000, 0))
    shares = [abstention.answered(rate) for rate in (0.05, 0.1, 0.2)]
    assert shares == sorted(shares)
    assert shares[0] > 0.05
    assert shares[-1] > 0.6


def test_where_no_rate_can_be_kept_nothing_is_answered() -> None:
    abstention = Abstention.of(np.linspace(0.5, 1, 200), np.zeros(200, dtype=bool))
    assert abstention.confidence(0.1) > 1
    assert abstention.answered(0.1) == 0


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    expected = binomtest(3, 80).proportion_ci(1 - 2 * (1 - ASSURANCE), method="exact").high
    assert upper_bound(3, 80) == pytest.approx(expected)
    assert upper_bound(5, 5) == 1


@pytest.mark.parametrize("rate", [0, 1, -0.1, 5])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    with pytest.raises(RecipeError, match="error_rate"):
        Abstention.of(*drawn(100, 0)).confidence(rate)


def test_it_goes_to_an_array_and_back() -> None:
    abstention = Abstention.of(*drawn(300, 2))
    assert Abstention.from_array(abstention.to_array()) == abstention
