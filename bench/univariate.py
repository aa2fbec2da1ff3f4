"""The twenty univariate series of the benchmark: which column, and whether its times are dates."""

from __future__ import annotations

from pathlib import Path

import polars as pl

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
