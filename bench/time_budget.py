"""Whether `netwright train --time 20s` keeps its word on a table that could use far more time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from common import announce, arguments, netwright, row

TOLERANCE = 1.10


def write(path: Path, rows: int, columns: int) -> None:
    """Write a table whose target is a curved function of its columns, with noise."""
    import numpy as np
    import polars as pl

    generator = np.random.default_rng(0)
    X = generator.normal(size=(rows, columns))
    y = np.sin(X[:, 0] * 2) + X[:, 1] * X[:, 2] + np.abs(X[:, 3]) + generator.normal(size=rows) * 0.1
    frame = pl.DataFrame(X.round(4), schema=[f"x{index}" for index in range(columns)])
    frame.with_columns(pl.Series("y", y.round(4))).write_csv(path)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    announce(f"Time budget of {options.seconds} s")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "table.csv", rows=100_000, columns=20)
        words = ["train", "table.csv", "--target", "y", "--time", f"{options.seconds}s"]
        runs = [netwright(*words, "--out", f"run_{index}", folder=folder) for index in range(options.repeats)]
    whole = [seconds for _, seconds in runs]
    start = [float(answer["startup_seconds"]) for answer, _ in runs]
    row("whole command", whole, "s", digits=2)
    row("fixed start-up", start, "s", digits=2)
    net = [total - fixed for total, fixed in zip(whole, start, strict=True)]
    row("whole command less start-up", net, "s", at_most=options.seconds * TOLERANCE, digits=2)


if __name__ == "__main__":
    main()
