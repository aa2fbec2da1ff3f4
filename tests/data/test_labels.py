"""Labels find their class whether they come as words, numbers or true and false."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.labels import class_indices
from netwright.errors import DataError


@given(st.lists(st.one_of(st.integers(-(2**62), 2**62)), min_size=1, max_size=20, unique=True), st.data())
def test_whole_numbers_are_found_as_numbers_and_as_text(classes: list[int], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(classes) - 1), min_size=1, max_size=30))
    labels = [classes[place] for place in places]
    assert class_indices(pl.Series(labels), classes, "y").tolist() == places
    assert class_indices(pl.Series([f" {label} " for label in labels]), classes, "y").tolist() == places


@given(st.lists(st.text(min_size=1), min_size=1, max_size=20, unique=True))
def test_words_are_found_exactly(classes: list[str]) -> None:
    indices = class_indices(pl.Series(classes), classes, "y")
    assert indices.dtype == np.int64
    assert indices.tolist() == list(range(len(classes)))


def test_true_and_false_in_any_dress() -> None:
    for labels in ([True, False], ["true", "FALSE"], [1, 0], [1.0, 0.0]):
        assert class_indices(pl.Series(labels), [False, True], "y").tolist() == [1, 0]


def test_a_label_that_is_no_class_is_named_with_its_row() -> None:
    with pytest.raises(DataError, match=r"'y', row 3: 7 is not a class .* \(1 such rows\). Known: 1, 2"):
        class_indices(pl.Series([1, 2, 7]), [1, 2], "y")
