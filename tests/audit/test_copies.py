"""Rows that stand in a table more than once."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from netwright.audit.copies import exact_copies, near_copies


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_all_but_the_first_of_equal_rows_repeat(values: list[int]) -> None:
    found = exact_copies(pl.DataFrame({"x": values, "y": [str(value) for value in values]}))
    expected = [place for place, value in enumerate(values) if value in values[:place]]
    assert found.repeated.tolist() == expected
    assert len(set(found.group.tolist())) == len(set(values))


def test_missing_values_are_equal_to_each_other() -> None:
    frame = pl.DataFrame({"x": [1.0, None, None], "y": ["a", "b", "b"]})
    assert exact_copies(frame).repeated.tolist() == [2]


def test_near_copies_are_found_and_exact_ones_are_not_counted() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(300, 6))
    near = rows[:20] + 1e-4 * generator.normal(size=(20, 6))
    found = near_copies(np.vstack([rows, near]))
    assert found.repeated.tolist() == list(range(300, 320))
    assert (found.group[300:] == found.group[:20]).all()
    assert not len(near_copies(np.vstack([rows, rows[:20]])).repeated)


def test_rows_that_are_near_by_chance_are_no_copies() -> None:
    generator = np.random.default_rng(1)
    assert not len(near_copies(generator.normal(size=(500, 1))).repeated)
    assert not len(near_copies(generator.normal(size=(500, 8))).repeated)


def test_few_rows_and_constant_ones_have_none() -> None:
    assert not len(near_copies(np.zeros((50, 2))).repeated)
    assert not len(near_copies(np.zeros((200, 2))).repeated)
    assert not len(near_copies(np.empty((200, 0))).repeated)
