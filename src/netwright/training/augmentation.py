"""Augmentation: every training picture is changed a little at every step, so that no two are alike."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from netwright.parts import Part
from netwright.training.mixup import Mixed, blend_share

Flip = Literal["none", "horizontal", "vertical", "both"]


class Augmentation(Part, family="augmentation"):
    """Random changes of training pictures that keep their class, for a whole batch at once on tensors.

    The same seed and step give the same changes; validation and prediction see pictures as they are.

    Settings:
        shift: pixels by which a picture is moved at most, in both directions; what leaves is cropped.
        flip: mirror half of the pictures; only where a mirrored picture keeps its answer.
        rotate: degrees by which a picture is turned at most.
        zoom: share by which a picture grows or shrinks at most.
        erase: chance that a rectangle of a picture is erased (Zhong et al. 2020).
        light: how much brightness and contrast vary at most, as a share.
        cutmix: a rectangle of each picture is taken from another one, and its share of the loss with it;
            even shares of both for 1, 0 for never (Yun et al. 2019).

    >>> pictures = torch.arange(32, dtype=torch.uint8).view(2, 1, 4, 4)
    >>> changed = Augmentation(shift=1, flip="horizontal").change(pictures, torch.Generator().manual_seed(0))
    >>> changed.shape, changed.dtype
    (torch.Size([2, 1, 4, 4]), torch.uint8)
    """

    summary: ClassVar[str] = "Random changes of training pictures that keep their class."

    shift: int = Field(default=2, ge=0)
    flip: Flip = "none"
    rotate: float = Field(default=0.0, ge=0, le=180)
    zoom: float = Field(default=0.0, ge=0, lt=1)
    erase: float = Field(default=0.0, ge=0, le=1)
    light: float = Field(default=0.0, ge=0, lt=1)
    cutmix: float = Field(default=0.0, ge=0, le=100)

    def change(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Return changed copies of pictures (n, channels, height, width), bytes or numbers.

        Args:
            pictures: a batch.
            generator: on the CPU; gives all random numbers.
        """
        if self.rotate or self.zoom:
            pictures = _turned(pictures, self._matrices(pictures, generator))
        else:
            pictures = _shifted(pictures, min(self.shift, *pictures.shape[2:]), generator)
            for axis, wanted in ((3, ("horizontal", "both")), (2, ("vertical", "both"))):
                if self.flip in wanted:
                    pictures = torch.where(_coin(pictures, 0.5, generator), pictures.flip(axis), pictures)
        if self.light:
            pictures = _relit(pictures, self.light, generator)
        return _erased(pictures, self.erase, generator) if self.erase else pictures

    def mix(self, inputs: tuple[Tensor, ...], generator: torch.Generator) -> Mixed:
        """Return a batch in which a rectangle of each picture comes from another one.

        Args:
            inputs: the batch; its first tensor are pictures (n, channels, height, width).
            generator: on the CPU; gives place and size of the rectangle, and the order.
        """
        pictures = inputs[0]
        height, width = pictures.shape[2:]
        side = math.sqrt(1 - blend_share(self.cutmix, generator))
        tall, wide = round(height * side), round(width * side)
        top = int(torch.randint(height - tall + 1, (), generator=generator))
        left = int(torch.randint(width - wide + 1, (), generator=generator))
        order = torch.randperm(len(pictures), generator=generator).to(pictures.device)
        cut = pictures.clone()
        cut[:, :, top : top + tall, left : left + wide] = pictures[order][
            :, :, top : top + tall, left : left + wide
        ]
        return Mixed((cut, *inputs[1:]), order, 1 - tall * wide / (height * width))

    def _matrices(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Return an affine map (n, 2, 3) for every picture, from new places to old ones."""
        rows, _, height, width = pictures.shape
        draws = 2 * torch.rand(4, rows, generator=generator) - 1
        angle, scale = draws[0] * math.radians(self.rotate), (1 + self.zoom) ** draws[1]
        mirror_x, mirror_y = torch.ones(rows), torch.ones(rows)
        if self.flip in ("horizontal", "both"):
            mirror_x = torch.where(torch.rand(rows, generator=generator) < 0.5, -1.0, 1.0)
        if self.flip in ("vertical", "both"):
            mirror_y = torch.where(torch.rand(rows, generator=generator) < 0.5, -1.0, 1.0)
        cosine, sine = angle.cos() / scale, angle.sin() / scale
        aspect = height / width
        right = torch.stack([cosine * mirror_x, sine * aspect * mirror_y, draws[2] * 2 * self.shift / width])
        down = torch.stack([-sine / aspect * mirror_x, cosine * mirror_y, draws[3] * 2 * self.shift / height])
        return torch.stack([right, down]).permute(2, 0, 1).to(pictures.device)


def _coin(pictures: Tensor, chance: float, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(len(pictures), 1, 1, 1, generator=generator) < chance
    return drawn.to(pictures.device)


def _shifted(pictures: Tensor, most: int, generator: torch.Generator) -> Tensor:
    """Return pictures moved by up to `most` pixels; what comes in is black."""
    if not most:
        return pictures
    rows, _, height, width = pictures.shape
    padded = functional.pad(pictures, (most, most, most, most))
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    places = torch.randint(2 * most + 1, (2, rows), generator=generator).to(pictures.device)
    return windows[torch.arange(rows, device=pictures.device), :, places[0], places[1]]


def _turned(pictures: Tensor, matrices: Tensor) -> Tensor:
    """Return pictures as numbers, each read through its affine map; outside it is black."""
    numbers = pictures if pictures.is_floating_point() else pictures.float()
    grid = functional.affine_grid(matrices.to(numbers.dtype), list(pictures.shape), align_corners=False)
    return functional.grid_sample(numbers, grid, align_corners=False)


def _relit(pictures: Tensor, most: float, generator: torch.Generator) -> Tensor:
    """Return pictures with other brightness and contrast: a factor and a shift."""
    numbers = pictures if pictures.is_floating_point() else pictures.float()
    draws = ((2 * torch.rand(2, len(pictures), 1, 1, 1, generator=generator) - 1) * most).to(numbers)
    middle = numbers.mean(dim=(1, 2, 3), keepdim=True)
    return middle + (numbers - middle) * (1 + draws[0]) + draws[1] * numbers.std()


def _erased(pictures: Tensor, chance: float, generator: torch.Generator) -> Tensor:
    """Return pictures of which some have a grey rectangle, a quarter to a half of their sides long."""
    rows, _, height, width = pictures.shape
    draws = torch.rand(4, rows, generator=generator)
    tall, wide = height * (0.25 + 0.25 * draws[0]), width * (0.25 + 0.25 * draws[1])
    top, left = draws[2] * (height - tall), draws[3] * (width - wide)
    down, right = torch.arange(height), torch.arange(width)
    inside_rows = (down >= top[:, None]) & (down < (top + tall)[:, None])
    inside_columns = (right >= left[:, None]) & (right < (left + wide)[:, None])
    chosen = torch.rand(rows, generator=generator) < chance
    hole = (inside_rows[:, :, None] & inside_columns[:, None, :] & chosen[:, None, None])[:, None]
    grey = pictures.float().mean(dim=(0, 2, 3), keepdim=True).to(pictures.dtype)
    return torch.where(hole.to(pictures.device), grey, pictures)
