"""Reading, typing and preparing a large CSV: seconds, and peak memory against the size of the file.

The file is made in a temporary folder: numbers, categories, yes/no, dates and an identifier, a fiftieth of
the cells missing. Each measurement is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import announce, arguments, row

BOUND_SECONDS = 15.0
BOUND_MEMORY = 4.0


def write(path: Path, rows: int) -> None:
    """Write a table of 30 columns and `rows` rows."""
    from datetime import datetime

    import numpy as np
    import polars as pl

    generator = np.random.default_rng(0)
    columns: dict[str, object] = {"customer": [f"C{number:08d}" for number in range(rows)]}
    for index in range(19):
        columns[f"number_{index}"] = np.round(generator.normal(size=rows) * 10.0 ** (index % 4), 4)
    for index in range(7):
        words = np.array([f"level_{level}" for level in range(3 * 2**index)])
        columns[f"category_{index}"] = words[generator.integers(0, len(words), size=rows)]
    columns["active"] = np.where(generator.random(rows) < 0.3, "yes", "no")
    start = datetime(2020, 1, 1)
    days = pl.Series(generator.integers(0, 1500, size=rows))
    columns["since"] = pl.select(pl.lit(start) + pl.duration(days=days)).to_series().dt.date()
    columns["answer"] = generator.integers(0, 2, size=rows)
    frame = pl.DataFrame(columns)
    holes = generator.random((rows, 20)) < 0.02
    names = [name for name in frame.columns if name.startswith("number")]
    frame = frame.with_columns(
        pl.when(pl.Series(holes[:, index])).then(None).otherwise(pl.col(name)).alias(name)
        for index, name in enumerate(names)
    )
    frame.write_csv(path)


def prepare(path: Path) -> dict[str, float]:
    """Read, type and prepare the file; return seconds by phase and the peak memory in bytes."""
    from netwright.data.kinds import infer_schema
    from netwright.data.preparation import Preparation, PreparationOptions
    from netwright.data.read import read_table
    from netwright.data.schema import align

    busy, start = time.process_time(), time.perf_counter()
    table = read_table(path)
    read = time.perf_counter()
    schema = infer_schema(table.frame.drop("answer"))
    typed = time.perf_counter()
    frame = align(table.frame, schema)
    preparation = Preparation.fit(frame, schema, PreparationOptions())
    prepared = preparation.transform(frame)
    end = time.perf_counter()
    assert len(prepared.numbers) == table.frame.height
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {
        "read": read - start,
        "type": typed - read,
        "prepare": end - typed,
        "all": end - start,
        "processor": time.process_time() - busy,
        "peak": peak,
    }


def fresh(*words: str | Path) -> str:
    """Run this file in a fresh process and return what it printed."""
    command = [sys.executable, __file__, *map(str, words)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", type=Path, help="only write the table to this file")
    parser.add_argument("--measure", type=Path, help="only measure this file, in this process")
    options = parser.parse_args()
    if options.write:
        return write(options.write, options.rows)
    if options.measure:
        return print(json.dumps(prepare(options.measure)))
    announce(f"Reading, typing and preparing {options.rows:,} rows of 30 columns")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        fresh("--write", path, "--rows", str(options.rows))
        size = path.stat().st_size
        print(f"the file: {size / 1e6:,.0f} MB")
        measured = [json.loads(fresh("--measure", path)) for _ in range(options.repeats)]
    for phase in ("read", "type", "prepare"):
        row(phase, [one[phase] for one in measured], "s", digits=2)
    row("all of it", [one["all"] for one in measured], "s", at_most=BOUND_SECONDS, digits=2)
    row("all of it, time of the processors", [one["processor"] for one in measured], "s", digits=2)
    row("peak memory / size of the file", [one["peak"] / size for one in measured], "×", at_most=BOUND_MEMORY)
    return None


if __name__ == "__main__":
    main()
