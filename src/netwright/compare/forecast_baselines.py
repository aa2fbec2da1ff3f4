"""What a network has to beat: naive forecasts, ridge and boosting on lags, exponential smoothing."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV

from netwright.compare.rolling import RollingTest, known_before, naive_places
from netwright.data.panel_preparation import filled

MOST_WINDOWS = 20_000
"""Windows that ridge and boosting learn from."""

MOST_BOOSTED_ROWS = 60_000
MOST_BOOSTED_LAGS = 24
LONGEST_SMOOTHED_SEASON = 24
MOST_SMOOTHED = 60
"""Forecasts of exponential smoothing; each filters its whole series."""

ALPHAS = tuple(10.0**power for power in range(-2, 5))


@dataclass(frozen=True)
class ForecastBaseline:
    """A classical method and what it forecasts.

    Attributes:
        name: short.
        label: as shown to people.
        forecasts: (rows, horizon) of the back-test, or None where it could not be used.
        seconds: to learn and to forecast.
        note: why it was not used, or what was shortened.
    """

    name: str
    label: str
    forecasts: np.ndarray | None
    seconds: float
    note: str = ""


def forecast_baselines(
    test: RollingTest, lookback: int, seed: int, clock: Callable[[], float] = time.perf_counter
) -> list[ForecastBaseline]:
    """Return what the classical methods forecast in a back-test.

    Args:
        test: from where and how far.
        lookback: steps that ridge and boosting look back on.
        seed: of what is random.
        clock: returns seconds.
    """
    lags = max(1, min(lookback, *(learnt - test.horizon - 1 for learnt in test.learnt)))
    methods: dict[str, tuple[str, Callable[[], tuple[np.ndarray | None, str]]]] = {
        "last value": ("Last value", lambda: (naive(test, 1), "")),
        "seasonal naive": (f"Seasonal naive ({test.season})", lambda: _seasonal(test)),
        "ridge": (f"Ridge on {lags} lags", lambda: (ridge_on_lags(test, lags), "")),
        "boosting": ("Gradient boosting on lags", lambda: (boosting_on_lags(test, lags, seed), "")),
        "ets": ("Exponential smoothing (ETS)", lambda: smoothing(test)),
    }
    baselines = []
    for name, (label, method) in methods.items():
        begin = clock()
        forecasts, note = method()
        baselines.append(ForecastBaseline(name, label, forecasts, clock() - begin, note))
    return baselines


def naive(test: RollingTest, season: int) -> np.ndarray:
    """Return the last values, or those one season before, as forecasts (rows, horizon)."""
    rows = [
        known_before(series.values, naive_places(origin, test.horizon, min(season, origin)), season)
        for series, places in zip(test.panel.series, test.origins, strict=True)
        for origin in places
    ]
    return np.stack(rows)


def _seasonal(test: RollingTest) -> tuple[np.ndarray | None, str]:
    if test.season == 1:
        return None, "no season was found"
    return naive(test, test.season), ""


@dataclass(frozen=True)
class _Lags:
    """Windows of all series in their own units, less their last value.

    Attributes:
        past: (n, lags).
        future: what came (n, horizon); NaN for what is to be forecast.
        last: the last value of each window (n,).
        mean: of its series (n,).
        spread: of its series (n,).
    """

    past: np.ndarray
    future: np.ndarray
    last: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    def restored(self, answers: np.ndarray) -> np.ndarray:
        """Return answers (n, horizon) in the units of the series."""
        return np.asarray((answers + self.last[:, None]) * self.spread[:, None] + self.mean[:, None])


def _lags(test: RollingTest, lags: int, origins: list[np.ndarray]) -> _Lags:
    """Return the windows that end before the given origins of each series."""
    parts = []
    for series, learnt, places in zip(test.panel.series, test.learnt, origins, strict=True):
        known = series.values[:learnt]
        mean, spread = float(np.nanmean(known)), float(np.nanstd(known)) or 1.0
        values = (filled(series.values) - mean) / spread
        values = np.concatenate([values, np.full(test.horizon, np.nan)])
        past = values[places[:, None] + np.arange(-lags, 0)]
        last = past[:, -1]
        future = values[places[:, None] + np.arange(test.horizon)]
        count = len(places)
        parts.append(
            (past - last[:, None], future - last[:, None], last, np.full(count, mean), np.full(count, spread))
        )
    return _Lags(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _learnt(test: RollingTest, lags: int) -> _Lags:
    """Return windows to learn from, evenly spread where there are too many."""
    spans = [np.arange(lags, learnt - test.horizon + 1) for learnt in test.learnt]
    step = max(1, -(-sum(map(len, spans)) // MOST_WINDOWS))
    return _lags(test, lags, [span[::step] for span in spans])


def _asked(test: RollingTest, lags: int) -> _Lags:
    return _lags(test, lags, [np.array(places, dtype=int) for places in test.origins])


def ridge_on_lags(test: RollingTest, lags: int) -> np.ndarray:
    """Return the forecasts of one ridge regression for each step ahead, on the values before."""
    train, asked = _learnt(test, lags), _asked(test, lags)
    model = RidgeCV(alphas=ALPHAS).fit(train.past, train.future)
    return asked.restored(model.predict(asked.past).reshape(len(asked.past), test.horizon))


def boosting_on_lags(test: RollingTest, lags: int, seed: int) -> np.ndarray:
    """Return the forecasts of gradient boosting on lags, the step ahead, and the value a season before it."""
    train, asked = _learnt(test, lags), _asked(test, lags)
    rows = np.arange(len(train.past) * test.horizon)
    step = max(1, -(-len(rows) // MOST_BOOSTED_ROWS))
    rows = rows[::step]
    model = HistGradientBoostingRegressor(random_state=seed)
    model.fit(_features(train, test, lags, rows), train.future.ravel()[rows])
    every = np.arange(len(asked.past) * test.horizon)
    answers = model.predict(_features(asked, test, lags, every))
    return asked.restored(answers.reshape(len(asked.past), test.horizon))


def _features(windows: _Lags, test: RollingTest, lags: int, rows: np.ndarray) -> np.ndarray:
    """Return features for some pairs of window and step ahead."""
    window, ahead = np.divmod(rows, test.horizon)
    recent = windows.past[window][:, -MOST_BOOSTED_LAGS:]
    season = min(test.season, lags)
    before = windows.past[window, lags - season + ahead % season]
    return np.column_stack([recent, ahead, before])


def smoothing(test: RollingTest) -> tuple[np.ndarray | None, str]:
    """Return the forecasts of exponential smoothing with damped trend and season, or why there are none."""
    if find_spec("statsmodels") is None:
        return None, 'needs statsmodels: pip install "netwright[forecast]"'
    if test.rows > MOST_SMOOTHED:
        return None, f"left out: {test.rows:,} forecasts, each of which would filter its whole series"
    season = test.season if 1 < test.season <= LONGEST_SMOOTHED_SEASON else None
    rows = []
    for series, learnt, places in zip(test.panel.series, test.learnt, test.origins, strict=True):
        rows += _smoothed(series.values, learnt, places, test.horizon, season)
    note = (
        "" if season or test.season == 1 else f"without its season of {test.season} steps, which is too long"
    )
    return np.stack(rows), note


def _smoothed(
    values: np.ndarray, learnt: int, origins: tuple[int, ...], horizon: int, season: int | None
) -> list[np.ndarray]:
    from statsmodels.tsa.statespace.exponential_smoothing import (
        ExponentialSmoothing,
    )

    season = season if season is not None and learnt > 2 * season else None
    scale = float(np.nanstd(values[:learnt])) or 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: what it forecasts is judged, not how it got there
        model = ExponentialSmoothing(values[:learnt] / scale, trend=True, damped_trend=True, seasonal=season)
        fitted = model.fit(disp=False)
        return [
            np.asarray(fitted.apply(values[:origin] / scale).forecast(horizon)) * scale for origin in origins
        ]
