"""Pictures, sequences and sounds as games: a player for every region, or for every stretch of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from netwright.data.items import Form
from netwright.errors import UserError
from netwright.explain.deal import MOST_REFERENCES, Deal, Scene, Tensors
from netwright.explain.game import Game, tensor_game
from netwright.explain.segments import regions_of, stretches_of
from netwright.explain.subject import Subject

REGIONS = 40
"""Regions that a picture is cut into."""

STRETCHES = 16
"""Stretches of time that a sequence or a sound is cut into."""

FEW_CHANNELS = 4
"""Up to so many channels of a sequence are players of their own."""

BLURS = 8
"""A picture is blurred over an eighth of its longer side."""


@dataclass(frozen=True)
class _Row:
    """A row as a game: its numbers and who owns them, the names of the players, where they are, how it looks.

    Attributes:
        reference: what players who take no part are replaced by.
    """

    tensors: Tensors
    names: tuple[str, ...]
    places: tuple[str, ...]
    reference: str
    scene: Scene


LayOut = Callable[[Subject, tuple[Tensor, ...], tuple[Tensor, ...] | None, int | None], _Row]


def deal_arrays(
    subject: Subject,
    inputs: tuple[Tensor, ...],
    background: tuple[Tensor, ...] | None,
    answer: Any,
    parts: int | None,
    lay_out: LayOut,
) -> list[Deal]:
    """Return the game of every row.

    Args:
        subject: the model.
        inputs: prepared rows.
        background: prepared rows that stand in, or None for what is made of the row itself.
        answer: which answer is explained, see `Subject.chosen`.
        parts: into how many each is cut.
        lay_out: `picture` or `series`.
    """
    rows = [tuple(one[number : number + 1] for one in inputs) for number in range(len(inputs[0]))]
    return [
        _deal(subject, lay_out(subject, row, background, parts), number, answer)
        for number, row in enumerate(rows)
    ]


def picture(
    subject: Subject, row: tuple[Tensor, ...], background: tuple[Tensor, ...] | None, parts: int | None
) -> _Row:
    """Lay out a picture (1, channels, height, width) in regions; blurred, it stands in for itself."""
    own = row[0]
    references = blurred(own) if background is None else background[0][:MOST_REFERENCES]
    said = "the picture blurred" if background is None else f"{len(references):,} other pictures"
    pixels = shown_pixels(own[0])
    owner = regions_of(pixels, parts or REGIONS)
    names = tuple(f"region {one + 1}" for one in range(int(owner.max()) + 1))
    tensors = Tensors((own,), (references,), (np.broadcast_to(owner, own.shape[1:]).copy(),))
    return _Row(tensors, names, places_of(owner), said, Scene("picture", pixels, owner))


def series(
    subject: Subject, row: tuple[Tensor, ...], background: tuple[Tensor, ...] | None, parts: int | None
) -> _Row:
    """Lay out a sequence or sound (1, steps, channels), with its length (1,) where it has one, in stretches.

    Without a background each channel's mean over the sequence stands in, in a sound what is quietest in it.
    """
    length = int(row[1][0]) if len(row) > 1 else row[0].shape[1]
    own = row[0][:, :length]
    references, said = _stand_in(subject, own, background)
    owner, names, held = stretches_of(
        length, subject.channels(own.shape[2]), parts or STRETCHES, FEW_CHANNELS
    )
    lengths = (torch.tensor([length]),) if len(row) > 1 else ()
    tensors = Tensors(
        (own, *lengths),
        (references, *(one.expand(len(references)) for one in lengths)),
        (owner, *(None for _ in lengths)),
    )
    return _Row(tensors, names, held, said, Scene("series", own[0].double().numpy(), owner))


def blurred(pictures: Tensor) -> Tensor:
    """Return pictures (n, channels, height, width) blurred by a Gauss curve, edges repeated."""
    size = max(pictures.shape[-2:])
    deviation = max(1.0, size / BLURS)
    reach = min(round(2 * deviation), min(pictures.shape[-2:]) - 1)
    if reach < 1:
        return pictures.mean(dim=(2, 3), keepdim=True).expand(pictures.shape).clone()
    steps = torch.arange(-reach, reach + 1, dtype=pictures.dtype)
    weights = torch.exp(-(steps**2) / (2 * deviation**2))
    kernel = (weights / weights.sum()).view(1, 1, -1)
    channels = pictures.shape[1]
    rows = functional.pad(pictures, (reach, reach, reach, reach), mode="replicate")
    across = functional.conv2d(rows, kernel[:, :, None].expand(channels, 1, 1, -1), groups=channels)
    return functional.conv2d(across, kernel[:, :, :, None].expand(channels, 1, -1, 1), groups=channels)


def shown_pixels(picture: Tensor) -> np.ndarray:
    """Return a picture (channels, height, width) as pixels (height, width, 1 or 3) from 0 to 1."""
    pixels = picture.permute(1, 2, 0).double().numpy()
    pixels = pixels[:, :, :3] if pixels.shape[2] >= 3 else pixels[:, :, :1]
    low, high = float(pixels.min()), float(pixels.max())
    if low >= 0 and high <= 255 and high > 1.5:
        return np.asarray(pixels / 255)
    return np.asarray((pixels - low) / (high - low) if high > low else np.zeros_like(pixels))


def places_of(owner: np.ndarray) -> tuple[str, ...]:
    """Return where the middle of each region lies, in words.

    >>> places_of(np.array([[0, 0, 1, 1]] * 4))
    ('left', 'right')
    """
    height, width = owner.shape
    down = ("top", "", "bottom")
    side = ("left", "", "right")
    words = []
    for player in range(int(owner.max()) + 1):
        rows, columns = np.nonzero(owner == player)
        row = min(2, int(3 * (rows.mean() + 0.5) / height)) if len(rows) else 1
        column = min(2, int(3 * (columns.mean() + 0.5) / width)) if len(rows) else 1
        words.append(" ".join(filter(None, (down[row], side[column]))) or "middle")
    return tuple(words)


def _stand_in(subject: Subject, own: Tensor, background: tuple[Tensor, ...] | None) -> tuple[Tensor, str]:
    steps = own.shape[1]
    if background is None:
        if subject.form is Form.SOUNDS:
            return own.amin(dim=1, keepdim=True).expand(own.shape).clone(), "silence"
        return own.mean(dim=1, keepdim=True).expand(
            own.shape
        ).clone(), "each channel's mean over the sequence"
    given = background[0][:MOST_REFERENCES]
    if given.shape[2] != own.shape[2]:
        raise UserError(f"background: expected {own.shape[2]} channels, got {given.shape[2]}.")
    lengths = (
        background[1][:MOST_REFERENCES].tolist() if len(background) > 1 else [given.shape[1]] * len(given)
    )
    # A shorter sequence begins anew at its end, a longer one is cut.
    places = [torch.arange(steps) % max(1, length) for length in lengths]
    fitted = torch.stack([one[place] for one, place in zip(given, places, strict=True)])
    return fitted, f"{len(given):,} other sequences"


def _deal(subject: Subject, row: _Row, number: int, answer: Any) -> Deal:
    tensors = row.tensors
    chosen = subject.chosen(subject.predict(tensors.inputs), answer)

    def remake(other: Subject) -> Game:
        return tensor_game(other, tensors.inputs, tensors.references, tensors.owners, chosen, len(row.names))

    return Deal(
        np.array([number]),
        (row.names,),
        (row.places,),
        remake(subject),
        chosen,
        row.reference,
        remake,
        tensors,
        (row.scene,),
    )
