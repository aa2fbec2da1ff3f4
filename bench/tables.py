"""How good the default network for tables is beside boosted trees and other networks, and what it costs.

Every contender has its default settings, one thread and a process of its own; what is printed for each table
is the median score and the median CPU seconds of fitting. Results are kept in a file, so that a run that was
broken off goes on where it stopped; --again trains our own anew.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from common import announce, arguments
from table_contenders import CONTENDERS
from table_sets import TABLE_SETS, TableSet

OURS = "netwright"
PEERS = [name for name in CONTENDERS if not name.startswith(OURS)]
LONGEST = 3600
"""Seconds that one training may take."""


@dataclass(frozen=True)
class Result:
    """One training: which, how good on the test rows, and the CPU seconds of fitting and answering."""

    table: str
    number: int
    contender: str
    score: float
    fit: float
    predict: float


def kept(path: Path) -> list[Result]:
    """Return the results of a file, none if there is no such file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [Result(**json.loads(line)) for line in lines]


def train(table: str, number: int, contender: str, folder: Path, python: str) -> Result | None:
    """Train once in a process of its own; None, and a line that says why, where that fails."""
    script = Path(__file__).with_name("table_contenders.py")
    command = [python, str(script), table, str(number), contender, str(folder.resolve())]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            cwd=script.parent,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        print(f"   {contender} on {table} {number}: longer than {LONGEST} s", flush=True)
        return None
    if done.returncode != 0:
        print(f"   {contender} on {table} {number}: {done.stderr.strip().splitlines()[-1]}", flush=True)
        return None
    return Result(table, number, contender, **json.loads(done.stdout.splitlines()[-1]))


def of(results: Sequence[Result], table: str, contender: str) -> list[Result]:
    """Return the results of a contender on a table."""
    return [one for one in results if one.table == table and one.contender == contender]


def print_scores(results: Sequence[Result], contenders: Sequence[str]) -> None:
    """Print for each table the median score of each contender, with the CPU seconds beside it."""
    print(f"\n{'median score (CPU s), n':<24}" + "".join(f"{name[:19]:>20}" for name in contenders))
    for table in TABLE_SETS.values():
        cells = []
        for contender in contenders:
            mine = of(results, table.name, contender)
            score, seconds = ([getattr(r, key) for r in mine] for key in ("score", "fit"))
            told = f"{_figure(score, table)} ({_median(seconds):.1f}) {len(mine)}" if mine else "-"
            cells.append(f"{told:>20}")
        print(f"{table.name + ' ' + table.measure:<24}" + "".join(cells))


def print_ranks(results: Sequence[Result], contenders: Sequence[str]) -> None:
    """Print the mean rank and the CPU time of all tables on which every contender has a result."""
    common = [name for name in TABLE_SETS if all(of(results, name, contender) for contender in contenders)]
    if not common:
        print("\nNo table has a result of every contender: no ranks.")
        return
    ranks: dict[str, list[float]] = {contender: [] for contender in contenders}
    for name in common:
        shared = _shared(results, name, contenders)
        sign = 1 if TABLE_SETS[name].lower_is_better else -1
        scores = {c: sign * _median([r.score for r in of(shared, name, c)]) for c in contenders}
        for contender, score in scores.items():
            below, equal = (sum(test(score, other) for other in scores.values()) for test in (_less, _equal))
            ranks[contender].append(below + (equal + 1) / 2)
    print(f"\nmean rank over {len(common)} tables: {', '.join(common)}")
    for contender in sorted(contenders, key=lambda one: statistics.mean(ranks[one])):
        seconds = sum(_median([r.fit for r in of(results, name, contender)]) for name in common)
        print(f"   {contender:<24} {statistics.mean(ranks[contender]):5.2f}   {seconds:9.1f} CPU s")


def print_bounds(results: Sequence[Result], contender: str) -> None:
    """Print which bounds are met; of official splits the mean counts."""
    print(f"\nbounds, {contender}")
    for table in TABLE_SETS.values():
        scores = [r.score for r in of(results, table.name, contender)]
        if table.bound is None or not scores:
            continue
        value = statistics.mean(scores) if table.splits else _median(scores)
        met = value <= table.bound if table.lower_is_better else value >= table.bound
        sign = "≤" if table.lower_is_better else "≥"
        spread = f"n={len(scores)}, {min(scores):,.4g} to {max(scores):,.4g}"
        verdict = "met" if met else "NOT MET"
        print(f"   {table.name:<12} {value:>10,.5g} {sign} {table.bound:,g}: {verdict}; {spread}")


def _shared(results: Sequence[Result], table: str, contenders: Sequence[str]) -> list[Result]:
    """Return the results of the splits that all contenders have."""
    numbers = [{r.number for r in of(results, table, contender)} for contender in contenders]
    common = set.intersection(*numbers) or set.union(*numbers)
    return [r for r in results if r.table == table and r.number in common]


def _less(score: float, other: float) -> bool:
    return other < score


def _equal(score: float, other: float) -> bool:
    return other == score


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")


def _figure(scores: Sequence[float], table: TableSet) -> str:
    middle = _median(scores)
    return f"{middle:,.0f}" if middle > 1000 else f"{middle:.4g}"


def main() -> None:
    parser = arguments(__doc__)
    names = list(TABLE_SETS)
    parser.add_argument("--tables", nargs="+", choices=names, default=names)
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=[OURS, *PEERS])
    parser.add_argument("--splits", type=int, default=3, help="seeds or splits of each table")
    parser.add_argument(
        "--results", type=Path, default=Path("tables_results.jsonl"), help="file that keeps them"
    )
    parser.add_argument(
        "--peers-python", default=sys.executable, help="Python in which the peers are installed"
    )
    parser.add_argument("--again", action="store_true", help="train our own anew, whatever is kept")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    options = parser.parse_args()
    announce("Tables")
    if options.data is None:
        print("skipped, no data folder. Give --data FOLDER or set NETWRIGHT_DATA.")
        return
    results = [r for r in kept(options.results) if not (options.again and r.contender.startswith(OURS))]
    done = {(r.table, r.number, r.contender) for r in results}
    wanted = [
        (table, number, contender)
        for number in range(options.splits)
        for table in options.tables
        for contender in options.contenders
        if (table, number, contender) not in done
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        started = [pool.submit(_trained, Path(options.data), options.peers_python, one) for one in wanted]
        for future in as_completed(started):
            result = future.result()
            if result is not None:
                results.append(result)
                with options.results.open("a") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
    present = [c for c in CONTENDERS if any(r.contender == c for r in results)]
    print_scores(results, present)
    print_ranks(results, present)
    for contender in (c for c in present if c.startswith(OURS)):
        print_bounds(results, contender)


def _trained(folder: Path, peers: str, wanted: tuple[str, int, str]) -> Result | None:
    table, number, contender = wanted
    python = sys.executable if contender.startswith(OURS) else peers
    return train(table, number, contender, folder, python)


if __name__ == "__main__":
    main()
