"""Raw rows are brought to one shape whatever order and types they come in."""

from __future__ import annotations

import json
from datetime import date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.schema import Column, Kind, Schema, align
from netwright.errors import DataError

SCHEMA = Schema(
    (
        Column("age", Kind.NUMBER, ""),
        Column("id", Kind.IDENTIFIER, "", used=False),
        Column("job", Kind.CATEGORY, ""),
        Column("smoker", Kind.YES_NO, ""),
        Column("seen", Kind.DATETIME, "", format="%d/%m/%Y"),
    )
)
ROWS = pl.DataFrame(
    {
        "age": [41.0, None],
        "job": ["cook", None],
        "smoker": ["yes", "no"],
        "seen": [datetime(2024, 2, 1), None],
    }
)


def one(kind: Kind, values: pl.Series, format: str = "") -> list[object]:
    return align(values.alias("x").to_frame(), Schema((Column("x", kind, "", format=format),)))["x"].to_list()


def test_json_round_trip() -> None:
    assert Schema.from_json(json.loads(json.dumps(SCHEMA.to_json()))) == SCHEMA


@pytest.mark.parametrize(
    "damaged", [{}, {"columns": [{"name": "a"}]}, {"columns": 3}, {"columns": [{"kind": "x"}]}]
)
def test_damaged_json_is_refused(damaged: dict[str, object]) -> None:
    with pytest.raises(DataError, match="schema is damaged"):
        Schema.from_json(damaged)


def test_used_names_and_column() -> None:
    assert [column.name for column in SCHEMA.used] == ["age", "job", "smoker", "seen"]
    assert SCHEMA.names == ("age", "id", "job", "smoker", "seen")
    assert SCHEMA.column("job").kind is Kind.CATEGORY
    with pytest.raises(DataError, match="Did you mean 'job'"):
        SCHEMA.column("jobb")


def test_order_extra_columns_and_types_do_not_matter() -> None:
    raw = pl.DataFrame(
        {
            "seen": ["1/2/2024", "?"],
            "extra": [1, 2],
            "smoker": [True, False],
            "job": ["cook", " "],
            "age": ["41", "NA"],
        }
    )
    aligned = align(raw, SCHEMA)
    assert aligned.equals(ROWS)
    assert aligned.dtypes == [pl.Float64, pl.String, pl.String, pl.Datetime("us")]


def test_what_is_canonical_is_not_copied() -> None:
    schema = Schema((Column("b", Kind.CATEGORY, ""), Column("a", Kind.NUMBER, "")))
    frame = pl.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    aligned = align(frame, schema)
    assert aligned.columns == ["b", "a"]
    assert np.shares_memory(aligned["a"].to_numpy(), frame["a"].to_numpy())


@given(st.permutations(["age", "id", "job", "smoker", "seen"]))
def test_column_order_does_not_matter(order: list[str]) -> None:
    raw = ROWS.with_columns(pl.lit("a").alias("id"))
    assert align(raw.select(order), SCHEMA).equals(ROWS)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=False), st.integers(-9, 9)),
            st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["1", "1.0", " 1 ", "007"])),
            st.one_of(st.none(), st.booleans(), st.sampled_from(["yes", "N", "maybe"])),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_aligning_twice_changes_nothing(rows: list[tuple[object, object, object]]) -> None:
    schema = Schema(
        (Column("n", Kind.NUMBER, ""), Column("c", Kind.CATEGORY, ""), Column("y", Kind.YES_NO, ""))
    )
    numbers, words, answers = zip(*rows, strict=True)
    raw = pl.DataFrame(
        {
            "n": pl.Series([None if value is None else float(value) for value in numbers], dtype=pl.Float64),
            "c": pl.Series(words, dtype=pl.String),
            "y": pl.Series([None if value is None else str(value) for value in answers], dtype=pl.String),
        }
    )
    once = align(raw, schema)
    assert align(once, schema).equals(once)
    assert once["n"].is_nan().sum() == 0


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([1, 2]),
        pl.Series([1.0, 2.0]),
        pl.Series([1.0, 2.0], dtype=pl.Float32),
        pl.Series(["1", "2"]),
        pl.Series(["1.0", " 2.00 "]),
        pl.Series([1, 2], dtype=pl.UInt8),
        pl.Series(["1", "2"], dtype=pl.Categorical),
        pl.Series([1, 2]).cast(pl.Decimal(10, 2)),
    ],
    ids=str,
)
def test_categories_agree_whatever_their_type(values: pl.Series) -> None:
    assert one(Kind.CATEGORY, values) == ["1", "2"]


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([1, None]),
        pl.Series([1.0, float("nan")]),
        pl.Series(["1", "?"]),
        pl.Series([" 1 ", "unknown"]),
        pl.Series([True, None]),
        pl.Series(["1", None], dtype=pl.Categorical),
        pl.Series([1, None]).cast(pl.Decimal(10, 2)),
        pl.Series([1_000_000, None]).cast(pl.Duration("us")),
    ],
    ids=str,
)
def test_numbers_agree_whatever_their_type(values: pl.Series) -> None:
    assert one(Kind.NUMBER, values) == [1.0, None]


def test_fractions_and_signs_of_zero_as_categories() -> None:
    assert one(Kind.CATEGORY, pl.Series([0.5, -0.0, 3.0, float("nan"), 1e15])) == [
        "0.5",
        "0",
        "3",
        None,
        "1" + "0" * 15,
    ]


