"""The back-test: no method sees what it forecasts, and the verdict says what the numbers say."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.compare.forecast_baselines import (
    ForecastBaseline,
    boosting_on_lags,
    forecast_baselines,
    naive,
    ridge_on_lags,
)
from netwright.compare.forecast_verdict import forecast_verdict, scores_of
from netwright.compare.rolling import RollingTest, rolling_test
from netwright.data.frequency import Frequency, Unit
from netwright.data.panel import Columns, Panel, Series


def panel(*series: np.ndarray) -> Panel:
    several = tuple(
        Series("y", str(number), 0, values, np.zeros((len(values), 0)))
        for number, values in enumerate(series)
    )
    return Panel(Columns(("y",)), Frequency(Unit.STEP, 1), several)


def wave(count: int = 120, noise: float = 0.05) -> np.ndarray:
    generator = np.random.default_rng(0)
    return 5 + np.sin(np.arange(count) * 2 * np.pi / 6) + noise * generator.standard_normal(count)


def test_origins_lie_behind_what_is_learnt_and_truth_is_what_came() -> None:
    test = rolling_test(panel(np.arange(50.0), np.arange(100.0)), 0.2, horizon=3, season=1)
    assert test.learnt == (40, 80)
    assert test.origins[0] == tuple(range(40, 48))
    np.testing.assert_array_equal(test.truth[0], [40, 41, 42])
    assert test.series_of_rows.tolist() == [0] * 8 + [1] * 18


def test_many_origins_are_thinned_but_the_last_stays() -> None:
    test = rolling_test(panel(np.arange(5000.0)), 0.2, horizon=3, season=1, most_origins=100)
    assert test.rows <= 100
    assert test.origins[0][-1] == 4997


def test_naive_forecasts_by_hand() -> None:
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, np.nan, 9, 10])
    test = RollingTest(panel(values), (6,), ((6, 8),), 2, 3)
    assert naive(test, 1).tolist() == [[6, 6], [7, 7]]
    assert naive(test, 3).tolist() == [[4, 5], [6, 7]]


def test_the_scaled_error_of_the_seasonal_naive_forecast_of_noise_is_about_one() -> None:
    values = np.random.default_rng(0).standard_normal(4000)
    test = rolling_test(panel(values), 0.25, horizon=1, season=4, most_origins=5000)
    assert scores_of(test, naive(test, 4)).mase == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("method", [ridge_on_lags, lambda test, lags: boosting_on_lags(test, lags, 0)])
def test_methods_on_lags_learn_a_season_and_see_no_future(method: object) -> None:
    values = wave()
    test = rolling_test(panel(values), 0.2, horizon=4, season=6)
    forecasts = method(test, 12)  # type: ignore[operator]
    assert scores_of(test, forecasts).mae < 0.2
    spoilt = values.copy()
    spoilt[test.origins[0][3] :] = 1e3
    again = method(RollingTest(panel(spoilt), test.learnt, test.origins, 4, 6), 12)  # type: ignore[operator]
    np.testing.assert_allclose(again[:4], forecasts[:4])


def test_all_methods_answer_or_say_why_not() -> None:
    test = rolling_test(panel(wave()), 0.1, horizon=2, season=1)
    found = {one.name: one for one in forecast_baselines(test, 12, seed=0)}
    assert list(found) == ["last value", "seasonal naive", "ridge", "boosting", "ets"]
    assert found["seasonal naive"].forecasts is None
    assert "no season" in found["seasonal naive"].note
    assert all(one.forecasts is not None or one.note for one in found.values())


@pytest.mark.parametrize(
    ("error", "use", "words"), [(0.0, "network", "Use the network"), (3.0, "last value", "Use last value")]
)
def test_the_verdict_follows_the_errors(error: float, use: str, words: str) -> None:
    test = rolling_test(panel(wave(200, 0.5)), 0.3, horizon=2, season=1)
    truth = test.truth
    baselines = [ForecastBaseline("last value", "Last value", naive(test, 1), 0.1)]
    verdict = forecast_verdict(
        test, truth + error, (truth - 1, truth + 1), baselines, coverage=0.9, seconds=1.0, seed=0
    )
    assert verdict.use == use
    assert words in verdict.sentence
    assert verdict.coverage == 1.0


def test_a_difference_within_chance_is_a_tie() -> None:
    test = rolling_test(panel(wave(200, 0.5)), 0.3, horizon=2, season=1)
    noise = 0.1 * np.random.default_rng(1).standard_normal(test.truth.shape)
    baseline = ForecastBaseline("last value", "Last value", naive(test, 1), 0.1)
    forecasts = naive(test, 1) + noise
    verdict = forecast_verdict(
        test, forecasts, (forecasts, forecasts), [baseline], coverage=0.9, seconds=1.0, seed=0
    )
    assert verdict.sentence.startswith("A tie")
