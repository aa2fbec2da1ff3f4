"""How good the default recipe is on tables in a minute, and how long the first example takes.

Every figure comes from the command that a user would type. Training repeats with other seeds; the test
rows are the same each time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common import announce, arguments, data_file, netwright, row

Parts = tuple[Path, Path]


@dataclass(frozen=True)
class Table:
    """A data set, how it is split, what is measured, and the bound."""

    name: str
    target: str
    metric: str
    files: tuple[str, ...]
    split: Callable[[list[Path], Path], Parts]
    at_least: float | None = None
    at_most: float | None = None


def official(files: list[Path], folder: Path) -> Parts:
    """Return the training and the test file as they come."""
    return files[0], files[1]


def first_rows(count: int) -> Callable[[list[Path], Path], Parts]:
    """Return a split that trains on the first `count` rows and tests on the others."""

    def split(files: list[Path], folder: Path) -> Parts:
        header, *lines = files[0].read_text().splitlines()
        return write(folder, header, lines[:count], lines[count:])

    return split


def one_in_five(files: list[Path], folder: Path) -> Parts:
    """Split 80 to 20 by scikit-learn with seed 0."""
    from sklearn.model_selection import train_test_split

    header, *lines = files[0].read_text().splitlines()
    train, test = train_test_split(lines, test_size=0.2, random_state=0)
    return write(folder, header, train, test)


def write(folder: Path, header: str, train: list[str], test: list[str]) -> Parts:
    """Write both parts as CSV and return their paths."""
    paths = folder / "train.csv", folder / "test.csv"
    for path, lines in zip(paths, (train, test), strict=True):
        path.write_text("\n".join([header, *lines, ""]))
    return paths


TABLES = (
    Table(
        "adult",
        "income",
        "roc_auc",
        ("tabular/adult_train.csv", "tabular/adult_test.csv"),
        official,
        at_least=0.912,
    ),
    Table(
        "california housing",
        "median_house_value",
        "rmse",
        ("tabular/california_housing.csv",),
        one_in_five,
        at_most=50_000,
    ),
    Table(
        "letter recognition",
        "class",
        "accuracy",
        ("tabular/letter_recognition.csv",),
        first_rows(16_000),
        at_least=0.965,
    ),
)


def measure(table: Table, data: Path | None, seeds: int, budget: str) -> None:
    """Train once for every seed and print the metric on the test rows."""
    files = [data_file(data, name) for name in table.files]
    found = [path.resolve() for path in files if path is not None]
    if len(found) < len(table.files):
        return
    scores, times = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, test = table.split(found, folder)
        for seed in range(seeds):
            words = ["--target", table.target, "--test", test, "--time", budget, "--seed", str(seed)]
            answer, seconds = netwright("train", train, *words, "--out", f"run_{seed}", folder=folder)
            scores.append(float(answer["metrics"][table.metric]))
            times.append(seconds)
    name = f"{table.name}: {table.metric}, --time {budget}"
    row(name, scores, at_least=table.at_least, at_most=table.at_most, digits=4)
    row(f"{table.name}: whole command", times, "s", digits=1)


def measure_example(repeats: int) -> None:
    """Print the time of the first example: sample and train, each a whole command."""
    times = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            netwright("sample", "breast_cancer", folder=folder)
            times.append(netwright("train", "breast_cancer.csv", "--target", "diagnosis", folder=folder)[1])
    row("breast_cancer: whole train command", times, "s", at_most=20, digits=1)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--time", default="60s", help="the time budget of each training")
    parser.add_argument("--only", choices=[table.name for table in TABLES], help="one data set")
    options = parser.parse_args()
    announce("Tables")
    if not options.only:
        measure_example(options.seeds)
    for table in TABLES:
        if options.only in (None, table.name):
            measure(table, options.data, options.seeds, options.time)


if __name__ == "__main__":
    main()
