"""Any regular step is found out, with gaps, and carried on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.frequency import Frequency, Unit, infer_frequency
from netwright.errors import DataError

RULES = {
    "h": "hourly",
    "30min": "every 30 minutes",
    "15min": "every 15 minutes",
    "s": "every second",
    "D": "daily",
    "B": "every business day",
    "W-SUN": "weekly",
    "MS": "monthly",
    "ME": "monthly",
    "QS": "quarterly",
    "QE": "quarterly",
    "YS": "yearly",
    "2D": "every 2 days",
}


def times(rule: str, count: int) -> np.ndarray:
    return pd.date_range("2021-01-01", periods=count, freq=rule).to_numpy().astype("datetime64[us]")


@pytest.mark.parametrize("rule", RULES)
def test_the_step_is_found_and_carried_on_as_pandas_does(rule: str) -> None:
    expected = times(rule, 60)
    frequency = infer_frequency([expected[:40]])
    assert str(frequency) == RULES[rule]
    assert (frequency.times(expected[0], 60) == expected).all()
    positions = frequency.position(expected)
    np.testing.assert_allclose(np.diff(positions), 1)
    assert Frequency.from_json(frequency.to_json()) == frequency


@given(st.sampled_from(sorted(RULES)), st.sets(st.integers(1, 38), max_size=8))
def test_gaps_do_not_hide_the_step(rule: str, gaps: set[int]) -> None:
    kept = np.delete(times(rule, 40), sorted(gaps))
    if rule == "B":
        kept = times(rule, 40)[[*range(30), *range(35, 40)]]
    assert str(infer_frequency([kept])) == RULES[rule]


def test_whole_numbers_are_counted() -> None:
    frequency = infer_frequency([np.array([10, 20, 30, 50])])
    assert (frequency.unit, frequency.count) == (Unit.STEP, 10)
    assert frequency.times(50, 3).tolist() == [50, 60, 70]


def test_irregular_times_are_refused_with_the_first() -> None:
    irregular = times("h", 50).copy()
    irregular[30] += np.timedelta64(7, "s")
    with pytest.raises(DataError, match="most are hourly, but 2021-01-02T06:00:07"):
        infer_frequency([irregular])
    with pytest.raises(DataError, match="two values"):
        infer_frequency([irregular[:1]])


@pytest.mark.parametrize(
    ("rule", "seasons"),
    [("h", (24, 168)), ("30min", (48, 336)), ("D", (7, 365)), ("MS", (12,)), ("YS", ()), ("W-SUN", (52,))],
)
def test_the_cycles_of_a_step(rule: str, seasons: tuple[int, ...]) -> None:
    assert infer_frequency([times(rule, 40)]).seasons == seasons
