"""Seasons, calendar waves and the unit of a series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.calendar import calendar_waves
from netwright.data.frequency import infer_frequency
from netwright.data.season import season_of
from netwright.data.series_scaling import SeriesScaling


def wave(period: int, count: int, noise: float = 0.3) -> np.ndarray:
    generator = np.random.default_rng(0)
    return np.sin(2 * np.pi * np.arange(count) / period) + noise * generator.standard_normal(count)


@pytest.mark.parametrize(
    ("period", "candidates"), [(24, (24, 168)), (168, (24, 168)), (365, (7, 365)), (12, (12,))]
)
def test_the_right_season_is_chosen_among_candidates(period: int, candidates: tuple[int, ...]) -> None:
    values = wave(period, 4 * period + 100) + 0.01 * np.arange(4 * period + 100)
    assert season_of([values], candidates) == period


def test_a_season_without_a_calendar_is_found() -> None:
    assert season_of([wave(10, 200, 0.1)], ()) == 10


def test_noise_and_a_trend_have_no_season() -> None:
    noise = np.random.default_rng(1).standard_normal(300)
    assert season_of([noise], (12,)) == 1
    assert season_of([np.arange(300.0) + noise], (7,)) == 1
    assert season_of([np.cumsum(noise)], (12,)) == 1


@pytest.mark.parametrize(("period", "candidates"), [(24, (24, 168)), (168, (24, 168)), (7, (7, 365))])
def test_a_season_under_a_wandering_level_is_found(period: int, candidates: tuple[int, ...]) -> None:
    count = 40 * period
    level = 2 * np.cumsum(np.random.default_rng(3).standard_normal(count)) * np.sqrt(24 / period)
    values = level + 8 * wave(period, count)
    assert season_of([values], candidates) == period
    values[::9] = np.nan
    assert season_of([values], candidates) == period


@pytest.mark.parametrize("seed", range(5))
def test_a_wandering_level_alone_has_no_season(seed: int) -> None:
    level = np.cumsum(np.random.default_rng(seed).standard_normal(500))
    assert season_of([level], (24, 48)) == 1
    level[100:300] = np.nan
    assert season_of([level], (24, 48)) == 1


def test_a_season_is_not_told_by_few_cycles_or_a_constant() -> None:
    level = np.cumsum(np.random.default_rng(0).standard_normal(60))
    assert season_of([level], (12,)) == 1
    assert season_of([np.ones(300)], (12,)) == 1


@pytest.mark.parametrize("rule", ["h", "D", "B", "MS", "QS", "30min"])
def test_waves_come_back_after_a_cycle(rule: str) -> None:
    times = pd.date_range("2024-01-01", periods=800, freq=rule).to_numpy().astype("datetime64[us]")
    waves = calendar_waves(infer_frequency([times]), times)
    assert waves.shape[1] > 0
    assert np.abs(waves).max() <= 1 + 1e-6
    period = {"h": 168, "D": 1, "B": 5, "MS": 12, "QS": 4, "30min": 48}[rule]
    daily = (
        waves[:, :8] if rule in ("h", "30min") else waves[:, -2:] if rule in ("MS", "QS") else waves[:, :2]
    )
    period = 24 if rule == "h" else 7 if rule == "D" else period
    np.testing.assert_allclose(daily[period:], daily[:-period], atol=1e-4)


def test_counted_steps_have_no_calendar() -> None:
    steps = np.arange(10)
    assert calendar_waves(infer_frequency([steps]), steps).shape == (10, 0)


@given(st.lists(st.floats(0.1, 1e6), min_size=2, max_size=20), st.booleans())
def test_values_come_back_from_their_unit(values: list[float], logarithm: bool) -> None:
    array = np.array(values)
    scaling = SeriesScaling.fit(array, logarithm)
    np.testing.assert_allclose(scaling.restore(scaling.transform(array)), array, rtol=1e-6)
