"""Each column is taken for what a careful person would take it for, and says why."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.data.convert import to_frame
from netwright.data.kinds import infer_schema
from netwright.data.schema import Column, Kind, align
from netwright.errors import DataError

RANDOM = np.random.default_rng(0)


def one(values: Any, name: str = "c", **options: Any) -> Column:
    column = values if isinstance(values, pl.Series) else pl.Series(values)
    # A second column keeps a row number from being the only one there is.
    frame = pl.DataFrame({name: column, "other": [row / 7 for row in range(len(column))]})
    found = infer_schema(frame, **options).column(name)
    left_out = found.kind in (Kind.IDENTIFIER, Kind.CONSTANT) or "values of type" in found.reason
    assert found.used == (not left_out)
    assert len(found.reason) > 5
    if found.used:
        align(frame, infer_schema(frame, **options))
    return found


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ([1.5, 2.5, 3.5], Kind.NUMBER, "numbers from 1.5 to 3.5"),
        (list(range(17, 91)), Kind.NUMBER, "whole numbers from 17 to 90"),
        (
            [1, 2, 3, 4] * 5,
            Kind.NUMBER,
            "whole numbers from 1 to 4; if they are codes without an order, say c=category",
        ),
        ([0, 1, 1], Kind.NUMBER, "only 0 and 1"),
        ([5, None, 5], Kind.NUMBER, "whole numbers from 5 to 5"),
        ([5, 5, 5], Kind.CONSTANT, "always 5"),
        (["x", "x"], Kind.CONSTANT, "always 'x'"),
        ([None, None], Kind.CONSTANT, "all values are missing"),
        ([float("nan"), float("nan")], Kind.CONSTANT, "all values are missing"),
        (pl.Series([None, None], dtype=pl.String), Kind.CONSTANT, "all values are missing"),
        ([True, True], Kind.CONSTANT, "always True"),
        ([None] * 9 + [1.5, 2.5], Kind.NUMBER, "numbers from 1.5 to 2.5"),
        (["x", None, "x"], Kind.CATEGORY, "'x' or missing"),
        (["red", "blue", "red"], Kind.CATEGORY, "2 different values in 3 rows"),
        (["a", "b"] * 9 + ["c"], Kind.CATEGORY, "3 different values in 19 rows"),
        (["yes", "no", None], Kind.YES_NO, "only yes and no"),
        (["Y", "N", "n"], Kind.YES_NO, "only n and Y and N"),
        (["True", "False"], Kind.YES_NO, "only True and False"),
        ([True, False, None], Kind.YES_NO, "true and false"),
        ([None, "yes"], Kind.YES_NO, "only yes or missing"),
        (["1", "2.5", "?"], Kind.NUMBER, "numbers stored as text"),
        (["1,234", "12", "3,000,000"], Kind.NUMBER, "numbers stored as text, written as 1,234.5"),
        (["1.234,5", "12", "0,5"], Kind.NUMBER, "numbers stored as text, written as 1.234,5"),
        (["$3", "$1,200"], Kind.NUMBER, "numbers stored as text, written as $1,234.5 or 12%"),
        ([*map(str, range(30)), ">5"], Kind.CATEGORY, "mostly numbers, but '>5' is not one"),
        (["02134", "90210", "10001"], Kind.CATEGORY, "codes with leading zeros"),
        ([date(2024, 1, 1), date(2024, 5, 1)], Kind.DATETIME, "dates from 2024-01-01 to 2024-05-01"),
        (
            [datetime(2024, 1, 1, 5), datetime(2024, 5, 1)],
            Kind.DATETIME,
            "dates and times from 2024-01-01 05:00",
        ),
        ([time(12, 30), time(1)], Kind.DATETIME, "times of day from 01:00:00 to 12:30:00"),
        ([timedelta(1), timedelta(2)], Kind.NUMBER, "durations, taken as seconds"),
        ([date(2024, 1, 1)] * 2, Kind.CONSTANT, "always 2024-01-01"),
        (
            pl.Series(["a", "b"], dtype=pl.Categorical),
            Kind.CATEGORY,
            "a categorical column, 2 different values",
        ),
        (pl.Series([1, 2]).cast(pl.Decimal(10, 2)), Kind.NUMBER, "numbers from 1 to 2"),
        ([[1], [2]], Kind.TEXT, "values of type List"),
        ([{"a": 1}, {"a": 2}], Kind.TEXT, "values of type Struct"),
        ([b"a", b"b"], Kind.TEXT, "values of type Binary"),
        (
            [2**53 + row for row in range(9)],
            Kind.IDENTIFIER,
            "whole numbers beyond 2^53 that hardly come back",
        ),
        (
            [2**53 + row % 2 + 1 for row in range(9)],
            Kind.CATEGORY,
            "whole numbers beyond 2^53, taken as codes",
        ),
        ([str(2**70 + row) for row in range(9)], Kind.IDENTIFIER, "whole numbers beyond 2^53 that hardly"),
        (
            [str(2**70 + row % 2) for row in range(9)],
            Kind.CATEGORY,
            "whole numbers beyond 2^53, taken as codes",
        ),
    ],
    ids=str,
)
def test_kinds(values: Any, kind: Kind, reason: str) -> None:
    found = one(values)
    assert found.kind is kind
    assert reason in found.reason


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("customerID", [f"{row}-AB" for row in range(9)], Kind.IDENTIFIER),
        ("id", [5, 3, 9, 1], Kind.IDENTIFIER),
        ("PassengerId", list(range(892, 900)), Kind.IDENTIFIER),
        ("patient_id", [row // 5 for row in range(50)], Kind.CATEGORY),
        ("uuid", ["a", "b", "c"], Kind.IDENTIFIER),
        ("session", [f"{row:08x}-0000-4000-8000-{row:012x}" for row in range(5)], Kind.IDENTIFIER),
        ("sha", [f"{row:040x}" for row in range(5)], Kind.IDENTIFIER),
        ("code", [f"X{row}Z" for row in range(40)], Kind.IDENTIFIER),
        ("code", [f"X{row}Z" for row in range(10)], Kind.CATEGORY),
        ("paid", [3, 1, 2], Kind.NUMBER),
        ("grid", ["a", "b", "c"], Kind.CATEGORY),
        ("instant", list(range(1, 101)), Kind.IDENTIFIER),
        ("row", list(range(100)), Kind.IDENTIFIER),
        ("day", list(range(100)), Kind.NUMBER),
        ("x", list(range(100)), Kind.NUMBER),
        ("years_at_work", list(range(1, 41)), Kind.NUMBER),
        ("row", list(range(10)), Kind.NUMBER),
        ("row", list(range(5, 105)), Kind.NUMBER),
        ("weight", RANDOM.permutation(1000).tolist(), Kind.NUMBER),
        ("id", RANDOM.normal(size=50).tolist(), Kind.NUMBER),
    ],
)
def test_identifiers_and_what_only_looks_like_one(name: str, values: list[Any], kind: Kind) -> None:
    assert one(values, name).kind is kind


def test_a_row_number_that_is_all_there_is_stays() -> None:
    frame = pl.DataFrame({"row": range(50), "y": range(50)})
    (column,) = infer_schema(frame, target="y").columns
    assert column.used
    assert column.kind is Kind.NUMBER
    assert "no other column" in column.reason


def test_texts_of_scripts_without_spaces() -> None:
    reviews = [f"這部電影真的很好看{'非常' * (row % 5)}推薦{chr(0x4E00 + row)}" for row in range(40)]
    names = [f"王{chr(0x4E00 + row)}明" for row in range(40)]
    assert one(reviews).kind is Kind.TEXT
    assert one(names).kind is Kind.IDENTIFIER


def test_short_texts_that_are_all_there_is_are_read() -> None:
    short = [f"nice film {row}" for row in range(40)]
    alone = infer_schema(pl.DataFrame({"review": short})).columns[0]
    assert (alone.kind, alone.used) == (Kind.TEXT, True)
    assert "no other column" in alone.reason
    assert one(short).kind is Kind.IDENTIFIER
    codes = infer_schema(pl.DataFrame({"code": [f"x{row}" for row in range(40)]})).columns[0]
    assert not codes.used


def test_free_text() -> None:
    words = ["the", "patient", "reports", "severe", "pain", "in", "left", "arm", "since", "monday"]
    texts = [" ".join(RANDOM.choice(words, 9)) for _ in range(50)]
    found = one(texts)
    assert found.kind is Kind.TEXT
    assert "9 words on average, 100% of the values are different" in found.reason
    assert found.used
    assert one([*texts[:3] * 20]).kind is Kind.CATEGORY
    assert one(["Never married person"] * 3 + ["Divorced for many years"] * 3).kind is Kind.CATEGORY


@pytest.mark.parametrize(
    ("values", "format", "reason"),
    [
        (
            ["2024-01-31", "2024-02-01"],
            "%Y-%m-%d",
            "dates written as ISO 8601, from 2024-01-31 to 2024-02-01",
        ),
        (["2024-01-31 10:00:00", "2024-02-01 00:00:00.5"], "%Y-%m-%d %H:%M:%S%.f", "dates and times"),
        (["2024-01-31", "2024-02-01 10:00"], "", "written as ISO 8601, from 2024-01-31"),
        (["2024-01-31T10:00:00Z", "2024-02-01T10:00:00+02:00"], "%Y-%m-%dT%H:%M:%S%.f%#z", "as ISO 8601"),
        (["31/12/2024", "1/2/2024"], "%d/%m/%Y", "written day/month/year"),
        (["12/31/2024", "1/2/2024"], "%m/%d/%Y", "written month/day/year"),
        (["31/12/24", "1/2/24"], "%d/%m/%y", "from 2024-02-01 to 2024-12-31"),
        (["31.12.2024", "01.02.2024"], "%d.%m.%Y", "written day.month.year"),
        (["12/31/2024 10:30 PM", "1/2/2024 1:00 AM"], "%m/%d/%Y %I:%M %p", "dates and times"),
        (["31-Dec-2024", "01-Feb-2024"], "%d-%b-%Y", "from 2024-02-01 to 2024-12-31"),
        (["December 31, 2024", "May 1, 2024"], "%B %d, %Y", "from 2024-05-01 to 2024-12-31"),
        (["2024/12/31", "2024/01/05"], "%Y/%m/%d", "written year/month/day"),
        (
            [f"1/{day}/2024" for day in range(2, 8)] + ["2/1/2024"],
            "%m/%d/%Y",
            "only so are the rows in order",
        ),
        (
            [f"{day}/2/2024" for day in range(2, 8)] + ["1/3/2024"],
            "%d/%m/%Y",
            "only so are the rows in order",
        ),
        (
            ["1/3/2024"] + [f"{day}/2/2024" for day in range(8, 2, -1)],
            "%d/%m/%Y",
            "only so are the rows in order",
        ),
        (["5/2/2024", "3/2/2024", "4/3/2024"], "%m/%d/%Y", "nothing in the data tells"),
        (["5.2.2024", "3.2.2024", "4.1.2024"], "%d.%m.%Y", "dates written day.month.year"),
        (["12:30", "01:15"], "%H:%M", "times of day written as ISO 8601, from 01:15 to 12:30"),
        (["12:30 PM", "01:15 AM"], "%I:%M %p", "times of day"),
        (["2024-01-31", "?", "NA"], "%Y-%m-%d", "dates written as ISO 8601"),
    ],
)
def test_dates_in_text(values: list[str], format: str, reason: str) -> None:
    found = one(values)
    assert found.kind is Kind.DATETIME
    assert found.format == format
    assert reason in found.reason


@pytest.mark.parametrize(
    "values",
    [["1.5.3", "2.0.1"], ["25-34", "35-44"], ["99/99/2024", "98/98/2024"], ["10-12", "13-15"]],
    ids=str,
)
def test_what_only_looks_like_dates(values: list[str]) -> None:
    assert one(values).kind is Kind.CATEGORY


@settings(max_examples=40)
@given(
    st.lists(st.dates(date(1900, 1, 1), date(2100, 1, 1)), min_size=3, max_size=30, unique=True),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y"]),
)
def test_dates_are_read_as_they_were_written(days: list[date], format: str) -> None:
    told = [*days, date(2024, 12, 31)]
    frame = pl.DataFrame({"day": [day.strftime(format) for day in told]})
    aligned = align(frame, infer_schema(frame))
    assert aligned["day"].dt.date().to_list() == told


def test_timestamps_need_a_name() -> None:
    seconds = [1_700_000_000, 1_700_086_400]
    assert one(seconds, "timestamp").format == "unix s"
    assert one([moment * 1000 for moment in seconds], "created_at").format == "unix ms"
    assert one([float(moment) for moment in seconds], "unix_time").kind is Kind.DATETIME
    assert one(seconds, "revenue").kind is Kind.NUMBER
    assert one([1, 2], "timestamp").kind is Kind.NUMBER


def test_whole_numbers_as_dates_need_a_name() -> None:
    assert one([20241231, 20240101], "date").format == "%Y%m%d"
    assert one([20241231, 20240101], "price").kind is Kind.NUMBER
    assert one([20241331, 20240101], "date").kind is Kind.NUMBER


def test_target_and_ignored_columns() -> None:
    frame = pl.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"], "y": [0, 1]})
    schema = infer_schema(frame, target="y", ignore=["b"])
    assert schema.names == ("a", "b")
    assert schema.column("b") == Column("b", Kind.CATEGORY, "you asked to ignore it", used=False)


@pytest.mark.parametrize(
    ("values", "kind", "used", "format"),
    [
        ([1, 2, 3], Kind.CATEGORY, True, ""),
        ([5, 5], Kind.NUMBER, True, ""),
        (["1,234", "5"], Kind.NUMBER, True, "1,234.5"),
        (["31/12/2024", "1/2/2024"], Kind.DATETIME, True, "%d/%m/%Y"),
        ([20241231, 20240101], Kind.DATETIME, True, "%Y%m%d"),
        ([1_700_000_000_000, 1_700_086_400_000], Kind.DATETIME, True, "unix ms"),
        ([1.5, 2.5], Kind.IDENTIFIER, False, ""),
        (["a", "b"], Kind.TEXT, True, ""),
    ],
    ids=str,
)
def test_overrides_win(values: list[Any], kind: Kind, used: bool, format: str) -> None:
    found = one(values, overrides={"c": kind})
    assert found == Column("c", kind, "you said so", used, format)


def test_an_override_that_cannot_be() -> None:
    with pytest.raises(DataError, match=r"Column 'c' cannot be a number: its values are of type List"):
        one([[1], [2]], overrides={"c": Kind.NUMBER})
    with pytest.raises(DataError, match="Column 'c', row 2: expected a number, got 'x'"):
        one(["1", "x"], overrides={"c": Kind.NUMBER})


def test_unknown_names_are_refused() -> None:
    frame = pl.DataFrame({"income": [1.5, 2.5], "age": [1, 2]})
    for options in ({"target": "incme"}, {"ignore": ["incme"]}, {"overrides": {"incme": Kind.NUMBER}}):
        with pytest.raises(DataError, match=r"no column 'incme'\. Did you mean 'income'\?"):
            infer_schema(frame, **options)
    with pytest.raises(DataError, match="is the target, it cannot be ignored"):
        infer_schema(frame, target="age", ignore=["age"])
    assert infer_schema(frame, target="age", overrides={"age": Kind.CATEGORY}).names == ("income",)


@given(
    st.integers(2, 40),
    st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.uint16]),
    st.integers(0, 3),
)
def test_numbers_in_arrays_are_always_numbers(rows: int, dtype: type, start: int) -> None:
    array = np.column_stack([np.arange(rows) + start, np.arange(rows)[::-1] % 7]).astype(dtype)
    assert {column.kind for column in infer_schema(to_frame(array)).columns} == {Kind.NUMBER}


def test_a_wide_table_of_every_kind() -> None:
    frame = pl.DataFrame(
        {f"n{place}": RANDOM.normal(size=20) for place in range(400)}
        | {f"w{place}": RANDOM.choice(["a", "b"], 20) for place in range(400)}
    )
    kinds = [column.kind for column in infer_schema(frame).columns]
    assert kinds == [Kind.NUMBER] * 400 + [Kind.CATEGORY] * 400
