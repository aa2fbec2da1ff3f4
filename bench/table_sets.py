"""The tables of `tables.py`: columns, target, measure, and how each is split into training and test rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Split = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True)
class TableSet:
    """One table.

    Attributes:
        name: what it is called.
        files: in the data folder; the first is read first.
        target: the column to predict.
        measure: "roc_auc", "average_precision", "accuracy" or "rmse".
        drop: columns that are no input: leaks, numbers of rows, names.
        split: from the files and the number of a repetition to training and test rows.
        splits: how many official splits there are; without any, the split is drawn by its number.
        bound: what the score should reach, or None.
    """

    name: str
    files: tuple[str, ...]
    target: str
    measure: str
    split: Callable[[TableSet, Path, int], Split]
    drop: tuple[str, ...] = ()
    splits: int = 0
    bound: float | None = None

    @property
    def lower_is_better(self) -> bool:
        """The direction of the measure."""
        return self.measure == "rmse"


def read(path: Path, **options: Any) -> pd.DataFrame:
    """Return a file as a frame; "?" and blanks are missing."""
    return pd.read_csv(path, na_values=["?", " "], skipinitialspace=True, **options)


def official(table: TableSet, folder: Path, number: int) -> Split:
    """Return the training and the test file as they come."""
    first, second = table.files
    return read(folder / first), read(folder / second)


def one_in_five(table: TableSet, folder: Path, number: int) -> Split:
    """Split 80 to 20 by scikit-learn, with the repetition's number as seed."""
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(read(folder / table.files[0]), test_size=0.2, random_state=number)
    return train, test


def two_year_split(table: TableSet, folder: Path, number: int) -> Split:
    """Split the rows that ProPublica analysed, 80 to 20."""
    from sklearn.model_selection import train_test_split

    rows = read(folder / table.files[0])
    usual = [*COMPAS_INPUTS, table.target]
    rows = rows.loc[rows["days_b_screening_arrest"].abs() <= 30, usual]
    train, test = train_test_split(rows, test_size=0.2, random_state=number)
    return train, test


def first_rows(table: TableSet, folder: Path, number: int) -> Split:
    """Return the first 16,000 rows and the others."""
    rows = read(folder / table.files[0])
    return rows.iloc[:16_000], rows.iloc[16_000:]


def listed_rows(table: TableSet, folder: Path, number: int) -> Split:
    """Return the official split of that number: the test rows are listed in a file."""
    rows, listed = read(folder / table.files[0]), json.loads((folder / table.files[1]).read_text())
    test = np.zeros(len(rows), dtype=bool)
    test[listed[str(number)]] = True
    return rows[~test], rows[test]


def without_header(table: TableSet, folder: Path, number: int) -> Split:
    """Split a file without header 80 to 20; its columns are called x0, x1, …"""
    from sklearn.model_selection import train_test_split

    rows = pd.read_csv(folder / table.files[0], header=None, quotechar="'")
    rows.columns = pd.Index([f"x{index}" for index in range(rows.shape[1])])
    train, test = train_test_split(rows, test_size=0.2, random_state=number)
    return train, test


COMPAS_INPUTS = (
    "sex",
    "age",
    "race",
    "juv_fel_count",
    "juv_misd_count",
    "juv_other_count",
    "priors_count",
    "c_charge_degree",
)


def _uci(name: str, bound: float) -> TableSet:
    files = (f"tabular/uci_{name}.csv", f"tabular/uci_{name}_test_rows.json")
    return TableSet(name, files, "target", "rmse", listed_rows, splits=20, bound=bound)


TABLE_SETS = {
    table.name: table
    for table in (
        _uci("yacht", 0.60),
        _uci("energy", 0.40),
        TableSet(
            "titanic",
            ("tabular/titanic.csv",),
            "survived",
            "roc_auc",
            one_in_five,
            drop=("name", "ticket"),
        ),
        _uci("concrete", 4.4),
        TableSet("compas", ("tabular/compas.csv",), "two_year_recid", "roc_auc", two_year_split),
        TableSet(
            "telco",
            ("tabular/telco_churn.csv",),
            "Churn",
            "roc_auc",
            one_in_five,
            drop=("customerID",),
        ),
        _uci("kin8nm", 0.068),
        _uci("power_plant", 3.3),
        TableSet(
            "mammography",
            ("tabular/mammography_noheader.csv",),
            "x6",
            "average_precision",
            without_header,
        ),
        TableSet(
            "bike",
            ("tabular/bike_sharing_hourly.csv",),
            "cnt",
            "rmse",
            one_in_five,
            drop=("instant", "dteday", "casual", "registered"),
        ),
        TableSet(
            "california",
            ("tabular/california_housing.csv",),
            "median_house_value",
            "rmse",
            one_in_five,
            bound=44_500,
        ),
        TableSet("letter", ("tabular/letter_recognition.csv",), "class", "accuracy", first_rows, bound=0.982),
        TableSet(
            "adult",
            ("tabular/adult_train.csv", "tabular/adult_test.csv"),
            "income",
            "roc_auc",
            official,
            bound=0.929,
        ),
        TableSet(
            "bank",
            ("tabular/bank_marketing.csv",),
            "deposit",
            "roc_auc",
            one_in_five,
            drop=("duration",),
        ),
    )
}


def load(name: str, folder: Path, number: int) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, pd.Series]:
    """Return training inputs and target, test inputs and target."""
    table = TABLE_SETS[name]
    train, test = table.split(table, folder, number)
    dropped = [column for column in table.drop if column in train.columns]
    train, test = train.drop(columns=dropped), test.drop(columns=dropped)
    return (
        train.drop(columns=table.target),
        train[table.target],
        test.drop(columns=table.target),
        test[table.target],
    )
