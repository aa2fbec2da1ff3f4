"""Series are read from tables: grouped, ordered, on a grid, with gaps and what is known ahead."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.data.moments import read_moments
from netwright.data.panel import Columns, read_panel
from netwright.errors import DataError

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-05"]


def frame(**change: object) -> pl.DataFrame:
    columns = {"day": DAYS, "sales": [1.0, 2.0, None, 5.0], "price": [9, 8, 7, 6]}
    return pl.DataFrame({**columns, **change})


def test_values_stand_on_the_grid_with_their_gaps() -> None:
    panel = read_panel(frame(), Columns(("sales",), "day", known=("price",)))
    (series,) = panel.series
    np.testing.assert_array_equal(series.values, [1, 2, np.nan, np.nan, 5])
    np.testing.assert_array_equal(series.known[:, 0], [9, 8, 7, np.nan, 6])
    assert str(panel.frequency) == "daily"
    assert "2 values are missing" in panel.decisions[2]
    assert panel.times(series, 4, 2).astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-05",
        "2024-01-06",
    ]


def test_rows_without_a_target_at_the_end_are_what_is_known_ahead() -> None:
    table = frame(sales=[1.0, 2.0, None, None])
    (series,) = read_panel(table, Columns(("sales",), "day", known=("price",))).series
    assert len(series) == 2
    assert len(series.known) == 5


def test_groups_in_any_order_and_several_targets() -> None:
    table = pl.DataFrame(
        {
            "shop": ["b", "a", "a", "b"],
            "t": [2, 2, 1, 1],
            "x": [4, 2, 1, 3],
            "y": [40, 20, 10, 30],
            "region": ["s", "n", "n", "s"],
        }
    )
    panel = read_panel(table, Columns(("x", "y"), "t", "shop", static=("region",)))
    assert [one.name for one in panel.series] == ["b x", "b y", "a x", "a y"]
    assert [one.values.tolist() for one in panel.series] == [[3, 4], [30, 40], [1, 2], [10, 20]]
    assert panel.series[2].static == ("n",)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1991 Jul", "1991 Aug"], "months"),
        (["1970 Q1", "1970 Q2"], "quarters"),
        (["1885", "1886"], "years"),
        ([1821, 1822], "years"),
        ([1, 2], "numbers of steps"),
        (["2021-05-01 00:00:00+00:00", "2021-05-01 00:30:00+00:00"], None),
        (["1949-01", "1949-02"], None),
    ],
)
def test_times_are_understood(values: list[object], expected: str | None) -> None:
    read = read_moments(pl.Series(values))
    assert read is not None
    assert (read[0][1:] > read[0][:-1]).all()
    if expected:
        assert read[1] == expected


def test_labels_that_are_no_times_fall_back_to_the_order_of_rows() -> None:
    table = pl.DataFrame({"month": ["1-01", "1-02", "1-03"], "sales": [1, 2, 3]})
    panel = read_panel(table, Columns(("sales",), "month"))
    assert panel.series[0].values.tolist() == [1, 2, 3]
    assert "follow each other" in panel.decisions[0]


@pytest.mark.parametrize(
    ("table", "columns", "words"),
    [
        (
            frame(day=[DAYS[0], DAYS[0], *DAYS[2:]]),
            Columns(("sales",), "day"),
            "Rows 1 and 2 have the same time",
        ),
        (frame(sales=["1", "x", "2", "3"]), Columns(("sales",), "day"), "row 2: expected a number, got 'x'"),
        (frame(), Columns(("sale",), "day"), "no column 'sale'"),
        (frame(day=[*DAYS[:3], None]), Columns(("sales",), "day"), "row 4 has no time"),
        (frame(), Columns(("sales",), "day", static=("price",)), "Static column 'price' changes"),
        (frame(sales=[None] * 4), Columns(("sales",), "day"), "holds no value"),
    ],
)
def test_what_is_no_series_is_refused(table: pl.DataFrame, columns: Columns, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_panel(table, columns)
