"""Words into codes, yes and no into 1 and 0, dates into years and circles."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OrdinalEncoder

from netwright.data.encode import FEW_ROWS, Dates, Vocabulary, YesNo

words = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "", "ä", "a "]))


def test_the_most_frequent_word_comes_first_and_ties_are_in_order() -> None:
    column = pl.Series(["c", "b", "b", None, "a", "c", "b", "d"])
    assert Vocabulary.fit(column).words == ("b", "c", "a", "d")
    assert Vocabulary.fit(column, most=2).words == ("b", "c")
    assert Vocabulary.fit(column, least_count=2).words == ("b", "c")
    assert Vocabulary.fit(column, least_count=2).cardinality == 3


def test_codes_are_scikit_learns_under_another_order() -> None:
    generator = np.random.default_rng(0)
    train = generator.choice(["red", "green", "blue"], 500, p=[0.5, 0.3, 0.2])
    test = generator.choice(["red", "green", "blue", "pink"], 300)
    vocabulary = Vocabulary.fit(pl.Series(train))
    reference = OrdinalEncoder(
        categories=[list(vocabulary.words)], handle_unknown="use_encoded_value", unknown_value=-1
    ).fit(train[:, None])
    expected = reference.transform(test[:, None])[:, 0] + 1
    assert np.array_equal(vocabulary.transform(pl.Series(test)), expected)


@given(st.lists(words, max_size=30), st.lists(words, min_size=1, max_size=30))
def test_few_rows_and_many_rows_get_the_same_codes(train: list[str | None], test: list[str | None]) -> None:
    vocabulary = Vocabulary.fit(pl.Series(train, dtype=pl.String))
    few = vocabulary.transform(pl.Series(test, dtype=pl.String))
    repeats = FEW_ROWS // len(test) + 1
    many = vocabulary.transform(pl.Series(test * repeats, dtype=pl.String))
    assert few.dtype == many.dtype == np.int64
    assert np.array_equal(np.tile(few, repeats), many)
    known = [vocabulary.words[code - 1] if code else None for code in few]
    assert known == [word if word in train else None for word in test]


def test_yes_and_no_keep_their_sense_even_when_one_is_absent() -> None:
    assert YesNo.fit(pl.Series(["yes", "yes"])).words == ("no", "yes")
    assert YesNo.fit(pl.Series([None], dtype=pl.String)).words == ("no", "yes")


def test_two_other_words_become_zero_and_one_and_a_third_is_missing() -> None:
    column = pl.Series(["male", "female", "male", "female", "oops"])
    encoded = YesNo.fit(column).transform(column)
    assert np.array_equal(encoded, [1, 0, 1, 0, np.nan], equal_nan=True)
    assert np.isnan(YesNo.fit(pl.Series(["male"])).transform(pl.Series(["female"]))).all()


def moments(*texts: str | None) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String).str.to_datetime("%Y-%m-%d %H:%M", time_unit="us")


def test_dates_without_a_time_have_no_hour() -> None:
    column = moments("2024-01-01 00:00", "2024-02-06 00:00", None)
    assert Dates.fit(column).names == ("month sine", "month cosine", "weekday sine", "weekday cosine")


def test_times_of_one_day_have_only_the_hour() -> None:
    assert Dates.fit(moments("1970-01-01 08:00", "1970-01-01 17:30")).cycles == ("hour",)


def test_dates_as_numbers() -> None:
    column = moments("1970-01-01 00:00", "2024-07-01 06:00", None)
    dates = Dates(("month", "weekday", "hour"))
    years = dates.transform_years(column.to_numpy())
    assert years[:2] == pytest.approx([0.0, 54.498], abs=1e-3)
    assert np.isnan(years[2])
    cycles = dates.transform_cycles(column.to_numpy())
    # 1 July is half way round the year, a Monday, and six o'clock is a quarter of the day.
    assert cycles[1] == pytest.approx([0, -1, 0, 1, 1, 0], abs=1e-12)
    assert cycles[2].tolist() == [0] * 6


@given(st.lists(st.datetimes(), min_size=1, max_size=20))
def test_cycles_agree_with_the_calendar(stamps: list[object]) -> None:
    column = pl.Series(stamps, dtype=pl.Datetime("us"))
    cycles = Dates(("month", "weekday", "hour")).transform_cycles(column.to_numpy())
    minutes = column.dt.hour().cast(pl.Int64) * 60 + column.dt.minute()
    steps = (
        (column.dt.month() - 1, 12),
        (column.dt.weekday() - 1, 7),
        (minutes, 1440),
    )
    for position, (step, period) in enumerate(steps):
        angle = 2 * np.pi * step.to_numpy().astype(float) / period
        assert np.allclose(cycles[:, 2 * position], np.sin(angle))
        assert np.allclose(cycles[:, 2 * position + 1], np.cos(angle))
