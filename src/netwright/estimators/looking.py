"""A first look at rows that are no table: their size, what cannot be read, what may be done to them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from netwright.data.addresses import Broken
from netwright.data.image_size import choose_images, extent_of_images
from netwright.data.images import Images
from netwright.data.items import Form, ImageRows, Items, MixedRows, SequenceRows, SoundRows, TextRows
from netwright.data.mirrored import MOST_PICTURES, keeps_answer
from netwright.data.mixed import TableWithTexts, joined_texts
from netwright.data.pictures import decode
from netwright.data.sound_folders import broken_sounds
from netwright.data.target import Target
from netwright.data.text import Texts, as_texts, choose_texts
from netwright.errors import DataError, listing
from netwright.estimators.division import Part
from netwright.estimators.preparing import form_of_rows
from netwright.recipe.recipe import Recipe
from netwright.task import Task


@dataclass(frozen=True)
class Sight:
    """What was seen.

    Attributes:
        whole: the rows, without those that cannot be read.
        held: likewise of the validation rows that were given.
        form: what the rows are.
        extent: of a typical row, see `Facts`.
        preparation: what was decided, and why, or None.
        flip: whether mirrored pictures keep their answer, and how that was found, or None.
    """

    whole: Part
    held: Part | None
    form: Form
    extent: tuple[int, ...] = ()
    preparation: tuple[Any, str] | None = None
    flip: tuple[bool, str] | None = None


def look(whole: Part, held: Part | None, target: Target, recipe: Recipe) -> Sight:
    """Return what a first look at the rows tells.

    Args:
        whole: aligned rows with their target.
        held: validation rows, or None.
        target: the kind of answer.
        recipe: may have decided already.

    Raises:
        DataError: when no picture or sound can be read.
    """
    if isinstance(whole.rows, ImageRows):
        return _look_at_images(whole, held, target, recipe)
    if isinstance(whole.rows, (TextRows, MixedRows)):
        return _look_at_texts(whole, held, recipe)
    if isinstance(whole.rows, SoundRows):
        whole = _heard(whole)
        held = None if held is None else _heard(held)
    form = form_of_rows(whole.rows)
    extent = extent_of(whole.rows) if isinstance(whole.rows, Items) else ()
    return Sight(whole, held, form, extent)


def extent_of(rows: Items) -> tuple[int, ...]:
    """Return the size of a typical row: words of a text; channels and steps of a sequence.

    >>> extent_of(TextRows(np.array(["one two", "three"], dtype=object)))
    (2,)
    """
    if isinstance(rows, SoundRows):
        return ()
    if isinstance(rows, SequenceRows):
        return rows.values[0].shape[1], int(np.median([len(steps) for steps in rows.values]))
    if isinstance(rows, TextRows):
        return (round(float(np.median([len(str(text).split()) for text in rows.values if text]) + 0.01)),)
    assert isinstance(rows, ImageRows)
    return extent_of_images(rows)


def _look_at_texts(whole: Part, held: Part | None, recipe: Recipe) -> Sight:
    rows, given = whole.rows, recipe.preparation
    own = not isinstance(recipe.network, str) and not hasattr(recipe.network, "forms")
    if isinstance(rows, TextRows):
        texts = given if isinstance(given, Texts) else Texts(spelling=not own)
        return Sight(whole, held, rows.form, extent_of(rows), choose_texts(as_texts(rows.values), texts))
    assert isinstance(rows, MixedRows)
    asked = given if isinstance(given, TableWithTexts) else TableWithTexts()
    joined = joined_texts(rows)
    texts, told = choose_texts(as_texts(joined.values), asked.texts)
    decided = asked.edited(texts=texts), f"normal scores of numbers, beside the texts: {told}"
    return Sight(whole, held, rows.form, extent_of(joined), decided)


def _look_at_images(whole: Part, held: Part | None, target: Target, recipe: Recipe) -> Sight:
    assert isinstance(whole.rows, ImageRows)
    own = not isinstance(recipe.network, str) and not hasattr(recipe.network, "forms")
    given = recipe.preparation if isinstance(recipe.preparation, Images) else Images()
    options, reason = choose_images(whole.rows, given, recipe.effort)
    options = options.edited(scaling="standard") if own else options
    whole, held = _readable(whole, options), None if held is None else _readable(held, options)
    sight = Sight(whole, held, Form.IMAGES, _extent(options), (options, reason))
    if recipe.augmentation != "auto" or target.task is Task.MULTILABEL:
        return sight
    return Sight(**{**sight.__dict__, "flip": _flip(whole, target, options, recipe.seed)})


def _extent(options: Images) -> tuple[int, ...]:
    assert options.size != "auto"
    assert options.channels != "auto"
    return (options.channels, *options.size)


def _readable(part: Part, options: Images) -> Part:
    """Return the rows whose pictures can be decoded; the others are named in a warning."""
    assert isinstance(part.rows, ImageRows)
    return _without(part, broken_pictures(part.rows, options), "picture")


def _heard(part: Part) -> Part:
    """Return the rows whose sounds can be read; the others are named in a warning."""
    assert isinstance(part.rows, SoundRows)
    return _without(part, broken_sounds(part.rows), "sound")


def _without(part: Part, broken: Mapping[int, Broken], noun: str) -> Part:
    if not broken:
        return part
    if len(broken) == len(part.rows):
        raise DataError(f"None of the {len(broken):,} {noun}s can be used: {listing(broken.values(), 5)}.")
    warnings.warn(
        f"{len(broken):,} {noun if len(broken) == 1 else noun + 's'} cannot be used, the rest is trained: "
        f"{listing(broken.values(), 5)}.",
        stacklevel=6,
    )
    return part.take(np.setdiff1d(np.arange(len(part.rows)), list(broken)))


def broken_pictures(rows: ImageRows, options: Images) -> dict[int, Broken]:
    """Return what is the matter with the pictures that cannot be read, by row; they are decoded."""
    if rows.values.dtype != object or all(isinstance(one, np.ndarray) for one in rows.values):
        return {}
    channels, height, width = _extent(options)
    _, found = decode(list(rows.values), height, width, channels)
    return {broken.place: broken for broken in found}


def _flip(whole: Part, target: Target, options: Images, seed: int) -> tuple[bool, str]:
    step = max(1, len(whole.rows) // MOST_PICTURES)
    some = whole.take(np.arange(0, len(whole.rows), step))
    assert isinstance(some.rows, ImageRows)
    plain = options.edited(scaling="none")
    with torch.inference_mode():
        pictures = plain.fit(some.rows).transform(some.rows)[0]
    classes = len(target.classes) if target.task in (Task.BINARY, Task.MULTICLASS) else 0
    return keeps_answer(pictures, target.encode(some.target), classes, seed)
