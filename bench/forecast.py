"""Forecasting: ETTh1 96 steps ahead, and twenty univariate series, against the seasonal naive forecast.

ETTh1: the usual split (12, 4 and 4 months), all seven columns scaled by the training part, every window of
the test part. Univariate: the last tenth of each series, forecast one step ahead with a rolling origin.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from common import announce, arguments, data_file, row, seconds_of
from netwright.compare.forecast_baselines import naive
from netwright.compare.forecast_verdict import scores_of
from netwright.compare.rolling import RollingTest
from netwright.data.panel import Columns, read_panel
from netwright.estimators.forecaster import Forecaster

MONTH = 30 * 24
MOST_ERROR = 0.385
HORIZON = 96
TESTED = 0.1
FEWEST_WINS, MOST_MEAN = 15, 0.9

TARGETS = {
    "daily-max-temperatures": "Temperature",
    "daily-min-temperatures": "Temp",
    "daily-total-female-births": "Births",
    "monthly-airline-passengers": "Passengers",
    "monthly-car-sales": "Sales",
    "monthly-mean-temp": "Temperature",
    "monthly-robberies": "Robberies",
    "monthly-shampoo-sales": "Sales",
    "monthly-sunspots": "Sunspots",
    "monthly-writing-paper-sales": "Sales",
    "monthly_champagne_sales": "Sales",
    "sktime_Airline": "Passengers",
    "sktime_Lynx": "0",
    "sktime_PBS_dataset": "Scripts",
    "sktime_Uschange": "Consumption",
    "sktime_mitdb": "data",
    "sktime_seatbelts": "KSI",
    "sktime_solar": "solar_gen",
    "sktime_yahoo": "data",
    "yearly-water-usage": "Water",
}


def univariate(folder: Path, name: str) -> tuple[pl.DataFrame, str, str | None]:
    """Return a series as a table, the column to forecast, and the column of times, if it has one."""
    frame = pl.read_csv(folder / f"{name}.csv", infer_schema_length=None)
    target = TARGETS[name]
    frame = frame.rename({column: column or "time" for column in frame.columns})
    if name == "sktime_Uschange":
        return frame.select("Quarter", target), target, "Quarter"
    first = frame.columns[0]
    return frame, target, None if first == target else first


def ett(path: Path, seed: int) -> float:
    """Return the mean squared error on the scaled test part."""
    frame = pl.read_csv(path)
    train, seen, end = 12 * MONTH, 16 * MONTH, 20 * MONTH
    columns = frame.columns[1:]
    model = Forecaster(
        horizon=HORIZON,
        lookback=336,
        network="nlinear",
        loss="mse",
        calendar=False,
        logarithm=False,
        validation_fraction=4 / 16,
        seed=seed,
        progress=False,
    ).fit(frame[:seen], target=columns, time="date")
    origins = list(range(seen, end - HORIZON + 1))
    answers = model.answer(model.read(frame[:end]), [origins] * len(columns))
    values = frame.select(columns).to_numpy()
    spread = values[:train].std(axis=0)
    truth = values[np.array(origins)[:, None] + np.arange(HORIZON)]
    forecasts = answers.point.reshape(len(columns), len(origins), HORIZON).transpose(1, 2, 0)
    return float(np.square((forecasts - truth) / spread).mean())


def scaled_errors(folder: Path, name: str, seed: int) -> tuple[float, float]:
    """Return the scaled errors of the network and of the seasonal naive forecast."""
    frame, target, time = univariate(folder, name)
    panel = read_panel(frame, Columns((target,), time))
    length = len(panel.series[0])
    learnt = length - max(1, round(TESTED * length))
    model = Forecaster(horizon=1, seed=seed, progress=False).fit_panel(panel.until([learnt]))
    origins = (tuple(range(learnt, length)),)
    test = RollingTest(panel, (learnt,), origins, 1, int(model.recipe_.season))
    forecasts = model.answer(panel, test.origins).point
    return scores_of(test, forecasts).mase, scores_of(test, naive(test, test.season)).mase


def main() -> None:
    """Measure what was asked for and the data allows."""
    parser = arguments("forecasting")
    parser.add_argument("--only", nargs="*", choices=["ett", "series"], default=["ett", "series"])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    announce("forecasting")
    seeds = range(options.seeds)
    path = data_file(options.data, "series/ETTh1.csv") if "ett" in options.only else None
    if path is not None:
        errors: list[float] = []
        times = [seconds_of(lambda seed=seed: errors.append(ett(path, seed))) for seed in seeds]
        row("ETTh1 96 to 96: mean squared error", errors, at_most=MOST_ERROR)
        row("ETTh1: fit and 19,495 forecasts", times, "s")
    folder = data_file(options.data, "series/univariate_series") if "series" in options.only else None
    if folder is not None:
        several = [[scaled_errors(folder, name, seed) for name in TARGETS] for seed in seeds]
        for place, name in enumerate(TARGETS):
            network, seasonal = zip(*(found[place] for found in several), strict=True)
            row(f"{name}: scaled error (naive {seasonal[0]:.3f})", network)
        wins = [float(sum(network < seasonal for network, seasonal in found)) for found in several]
        row("series below the seasonal naive error, of 20", wins, at_least=FEWEST_WINS, digits=0)
        means = [float(np.mean([network for network, _ in found])) for found in several]
        row("mean scaled error of 20 series", means, at_most=MOST_MEAN)


if __name__ == "__main__":
    main()
