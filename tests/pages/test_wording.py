"""Numbers and names as people read them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.pages.wording import (
    aligned,
    clean,
    joined,
    left_out,
    number,
    seconds,
    share,
    shorten,
    size,
    width,
)


@given(st.text(), st.integers(3, 80))
def test_shortened_text_fits_and_can_be_shown(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert 0 < width(short) <= max(limit, width("(blank)"))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", short)
    short.encode("utf-8")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20))
def test_short_names_are_shown_as_they_are(name: str) -> None:
    assert shorten(name, 20) == name


def test_both_ends_of_a_long_name_are_kept() -> None:
    assert shorten("a" * 10_000 + "_total", 13) == "aaaaaa…_total"


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_nothing_is_called_blank(text: str) -> None:
    assert clean(text) == "(blank)"


@given(st.floats(-1e300, 1e300))
def test_numbers_keep_their_leading_digits(value: float) -> None:
    shown = float(number(value, 4).replace(",", ""))
    assert math.isclose(shown, value, rel_tol=6e-4, abs_tol=5e-324)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (1234567.8, "1,234,568"),
        (1e-7, "1.00e-7"),
        (3.2e15, "3.20e15"),
        (-0.25, "-0.25"),
        (100.0, "100"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("show", [number, share, seconds])
@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_not_known_is_a_dash(show: object, value: float | None) -> None:
    assert callable(show)
    assert show(value) == "–"


def test_infinite_numbers() -> None:
    assert number(math.inf) == "∞"
    assert number(-math.inf) == "\u2212∞"


@given(st.floats(0, 1))
def test_shares_never_round_something_to_nothing_or_all(value: float) -> None:
    text = share(value).replace("\u00a0", " ")
    assert (text == "0 %") == (value == 0)
    assert (text == "100 %") == (value == 1)


@given(st.floats(1e-6, 1e7))
def test_times_have_a_unit(value: float) -> None:
    text = seconds(value).replace("\u00a0", " ")
    assert re.fullmatch(r"[\d.,e-]+ (ms|s)|[\d,]+ min \d+ s|[\d,]+ h \d+ min", text)


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_300_000_000_000, "12,300 GB")]
)
def test_sizes(octets: int, text: str) -> None:
    assert size(octets).replace("\u00a0", " ") == text


def test_left_out_counts() -> None:
    assert left_out(1, "class", "classes") == "1 more class is not shown."
    assert left_out(1_000, "class", "classes") == "1,000 more classes are not shown."


def test_joined() -> None:
    assert joined(["a", "b", "c"]) == "a, b and c"


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=10))
def test_columns_of_numbers_are_aligned_and_true(values: list[float | None]) -> None:
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    for value, text in zip(values, aligned(values, 4), strict=True):
        if value is None:
            assert text == "–"
        else:
            assert float(text.replace(",", "")) == pytest.approx(value, abs=1e-3 * largest)
            assert (float(text.replace(",", "")) == 0) == (value == 0)
