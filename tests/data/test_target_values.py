"""Target values of every type are checked by row before anything is learnt from them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from netwright.data.target_values import checked_column, checked_matrix, numbers_of, numbers_or_none
from netwright.errors import DataError


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (pl.Series([1, 2], dtype=pl.Int8), pl.Int64),
        (pl.Series([1, 2], dtype=pl.UInt64), pl.UInt64),
        (pl.Series([1.0, 2.0], dtype=pl.Float32), pl.Float64),
        (pl.Series([Decimal("1.5"), Decimal("2.5")]), pl.Float64),
        (pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), pl.String),
        (pl.Series([True, False]), pl.Boolean),
    ],
)
def test_few_types_remain(column: pl.Series, dtype: pl.DataType) -> None:
    checked = checked_column(column, "y")
    assert checked.dtype == dtype
    assert len(checked) == 2


@pytest.mark.parametrize("column", [pl.Series([[1], [2]]), pl.Series([b"a", b"b"])])
def test_types_that_are_no_answer_are_refused(column: pl.Series) -> None:
    with pytest.raises(DataError, match="Target 'y' holds values of type"):
        checked_column(column, "y")


def test_many_wrong_rows_are_counted_and_the_first_named() -> None:
    column = pl.Series([None if i % 2 else float(i) for i in range(40)])
    with pytest.raises(DataError, match=r"20 values are missing \(row 2, 4, 6, 8, 10 and 15 more\)"):
        checked_column(column, "y")


def test_text_is_numbers_only_if_all_of_it_is() -> None:
    assert numbers_or_none(pl.Series([" 1.5", "2"])).to_list() == [1.5, 2.0]
    assert numbers_or_none(pl.Series(["1.5", "two"])) is None
    assert numbers_or_none(pl.Series(["1.5", "nan"])) is None
    assert numbers_or_none(pl.Series([True, False])) is None
    assert numbers_of(pl.Series([True, False]), "y").tolist() == [1, 0]


def test_matrices_name_the_column_that_is_wrong() -> None:
    assert checked_matrix(np.array([[1, 2], [3, 4]]), ["a", "b"]).dtype == np.float64
    with pytest.raises(DataError, match=r"'b': 1 value is infinite \(row 1\)"):
        checked_matrix(np.array([[1, np.inf], [3, 4]]), ["a", "b"])