@pytest.mark.parametrize(
    ("format", "text", "value"),
    [
        ("1,234.5", "1,234.5", 1234.5),
        ("1.234,5", "1.234,5", 1234.5),
        ("$1,234.5 or 12%", "$1,234.50", 1234.5),
        ("$1,234.5 or 12%", "12 %", 12.0),
    ],
)
def test_formats_of_numbers(format: str, text: str, value: float) -> None:
    assert one(Kind.NUMBER, pl.Series([text]), format) == [value]


def test_yes_and_no_in_many_words() -> None:
    words = pl.Series(["Yes", "n", "TRUE", "f", "1", " 0 ", "maybe", None])
    assert one(Kind.YES_NO, words) == ["yes", "no", "yes", "no", "yes", "no", "maybe", None]
    assert one(Kind.YES_NO, pl.Series([1, 0])) == ["yes", "no"]
    assert one(Kind.YES_NO, pl.Series([1.0, None])) == ["yes", None]


@pytest.mark.parametrize(
    ("values", "format"),
    [
        (pl.Series([date(2024, 2, 1)]), ""),
        (pl.Series([datetime(2024, 2, 1)], dtype=pl.Datetime("ns")), ""),
        (pl.Series([datetime(2024, 2, 1)]).dt.replace_time_zone("UTC"), ""),
        (pl.Series([datetime(2024, 2, 1, 1)]).dt.replace_time_zone("Europe/Berlin"), ""),
        (pl.Series(["2024-02-01"]), ""),
        (pl.Series(["2024-02-01T00:00:00Z"]), ""),
        (pl.Series(["2024-02-01T01:00:00+01:00"]), ""),
        (pl.Series(["2024-02-01 00:00:00"]), "%d/%m/%Y"),
        (pl.Series(["1/2/2024"]), "%d/%m/%Y"),
        (pl.Series(["2/1/2024"], dtype=pl.Categorical), "%m/%d/%Y"),
        (pl.Series([1706745600]), "unix s"),
        (pl.Series(["1706745600"]), "unix s"),
        (pl.Series([1706745600000.0]), "unix ms"),
        (pl.Series([20240201]), "%Y%m%d"),
    ],
    ids=str,
)
def test_dates_agree_whatever_their_type(values: pl.Series, format: str) -> None:
    assert one(Kind.DATETIME, values, format) == [datetime(2024, 2, 1)]


def test_times_of_day() -> None:
    expected = [datetime(1970, 1, 1, 12, 30)]
    assert one(Kind.DATETIME, pl.Series(["12:30"]), "%H:%M") == expected
    assert one(Kind.DATETIME, pl.Series(["12:30"]).str.to_time("%H:%M")) == expected
    assert one(Kind.DATETIME, pl.Series(["12:30 PM"]), "%I:%M %p") == expected


def test_several_columns_of_one_kind_keep_their_names() -> None:
    kinds = {"a": Kind.DATETIME, "b": Kind.DATETIME, "c": Kind.YES_NO, "d": Kind.YES_NO}
    schema = Schema(tuple(Column(name, kind, "") for name, kind in kinds.items()))
    aligned = align(pl.DataFrame({"a": ["2024-01-01"], "b": ["2024-01-02"], "c": [" Y"], "d": ["f"]}), schema)
    assert aligned.row(0) == (datetime(2024, 1, 1), datetime(2024, 1, 2), "yes", "no")


def test_missing_columns_are_named() -> None:
    with pytest.raises(DataError, match=r"Column 'job' not found.*Is it the column 'Job'\?"):
        align(ROWS.rename({"job": "Job"}), SCHEMA)
    with pytest.raises(DataError, match="Columns 'age', 'job' not found"):
        align(ROWS.drop("job", "age"), SCHEMA)


def test_a_value_that_is_no_number_is_named() -> None:
    frame = pl.DataFrame({"x": ["1", "?", "12a", "b"]})
    with pytest.raises(DataError, match=r"Column 'x', row 3: expected a number, got '12a'"):
        align(frame, Schema((Column("x", Kind.NUMBER, ""),)))


def test_a_value_that_is_no_date_is_named() -> None:
    frame = pl.DataFrame({"x": ["2024-01-01", None, "1/2/2024", "soon"]})
    with pytest.raises(DataError, match=r"Column 'x', row 4: expected a date or time, got 'soon'"):
        align(frame, Schema((Column("x", Kind.DATETIME, "", format="%d/%m/%Y"),)))


@pytest.mark.parametrize("values", [[1.0, float("inf")], ["1", "-inf"], [None, float("-inf")]], ids=str)
def test_infinity_is_refused(values: list[object]) -> None:
    with pytest.raises(DataError, match="Column 'x', row 2: expected a finite number"):
        align(pl.DataFrame({"x": values}), Schema((Column("x", Kind.NUMBER, ""),)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.NUMBER, date(2024, 1, 1)),
        (Kind.NUMBER, [1]),
        (Kind.CATEGORY, {"a": 1}),
        (Kind.CATEGORY, b"x"),
        (Kind.DATETIME, True),
        (Kind.DATETIME, 5),
    ],
    ids=str,
)
def test_types_that_cannot_be_converted_are_refused(kind: Kind, value: object) -> None:
    with pytest.raises(DataError, match="Column 'x': expected"):
        align(pl.DataFrame({"x": [value]}), Schema((Column("x", kind, ""),)))


def test_no_rows_and_no_used_columns() -> None:
    assert align(ROWS.clear(), SCHEMA).shape == (0, 4)
    assert align(ROWS, Schema((Column("age", Kind.CONSTANT, "", used=False),))).width == 0
