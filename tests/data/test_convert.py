"""Every holder of a table gives the same frame, and what is no table is refused in plain words."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from netwright.data.convert import to_frame, to_series
from netwright.errors import DataError

MATRIX = np.array([[1.0, 2.5], [3.0, 4.5], [5.0, 6.5]])
EXPECTED = pl.DataFrame({"x0": [1.0, 3.0, 5.0], "x1": [2.5, 4.5, 6.5]})


@pytest.mark.parametrize(
    "X",
    [
        MATRIX,
        MATRIX.astype(np.float32),
        np.asfortranarray(MATRIX),
        MATRIX.astype(object),
        MATRIX.tolist(),
        [tuple(row) for row in MATRIX.tolist()],
        list(MATRIX),
        torch.tensor(MATRIX),
        torch.tensor(MATRIX, requires_grad=True),
        torch.tensor(MATRIX, dtype=torch.bfloat16),
        pl.DataFrame(EXPECTED),
        EXPECTED.lazy(),
        EXPECTED.to_arrow(),
        EXPECTED.to_dict(as_series=False),
        EXPECTED.to_dict(),
        EXPECTED.to_dicts(),
        pd.DataFrame(MATRIX, columns=["x0", "x1"]),
        np.ma.masked_array(MATRIX),
        np.array([tuple(row) for row in MATRIX], dtype=[("x0", float), ("x1", float)]),
    ],
    ids=lambda X: type(X).__name__,
)
def test_every_holder_gives_the_same_frame(X: Any) -> None:
    frame = to_frame(X)
    assert frame.equals(EXPECTED)
    assert frame.dtypes == [pl.Float64, pl.Float64]


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6)))
def test_arrays_keep_their_values(array: np.ndarray[Any, Any]) -> None:
    np.testing.assert_array_equal(to_frame(array).to_numpy(), array)


def test_types_of_arrays() -> None:
    assert to_frame(np.array([[1, 2]])).dtypes == [pl.Float64] * 2
    assert to_frame(np.array([[2**60 + 1, 1]]))["x0"].to_list() == [2**60 + 1]
    assert to_frame(np.array([[True, False]])).row(0) == (1.0, 0.0)
    assert to_frame(np.array([["a", "b"]])).row(0) == ("a", "b")
    assert to_frame(np.array([[b"a"]])).row(0) == ("a",)
    assert to_frame(np.array([["2024-01-01"]], dtype="datetime64[D]")).row(0) == (datetime(2024, 1, 1),)
    assert to_frame(np.array([[1, "a"], [2.0, None]], dtype=object)).rows() == [(1.0, "a"), (2.0, None)]
    assert to_frame([[1, "a"], [None, "b"]]).rows() == [(1.0, "a"), (None, "b")]
    masked = np.ma.masked_array([[1.0, 2.0]], mask=[[False, True]])
    assert np.isnan(to_frame(masked)["x1"][0])


def test_every_type_of_pandas() -> None:
    index = pd.Index([7, 5, 3])
    frame = pd.DataFrame(
        {
            "integer": pd.Series([1, 2, 3], index=index),
            "float": pd.Series([1.5, np.nan, 3.5], index=index),
            "bool": pd.Series([True, False, True], index=index),
            "object": pd.Series(["a", None, "c"], index=index, dtype=object),
            "mixed": pd.Series([1, "b", 2.0], index=index, dtype=object),
            "string": pd.Series(["a", None, "c"], index=index, dtype="string"),
            "category": pd.Series(pd.Categorical(["u", None, "v"]), index=index),
            "codes": pd.Series(pd.Categorical([3, 1, 3]), index=index),
            "Int64": pd.Series([2**60 + 1, None, 3], index=index, dtype="Int64"),
            "Float32": pd.Series([1.5, None, 3.5], index=index, dtype="Float32"),
            "boolean": pd.Series([True, None, False], index=index, dtype="boolean"),
            "moment": pd.Series(pd.to_datetime(["2024-01-01", None, "2024-01-03"]), index=index),
            "zoned": pd.Series(
                pd.to_datetime(["2024-01-01", None, "2024-01-03"]), index=index
            ).dt.tz_localize("Europe/Berlin"),
            "delta": pd.Series(pd.to_timedelta([1, None, 2], unit="h"), index=index),
            "period": pd.Series(pd.period_range("2024-01", periods=3, freq="M"), index=index),
            "sparse": pd.Series(pd.arrays.SparseArray([0.0, 1.0, 0.0]), index=index),
            "arrow": pd.Series([1, None, 3], index=index, dtype="int64[pyarrow]"),
            5: pd.Series([1, 2, 3], index=index),
        }
    )
    converted = to_frame(frame)
    assert converted.columns == [*map(str, frame.columns)]
    expected = {
        "integer": [1, 2, 3],
        "float": [1.5, None, 3.5],
        "bool": [True, False, True],
        "object": ["a", None, "c"],
        "mixed": ["1", "b", "2"],
        "string": ["a", None, "c"],
        "category": ["u", None, "v"],
        "codes": [3, 1, 3],
        "Int64": [2**60 + 1, None, 3],
        "Float32": [1.5, None, 3.5],
        "boolean": [True, None, False],
        "moment": [datetime(2024, 1, 1), None, datetime(2024, 1, 3)],
        "zoned": [datetime(2023, 12, 31, 23), None, datetime(2024, 1, 2, 23)],
        "delta": [timedelta(hours=1), None, timedelta(hours=2)],
        "period": ["2024-01", "2024-02", "2024-03"],
        "sparse": [0.0, 1.0, 0.0],
        "arrow": [1, None, 3],
        "5": [1, 2, 3],
    }
    assert converted.to_dict(as_series=False) == expected


def test_many_words_of_pandas() -> None:
    words = pd.Series(["a", None, "c"] * 1_000, dtype="str")
    assert to_frame(words.to_frame("w"))["w"].to_list() == ["a", None, "c"] * 1_000


def test_pandas_without_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd\n"
        "from netwright.data.convert import to_frame\n"
        "frame = pd.DataFrame({'a': ['x', None], 'b': pd.Categorical(['u', 'v']), 'c': [1, 2]})\n"
        "frame['d'] = frame['a'].astype('string'); frame['e'] = pd.to_datetime(['2024-01-01', None])\n"
        "print(to_frame(frame).rows())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.startswith(
        "[('x', 'u', 1, 'x', datetime.datetime(2024, 1, 1, 0, 0)), (None, 'v', 2, None"
    )


def test_pandas_is_not_imported_for_what_is_not_of_it() -> None:
    code = (
        "import sys\nfrom netwright.data.convert import to_frame, to_series\n"
        "to_frame([[1.0]]); to_series([1])\n"
        "print([name in sys.modules for name in ('pandas', 'torch', 'sklearn')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["[False,", "False,", "False]"]


def test_python_objects() -> None:
    rows = [
        {
            "n": 1,
            "d": date(2024, 1, 1),
            "m": Decimal("1.5"),
            "t": True,
            "w": "a",
            "z": datetime(2024, 1, 1, tzinfo=UTC),
        },
        {"n": None, "d": None, "m": Fraction(1, 2), "t": None, "w": float("nan"), "extra": 2**70},
    ]
    assert to_frame(rows).to_dict(as_series=False) == {
        "n": [1, None],
        "d": [datetime(2024, 1, 1), None],
        "m": [1.5, 0.5],
        "t": [True, None],
        "w": ["a", None],
        "z": [datetime(2024, 1, 1), None],
        "extra": [None, str(2**70)],
    }


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.ones(3), DataError, "Reshape your data"),
        ([1, 2, 3], DataError, "Reshape your data"),
        (["a", "b"], DataError, "Reshape your data"),
        (np.float64(1), DataError, "got a scalar.*Reshape your data"),
        (torch.ones(3), DataError, "Reshape your data"),
        (pl.Series([1]), DataError, "Reshape your data"),
        (pd.Series([1]), DataError, "Reshape your data"),
        (pa.array([1]), DataError, "Reshape your data"),
        (np.ones((2, 2, 2)), DataError, "got 3 dimensions"),
        (
            np.empty((12, 0)),
            DataError,
            r"0 feature\(s\) \(shape=\(12, 0\)\) while a minimum of 1 is required\.",
        ),
        (pl.DataFrame(), DataError, r"0 feature\(s\)"),
        (np.empty((0, 3)), DataError, r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required\."),
        (pd.DataFrame({"a": []}), DataError, r"0 sample\(s\)"),
        ([], DataError, "0 feature"),
        (MATRIX + 1j, DataError, "Complex data not supported"),
        (pd.DataFrame({"a": [1j]}), DataError, "Complex data not supported"),
        ({"a": np.array([1j])}, DataError, "Complex data not supported"),
        (scipy.sparse.csr_matrix(MATRIX), TypeError, r"sparse.*toarray\(\)"),
        (scipy.sparse.coo_array(MATRIX), TypeError, "sparse"),
        (
            np.array([[{"a": 1}]], dtype=object),
            TypeError,
            "argument must be a string or a real number, got dict",
        ),
        (pd.DataFrame({"a": [1, [2]]}), TypeError, "Column 'a', row 2: .* got list"),
        ([[1, 2], [3]], DataError, "Row 2 has 1 values, expected 2 as in row 1"),
        ({"a": [1, 2], "b": [1]}, DataError, "columns of one length, but 'a' has 2, 'b' has 1"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), DataError, "'a' stands 2 times"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), DataError, "'1' stands 2 times"),
        (pa.table([[1], [2]], names=["a", "a"]), DataError, "'a' stands 2 times"),
        ("a.csv", TypeError, "is 'a.csv' a file"),
        (None, TypeError, "got NoneType"),
        (object(), TypeError, "got object"),
    ],
    ids=lambda value: str(value).split(" at 0x")[0],
)
def test_what_is_no_table_is_refused(X: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        to_frame(X)


@pytest.mark.parametrize(
    "y",
    [
        [1, 0, 1],
        (1, 0, 1),
        np.array([1, 0, 1]),
        np.array([[1], [0], [1]]),
        np.array([1, 0, 1], dtype=object),
        torch.tensor([1, 0, 1]),
        torch.tensor([[1], [0], [1]]),
        pl.Series("y", [1, 0, 1]),
        pl.DataFrame({"y": [1, 0, 1]}),
        pd.Series([1, 0, 1]),
        pd.Index([1, 0, 1]),
        pd.DataFrame({"y": [1, 0, 1]}),
        pa.array([1, 0, 1]),
        pa.chunked_array([[1, 0], [1]]),
        pa.table({"y": [1, 0, 1]}),
        [[1], [0], [1]],
    ],
    ids=lambda y: type(y).__name__,
)
def test_every_holder_gives_the_same_series(y: Any) -> None:
    series = to_series(y)
    assert series.to_list() == [1, 0, 1]
    assert series.name == "y"


def test_types_and_names_of_series() -> None:
    assert to_series(["a", "b", None]).to_list() == ["a", "b", None]
    assert to_series([True, False]).dtype == pl.Boolean
    assert to_series(np.array([True, False])).dtype == pl.Boolean
    assert to_series(np.array(["a", "b"])).dtype == pl.String
    assert to_series([1.5, float("nan")]).to_list() == [1.5, None]
    assert to_series(pd.Series(pd.Categorical(["a", "b"]), name="kind")).name == "kind"
    assert to_series([1], name="target").name == "target"
    assert to_series(pl.Series([1]), name="target").name == "target"


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (MATRIX, DataError, r"one value for each row, got an array of shape \(3, 2\)"),
        (pl.DataFrame({"a": [1], "b": [2]}), DataError, "one column, got 2: a, b"),
        (5, TypeError, "got int"),
        ("abc", TypeError, "got text"),
        (np.array([1j]), DataError, "Complex data not supported"),
        ([{"a": 1}, 1], TypeError, "Column 'y', row 1"),
    ],
    ids=str,
)
def test_what_is_no_column_is_refused(y: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        to_series(y)


@given(
    st.lists(st.one_of(st.none(), st.integers(), st.floats(), st.booleans(), st.text(max_size=3)), min_size=1)
)
def test_any_mixture_of_plain_values_is_a_column(values: list[Any]) -> None:
    series = to_series(values)
    assert len(series) == len(values)
    missing = [value is None or value != value for value in values]
    assert series.is_null().to_list() == missing
