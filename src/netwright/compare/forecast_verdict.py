"""Which way to forecast: the network and the classical methods in one back-test, with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.compare.forecast_baselines import ForecastBaseline
from netwright.compare.rolling import RollingTest
from netwright.randomness import numpy_generator

RESAMPLES = 2_000
CONFIDENCE = 0.95
NETWORK = "network"


@dataclass(frozen=True)
class ForecastScores:
    """How far forecasts lie from what came.

    Attributes:
        mae: mean absolute error.
        rmse: root of the mean squared error.
        mase: mean absolute error in units of the seasonal naive step, averaged over series.
        wape: sum of absolute errors over the sum of absolute values; None where that is 0.
    """

    mae: float
    rmse: float
    mase: float
    wape: float | None


@dataclass(frozen=True)
class ForecastRow:
    """One method in the comparison."""

    name: str
    label: str
    scores: ForecastScores | None
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class ForecastVerdict:
    """The comparison, and what to use.

    Attributes:
        rows: the network first, then the methods.
        use: the name of the method to use.
        sentence: the verdict.
        difference: mean scaled error of the network less that of the best method, with its interval.
        coverage: share of true values within the network's interval.
        wanted_coverage: what the interval promises.
    """

    rows: tuple[ForecastRow, ...]
    use: str
    sentence: str
    difference: tuple[float, float, float] | None
    coverage: float
    wanted_coverage: float

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def scores_of(test: RollingTest, forecasts: np.ndarray) -> ForecastScores:
    """Return the errors of forecasts (rows, horizon); what is not known is left out."""
    truth = test.truth
    errors = np.abs(forecasts - truth)
    total = float(np.nansum(np.abs(truth)))
    return ForecastScores(
        mae=float(np.nanmean(errors)),
        rmse=float(np.sqrt(np.nanmean(np.square(errors)))),
        mase=float(np.nanmean(_by_series(test, errors) / test.scales)),
        wape=float(np.nansum(errors)) / total if total > 0 else None,
    )


def _by_series(test: RollingTest, errors: np.ndarray) -> np.ndarray:
    """Return the mean error of each series; NaN of one that is not forecast."""
    members = test.series_of_rows
    known = ~np.isnan(errors)
    sums = np.bincount(members, np.where(known, errors, 0).sum(axis=1), len(test.origins))
    counts = np.bincount(members, known.sum(axis=1), len(test.origins))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def forecast_verdict(
    test: RollingTest,
    network: np.ndarray,
    interval: tuple[np.ndarray, np.ndarray],
    baselines: Sequence[ForecastBaseline],
    *,
    coverage: float,
    seconds: float,
    seed: int,
) -> ForecastVerdict:
    """Compare a network with the classical methods.

    Args:
        test: the back-test.
        network: its forecasts (rows, horizon).
        interval: the ends of its intervals, (rows, horizon) each.
        baselines: the methods' forecasts.
        coverage: what the interval promises.
        seconds: that the network was trained.
        seed: of the resampling.
    """
    rows = [ForecastRow(NETWORK, "Network", scores_of(test, network), seconds)]
    rows += [
        ForecastRow(
            one.name,
            one.label,
            None if one.forecasts is None else scores_of(test, one.forecasts),
            one.seconds,
            one.note,
        )
        for one in baselines
    ]
    measured = [row for row in rows[1:] if row.scores is not None]
    best = min(measured, key=lambda row: row.scores.mase if row.scores else np.inf)
    rival = next(one.forecasts for one in baselines if one.name == best.name)
    assert rival is not None
    difference = _difference(test, network, rival, seed)
    truth = test.truth
    inside = (truth >= interval[0]) & (truth <= interval[1])
    use, sentence = _decide(rows[0], best, difference)
    covered = float(inside[~np.isnan(truth)].mean())
    return ForecastVerdict(tuple(rows), use, sentence, difference, covered, coverage)


def _difference(
    test: RollingTest, network: np.ndarray, rival: np.ndarray, seed: int
) -> tuple[float, float, float]:
    """Return the mean difference of scaled errors, network less rival, with its bootstrap interval.

    Neighbouring forecasts share most of their steps: whole blocks of about a horizon are drawn.
    """
    truth, scale = test.truth, test.scales[test.series_of_rows]
    gained = np.nanmean(np.abs(network - truth) - np.abs(rival - truth), axis=1) / scale
    gained = gained[~np.isnan(gained)]
    size = max(1, min(test.horizon, len(gained) // 4))
    generator = numpy_generator(seed, "forecast difference")
    starts = generator.integers(0, len(gained), (RESAMPLES, -(-len(gained) // size)))
    places = (starts[:, :, None] + np.arange(size)).reshape(RESAMPLES, -1) % len(gained)
    means = gained[places].mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(gained.mean()), float(low), float(high)


def _decide(
    network: ForecastRow, best: ForecastRow, difference: tuple[float, float, float]
) -> tuple[str, str]:
    assert network.scores is not None
    assert best.scores is not None
    label = best.label[0].lower() + best.label[1:]
    told = f"scaled error {network.scores.mase:.3f} against {best.scores.mase:.3f} of {label}"
    if difference[2] < 0:
        return NETWORK, f"Use the network: {told}, the best of the classical methods."
    if difference[1] > 0:
        return best.name, f"Use {label}: the network is worse, {told}."
    return best.name, f"A tie: {told}; the difference is within chance. The simpler method will do."
