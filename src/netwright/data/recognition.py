"""Pictures, texts and sequences told from tables by what was handed over."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from netwright.data.items import Form, ImageRows, Items, SequenceRows, SoundRows, TextRows, objects
from netwright.data.text import as_texts
from netwright.errors import DataError

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")

SMALLEST_SIDE = 8
"""Arrays (n, a, b) of real numbers are pictures where both sides are at least this long."""

MOST_CHANNELS = 4
"""Grey, grey with alpha, colour, colour with alpha."""

LONGEST_SIDE_RATIO = 2.0
"""Beyond this (n, a, b) is rather a series of b channels than a picture."""

WAVE_ENDINGS = (".wav", ".wave")

LOOKED_AT = 1000
"""Entries of a list whose types are looked at."""


def recognise(X: Any) -> Items | None:
    """Return rows that are no table, or None where they may be one.

    Args:
        X: what a user gave: arrays of three or four axes, lists of paths, of strings or of arrays.

    Raises:
        DataError: for an array whose axes cannot be told apart.

    >>> recognise(np.zeros((10, 28, 28), dtype=np.uint8)).form, recognise(["good", "bad"]).form
    (<Form.IMAGES: 'images'>, <Form.TEXTS: 'texts'>)
    >>> recognise(np.zeros((10, 3))) is None
    True
    """
    array = as_array(X)
    if isinstance(array, np.ndarray) and array.dtype != object and array.ndim in (3, 4):
        return _of_array(array) if array.dtype.kind in "fiub" and array.size else None
    entries = _entries(array)
    if entries is None or not len(entries):
        return None
    looked = entries[:: max(1, len(entries) // LOOKED_AT)]
    if all(isinstance(one, (str, bytes, os.PathLike)) or _is_missing(one) for one in looked):
        return _of_words([_word(one) for one in entries], [_word(one) for one in looked])
    if all(_is_picture_object(one) for one in looked):
        return ImageRows(objects([np.asarray(one) for one in entries]), "pictures of Pillow")
    if all(isinstance(as_array(one), np.ndarray) for one in looked):
        return _of_arrays([np.asarray(as_array(one)) for one in entries])
    return None


def as_form(X: Any, form: Form) -> Items | None:
    """Return rows of a form that is known, or None where they cannot be taken so.

    Args:
        X: what a user gave.
        form: what the rows should be.
    """
    array = as_array(X)
    if form is Form.IMAGES and isinstance(array, np.ndarray) and array.ndim in (3, 4):
        return ImageRows(with_channels_last(array), "you said so")
    if form is Form.SEQUENCES and isinstance(array, np.ndarray) and array.ndim in (2, 3):
        return _series_of(array if array.ndim == 3 else array[:, :, None], "you said so")
    entries = _entries(array)
    if entries is None:
        return None
    if form is Form.TEXTS:
        words = [_word(one) for one in entries]
        return TextRows(objects([None if one is None else str(one) for one in words]), "you said so")
    if form is Form.SOUNDS and all(isinstance(one, (str, os.PathLike)) for one in entries):
        return SoundRows(objects([os.fspath(one) for one in entries]), "you said so")
    if form is Form.IMAGES and all(isinstance(one, (str, os.PathLike)) for one in entries):
        return ImageRows(objects([os.fspath(one) for one in entries]), "you said so")
    if form is Form.SEQUENCES and all(isinstance(as_array(one), np.ndarray) for one in entries):
        return _unequal_series([np.asarray(as_array(one)) for one in entries])
    found = recognise(X)
    return found if found is not None and found.form is form else None


def holds_pictures(values: pl.Series) -> bool:
    """Return whether every value of a text column that is there is the path of a picture file.

    >>> holds_pictures(pl.Series(["cat/1.jpg", None, "dog/2.PNG"])), holds_pictures(pl.Series(["jpg"]))
    (True, False)
    """
    known = values.drop_nulls()
    written = "|".join(ending.removeprefix(".") for ending in PICTURE_ENDINGS)
    return len(known) > 0 and bool(known.str.contains(rf"(?i)\.({written})$").all())


def holds_sounds(values: pl.Series) -> bool:
    """Return whether every value of a text column that is there is the path of a wave file."""
    known = values.drop_nulls()
    return len(known) > 0 and bool(known.str.contains(r"(?i)\.wave?$").all())


def as_array(X: Any) -> Any:
    """Return tensors as arrays, anything else as it is."""
    return np.asarray(X.detach().cpu()) if hasattr(X, "detach") else X


def with_channels_last(array: np.ndarray) -> np.ndarray:
    """Return pictures (n, h, w), (n, h, w, c) or (n, c, h, w) as (n, h, w, c).

    Raises:
        DataError: when it cannot be told which axis holds the channels.

    >>> with_channels_last(np.zeros((7, 3, 32, 32))).shape
    (7, 32, 32, 3)
    """
    if array.ndim == 3:
        return array[..., None]
    first, second, last = array.shape[1:]
    if last <= MOST_CHANNELS or last < min(first, second):
        return array
    if first <= MOST_CHANNELS or first < min(second, last):
        return np.moveaxis(array, 1, -1)
    raise DataError(
        f"X has rows of shape {array.shape[1:]}: pictures are (height, width, channels) or "
        "(channels, height, width) with fewer channels than rows and columns of pixels, and here none "
        "of the axes is the shortest."
    )


def _of_array(array: np.ndarray) -> Items:
    if array.ndim == 4:
        return ImageRows(with_channels_last(array), f"an array of shape {array.shape[1:]} a row")
    height, width = array.shape[1:]
    bytes_of_pixels = array.dtype == np.uint8
    sides = sorted((height, width))
    if bytes_of_pixels or (sides[0] >= SMALLEST_SIDE and sides[1] <= LONGEST_SIDE_RATIO * sides[0]):
        return ImageRows(array[..., None], f"an array of shape {array.shape[1:]} a row, grey pictures")
    return _series_of(array, f"an array of shape {array.shape[1:]} a row, too long for pictures")


def _series_of(array: np.ndarray, reason: str) -> SequenceRows:
    """Return (n, a, b) as sequences; the longer axis counts the steps."""
    steps_first = array.shape[1] >= array.shape[2] or reason == "you said so"
    series = array if steps_first else array.transpose(0, 2, 1)
    return SequenceRows(objects([np.ascontiguousarray(one, dtype=np.float32) for one in series]), reason)


def _of_words(entries: Sequence[Any], looked: Sequence[Any]) -> Items | None:
    known = [os.fspath(one) for one in looked if one is not None]
    if not known:
        return None
    if all(word.lower().endswith(PICTURE_ENDINGS) for word in known):
        paths = [None if one is None else os.fspath(one) for one in entries]
        return ImageRows(objects(list(paths)), "paths of picture files")
    if all(word.lower().endswith(WAVE_ENDINGS) for word in known):
        return SoundRows(objects([os.fspath(one) for one in entries]), "paths of wave files")
    if any(isinstance(one, Path) for one in looked):
        raise DataError(
            f"X holds paths, and {known[0]!r} is no picture file that is known. "
            f"Known endings: {', '.join((*PICTURE_ENDINGS, *WAVE_ENDINGS))}."
        )
    return TextRows(objects(list(entries)), "a list of strings")


def _of_arrays(arrays: list[np.ndarray]) -> Items | None:
    """Return arrays of unequal shapes, or of equal ones with two axes or more; None for rows of a table."""
    shapes = {one.shape for one in arrays}
    dimensions = {one.ndim for one in arrays}
    if any(one.dtype.kind not in "fiub" for one in arrays) or not dimensions <= {1, 2, 3}:
        return None
    if len(shapes) == 1:
        return _of_array(np.stack(arrays)) if dimensions <= {2, 3} else None
    if dimensions <= {2, 3} and (3 in dimensions or _like_pictures(arrays)):
        return ImageRows(objects(list(arrays)), "arrays of unequal size")
    return _unequal_series(arrays)


def _like_pictures(arrays: list[np.ndarray]) -> bool:
    """Return whether arrays with two axes are pictures: bytes, or unequal along both axes."""
    heights, widths = ({one.shape[axis] for one in arrays} for axis in (0, 1))
    unequal = len(heights) > 1 and len(widths) > 1
    return all(one.dtype == np.uint8 for one in arrays) or unequal


def _unequal_series(arrays: list[np.ndarray]) -> SequenceRows:
    """Return arrays (length,), (length, channels) or (channels, length) as sequences."""
    flat = [one[:, None] if one.ndim == 1 else one for one in arrays]
    if any(one.ndim != 2 for one in flat):
        raise DataError("X: every sequence is an array (length,) or (length, channels); got other shapes.")
    if len({one.shape[1] for one in flat}) > 1:
        if len({one.shape[0] for one in flat}) > 1:
            row = next(i for i, one in enumerate(flat) if one.shape[1] != flat[0].shape[1])
            raise DataError(
                f"X: row {row + 1} has {flat[row].shape[1]} channels and row 1 has {flat[0].shape[1]}. "
                "Sequences may differ in length, but each needs the same channels."
            )
        flat = [one.T for one in flat]
    return SequenceRows(
        objects([np.ascontiguousarray(one, dtype=np.float32) for one in flat]), "arrays of unequal length"
    )


def _entries(X: Any) -> Sequence[Any] | None:
    """Return the entries of a list or a column of objects, or None for anything else."""
    if isinstance(X, (list, tuple)):
        return X
    if isinstance(X, pl.Series):
        return X.to_list() if X.dtype in (pl.String, pl.Categorical, pl.Object) else None
    if isinstance(X, np.ndarray):
        return list(X) if X.ndim == 1 and X.dtype.kind in "OUT" else None
    if type(X).__name__ == "Series" and hasattr(X, "to_numpy"):  # of pandas
        values = X.to_numpy(dtype=object, na_value=None) if hasattr(X, "array") else None
        return None if values is None else list(values)
    return None


def _is_missing(one: Any) -> bool:
    return one is None or (isinstance(one, float) and one != one)


def _word(one: Any) -> Any:
    """Return an entry as it is; bytes read as UTF-8 or else Latin-1, and None for what is missing."""
    if _is_missing(one):
        return None
    return as_texts([one])[0] if isinstance(one, bytes) else one


def _is_picture_object(one: Any) -> bool:
    return hasattr(one, "getbands") and hasattr(one, "size")
