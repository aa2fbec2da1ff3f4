"""How long one row takes in a loaded model, as a service would ask for it."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from common import announce, arguments, row, seconds_of

BOUND_MILLISECONDS = 3.0


def latencies(predict: Callable[[int], object], repeats: int) -> list[float]:
    """Return the milliseconds of each of many calls, after a tenth as many to warm up."""
    for index in range(repeats // 10):
        predict(index)
    return [1000 * seconds_of(lambda index=index: predict(index)) for index in range(repeats)]


def percentile_95(values: Sequence[float]) -> float:
    """Return what 19 of 20 values stay below."""
    return statistics.quantiles(values, n=20)[-1]


def show(name: str, milliseconds: list[float]) -> None:
    """Print the middle of the latencies and their 95th percentile, which is bounded."""
    row(f"{name}: median", milliseconds, "ms")
    row(f"{name}: 95th percentile", milliseconds, "ms", at_most=BOUND_MILLISECONDS, middle=percentile_95)


def mixed_table(rows: int):
    """Return a table of numbers, categories, yes/no and dates, and its target."""
    from datetime import date, timedelta

    import numpy as np
    import polars as pl

    generator = np.random.default_rng(0)
    numbers = {f"number_{index}": generator.normal(size=rows) for index in range(8)}
    levels = np.array(["red", "green", "blue", "grey"])
    return pl.DataFrame(
        {
            **numbers,
            **{f"colour_{index}": levels[generator.integers(0, 4, size=rows)] for index in range(4)},
            "active": np.where(generator.random(rows) < 0.4, "yes", "no"),
            "since": [
                date(2020, 1, 1) + timedelta(days=int(day)) for day in generator.integers(0, 900, size=rows)
            ],
            "answer": np.where(numbers["number_0"] + generator.normal(size=rows) > 0, "a", "b"),
        }
    )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=1000)
    repeats = parser.parse_args().repeats
    announce("One row at a time")
    from sklearn.datasets import load_breast_cancer

    import netwright as nw

    X, y = load_breast_cancer(return_X_y=True)
    frame = mixed_table(5000)
    with tempfile.TemporaryDirectory() as folder:
        numbers, mixed = Path(folder) / "numbers.nw", Path(folder) / "mixed.nw"
        nw.Classifier(epochs=5, seed=0, progress=False).fit(X, y).save(numbers)
        nw.Classifier(epochs=5, seed=0, progress=False).fit(frame, "answer").save(mixed)
        model, table_model = nw.load(numbers), nw.load(mixed)
    raw = frame.drop("answer")
    show("30 numbers, NumPy row", latencies(lambda i: model.predict_proba(X[i % 500, None]), repeats))
    show(
        "14 mixed columns, Polars row", latencies(lambda i: table_model.predict_proba(raw[i % 500]), repeats)
    )


if __name__ == "__main__":
    main()
