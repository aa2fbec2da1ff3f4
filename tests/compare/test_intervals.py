"""Wilson's interval has a width where the share is 0 or 1, and holds what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from netwright.compare.intervals import Interval, wilson_interval


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (3, 10), (10, 10), (1, 1), (917, 1000)])
def test_it_is_scipys(hits: int, rows: int) -> None:
    expected = binomtest(hits, rows).proportion_ci(method="wilson")
    interval = wilson_interval(hits / rows, rows)
    assert interval.low == pytest.approx(expected.low, abs=1e-9)
    assert interval.high == pytest.approx(expected.high, abs=1e-9)


@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_it_holds_the_share_and_stays_a_share(share: float, rows: float) -> None:
    interval = wilson_interval(share, rows)
    assert 0 <= interval.low <= share <= interval.high <= 1
    assert interval.low < interval.high


def test_it_covers_95_of_100() -> None:
    hits = np.random.default_rng(0).binomial(50, 0.3, size=4000)
    inside = [wilson_interval(count / 50, 50) for count in hits]
    covered = np.mean([one.low <= 0.3 <= one.high for one in inside])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_zero_is_excluded_only_on_one_side() -> None:
    assert Interval(0.1, 0.2).excludes_zero
    assert Interval(-0.2, -0.1).excludes_zero
    assert not Interval(0.0, 0.2).excludes_zero
    assert -Interval(-0.2, 0.1) == Interval(-0.1, 0.2)
