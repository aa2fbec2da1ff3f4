"""Pictures, texts and sequences told from tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from netwright.data.items import Form
from netwright.data.mirrored import keeps_answer
from netwright.data.recognition import as_form, recognise
from netwright.errors import DataError


def form_of(X: Any) -> Form | None:
    found = recognise(X)
    return None if found is None else found.form


@pytest.mark.parametrize(
    "shape", [(9, 28, 28), (9, 28, 28, 1), (9, 32, 20, 3), (9, 3, 32, 20), (9, 1, 8, 8), (9, 16, 16, 4)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_arrays_of_pictures(shape: tuple[int, ...], dtype: Any) -> None:
    array = np.zeros(shape, dtype)
    found = recognise(array)
    assert found is not None
    assert found.form is Form.IMAGES
    assert found.values.shape[-1] in (1, 3, 4)
    assert form_of(torch.from_numpy(array)) is Form.IMAGES


def test_many_channels_stand_where_the_axis_is_shortest() -> None:
    assert recognise(np.zeros((4, 12, 40, 40))).values.shape == (4, 40, 40, 12)
    with pytest.raises(DataError, match="none of the axes is the shortest"):
        recognise(np.zeros((4, 9, 9, 9)))


@pytest.mark.parametrize("shape", [(9, 100, 6), (9, 6, 100), (9, 40, 1)])
def test_arrays_of_series(shape: tuple[int, ...]) -> None:
    found = recognise(np.zeros(shape))
    assert found is not None
    assert found.form is Form.SEQUENCES
    assert found.values[0].shape == (max(shape[1:]), min(shape[1:]))


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((5, 3)),
        [[1, 2], [3, 4]],
        [{"a": 1}, {"a": 2}],
        pl.DataFrame({"a": [1]}),
        [np.zeros(3), np.ones(3)],
        pd.Series([1.0, 2.0]),
        np.zeros(4),
        [],
        np.zeros((5, 2), dtype=object),
    ],
)
def test_tables_are_left_alone(X: Any) -> None:
    assert recognise(X) is None


@pytest.mark.parametrize("make", [list, np.array, pl.Series, pd.Series])
def test_texts(make: Any) -> None:
    assert form_of(make(["free money", "see you at nine"])) is Form.TEXTS


def test_texts_that_are_missing_or_bytes() -> None:
    for given in (["a b", float("nan"), None], [b"a b", np.nan, None]):
        for found in (recognise(given), as_form(given, Form.TEXTS)):
            assert found is not None
            assert (found.form, list(found.values)) == (Form.TEXTS, ["a b", None, None])
    assert recognise([float("nan"), float("nan")]) is None


def test_paths() -> None:
    assert form_of(["a/1.jpg", "b/2.PNG"]) is Form.IMAGES
    assert form_of([Path("a/1.jpg")]) is Form.IMAGES
    with pytest.raises(DataError, match=r"notes\.txt"):
        recognise([Path("notes.txt")])


def test_unequal_arrays() -> None:
    assert form_of([np.zeros((9, 9)), np.zeros((7, 8))]) is Form.IMAGES
    assert form_of([np.zeros((9, 9, 3)), np.zeros((7, 8, 3))]) is Form.IMAGES
    assert form_of([np.zeros(9), np.zeros(7)]) is Form.SEQUENCES
    assert form_of([np.zeros((9, 2)), np.zeros((7, 2))]) is Form.SEQUENCES
    across = recognise([np.zeros((2, 9)), np.zeros((2, 7))])
    assert across is not None
    assert across.values[0].shape == (9, 2)


def test_a_known_form_decides() -> None:
    square = np.zeros((3, 20, 20))
    assert as_form(square, Form.SEQUENCES).form is Form.SEQUENCES
    assert as_form(["a.png"], Form.TEXTS).form is Form.TEXTS
    assert as_form(3, Form.IMAGES) is None


def test_mirrored_pictures() -> None:
    generator = np.random.default_rng(0)
    pictures = torch.from_numpy(generator.random((300, 1, 12, 12)).astype(np.float32))
    truth = np.arange(300) % 2
    bright = pictures.clone()
    bright[truth == 1, :, :6] += 0.5  # the upper half: mirroring left and right leaves it there
    assert keeps_answer(bright, truth, 2, seed=0)[0]
    sided = pictures.clone()
    sided[truth == 1, :, :, :6] += 0.5
    assert not keeps_answer(sided, truth, 2, seed=0)[0]
    kept, reason = keeps_answer(pictures, truth, 2, seed=0)
    assert not kept
    assert "sees nothing" in reason
    assert "too few" in keeps_answer(pictures[:20], truth[:20], 2, seed=0)[1]
