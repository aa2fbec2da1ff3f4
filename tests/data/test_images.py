"""Pictures as tensors: sizes, channels, ranges, state."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.data.image_size import choose_images
from netwright.data.images import ImagePreparation, Images
from netwright.data.items import ImageRows, objects
from netwright.data.shapes import ImageShape
from netwright.errors import ArtifactError, DataError


def rows_of(shape: tuple[int, ...], seed: int = 0) -> ImageRows:
    return ImageRows(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def test_equal_bytes_pass_unchanged_and_are_copied() -> None:
    rows = rows_of((5, 8, 9, 3))
    (pixels,) = Images(size=(8, 9), channels=3).fit(rows).transform(rows)
    assert pixels.dtype == torch.uint8
    assert torch.equal(pixels.permute(0, 2, 3, 1), torch.from_numpy(rows.values))
    pixels.zero_()
    assert rows.values.any()


@settings(max_examples=30, deadline=None)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from([1, 2, 3, 4]),
    to=st.integers(1, 24),
)
def test_any_size_is_brought_to_the_asked_one(height: int, width: int, channels: int, to: int) -> None:
    preparation = ImagePreparation(ImageShape(3 if channels > 2 else 1, to, to))
    (pixels,) = preparation.transform(rows_of((2, height, width, channels)))
    assert pixels.shape == (2, preparation.shape.channels, to, to)


def test_the_ratio_is_kept_and_the_rest_is_black() -> None:
    white = ImageRows(np.full((1, 4, 8, 1), 255, dtype=np.uint8))
    (pixels,) = ImagePreparation(ImageShape(1, 8, 8)).transform(white)
    assert pixels[0, 0, 2:6].min() == 255
    assert pixels[0, 0, :2].max() == pixels[0, 0, 6:].max() == 0


def test_grey_and_colour_become_each_other() -> None:
    red = np.zeros((1, 4, 4, 3), dtype=np.uint8)
    red[..., 0] = 200
    (grey,) = ImagePreparation(ImageShape(1, 4, 4)).transform(ImageRows(red))
    assert grey.unique().tolist() == [round(0.299 * 200)]
    (colour,) = ImagePreparation(ImageShape(3, 4, 4)).transform(ImageRows(red[..., :1]))
    assert colour.shape == (1, 3, 4, 4)
    assert (colour == 200).all()


def test_transparent_parts_are_laid_on_white() -> None:
    clear = np.zeros((1, 2, 2, 4), dtype=np.uint8)
    clear[0, 0, 0] = (10, 20, 30, 255)
    (pixels,) = ImagePreparation(ImageShape(3, 2, 2)).transform(ImageRows(clear))
    assert pixels[0, :, 0, 0].tolist() == [10, 20, 30]
    assert pixels[0, :, 1, 1].tolist() == [255, 255, 255]


def test_arrays_of_unequal_size() -> None:
    unequal = ImageRows(objects([np.full((4, 6), 9, np.uint8), np.full((8, 8, 3), 9, np.uint8)]))
    (pixels,) = ImagePreparation(ImageShape(1, 8, 8)).transform(unequal)
    assert pixels.shape == (2, 1, 8, 8)


def test_numbers_from_0_to_1_answer_as_bytes_do() -> None:
    rows = rows_of((6, 5, 5, 1))
    preparation = ImagePreparation(ImageShape(1, 5, 5))
    (bytes_,), (numbers,) = preparation.transform(rows), preparation.transform(ImageRows(rows.values / 255))
    assert torch.equal(bytes_, numbers)


def test_a_model_of_numbers_reads_bytes() -> None:
    rows = rows_of((6, 5, 5, 1))
    trained = Images(size=(5, 5), channels=1).fit(ImageRows(rows.values / 255))
    assert trained.numbers
    assert trained.unit
    torch.testing.assert_close(
        trained.transform(rows)[0], torch.from_numpy(rows.values[..., 0] / 255).float()[:, None]
    )


def test_numbers_beyond_a_byte_are_refused_by_a_model_of_bytes() -> None:
    with pytest.raises(DataError, match="pixels from 0 to 255"):
        ImagePreparation(ImageShape(1, 5, 5)).transform(ImageRows(np.full((2, 5, 5, 1), -3.0)))


def test_missing_numbers_name_the_row() -> None:
    values = np.zeros((3, 4, 4, 1))
    values[1, 0, 0] = np.nan
    with pytest.raises(DataError, match="Row 2"):
        ImagePreparation(ImageShape(1, 4, 4), numbers=True).transform(ImageRows(values))


def test_standard_scaling() -> None:
    rows = rows_of((50, 6, 6, 3))
    (pixels,) = Images(size=(6, 6), channels=3, scaling="standard").fit(rows).transform(rows)
    torch.testing.assert_close(pixels.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(pixels.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


def test_state_there_and_back() -> None:
    preparation = ImagePreparation(ImageShape(3, 7, 9), True, True, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    state, arrays = preparation.to_state()
    assert state["kind"] == "images"
    assert ImagePreparation.from_state(state, arrays) == preparation
    with pytest.raises(ArtifactError, match="damaged"):
        ImagePreparation.from_state({"kind": "images"}, {})


def test_what_was_decided_is_kept_and_the_rest_chosen() -> None:
    large = ImageRows(objects([np.zeros((300, 200, 3), np.uint8), np.zeros((200, 300, 3), np.uint8)]))
    chosen, reason = choose_images(large, Images(), "standard")
    assert (chosen.size, chosen.channels) == ((64, 64), 3)
    assert "unequal sizes" in reason
    assert "padded" in reason
    assert choose_images(large, Images(size=(20, 30), channels=1), "standard")[0].size == (20, 30)


def test_transparency_is_said() -> None:
    assert "transparent" in choose_images(rows_of((3, 9, 9, 4)), Images(), "quick")[1]
