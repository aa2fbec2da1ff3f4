"""Pictures as tensors: one size, one number of channels, bytes where they came as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from netwright.data.addresses import Broken
from netwright.data.items import Form, ImageRows, Items
from netwright.data.pictures import decode
from netwright.data.row_options import RowOptions
from netwright.data.shapes import ImageShape
from netwright.errors import ArtifactError, DataError, listing

LUMINANCE = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in brightness (ITU-R BT.601)."""

ARRAYS_AT_ONCE = 2048
"""Arrays resized at once: what is needed on the way is then small."""


class Images(RowOptions):
    """How pictures become inputs.

    Settings:
        size: (height, width) in pixels that every picture is brought to; "auto" keeps what small ones
            have. Sides keep their ratio, the rest is padded with black.
        channels: 1 for grey, 3 for colour, or as many as arrays bring; "auto" is grey where every picture is.
        scaling: "none" leaves that to the network, which knows mean and deviation; "standard" gives
            numbers of mean 0 and deviation 1, for a module of one's own.

    >>> Images(size=(32, 32)).to_plain()["size"]
    [32, 32]
    """

    summary: ClassVar[str] = "Pictures brought to one size, grey or colour."
    form: ClassVar[Form] = Form.IMAGES

    size: tuple[int, int] | Literal["auto"] = "auto"
    channels: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    scaling: Literal["none", "standard"] = "none"

    def fit(self, rows: Items) -> ImagePreparation:
        """Return the preparation of pictures like these."""
        assert isinstance(rows, ImageRows)
        assert self.size != "auto"
        assert self.channels != "auto"
        numbers = _holds_numbers(rows)
        unit = numbers and float(max(np.max(one) for one in rows.values)) <= 1.0
        plain = ImagePreparation(ImageShape(self.channels, *self.size), numbers, unit)
        if self.scaling == "none":
            return plain
        pixels = plain.transform(rows)[0].double()
        mean, deviation = pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3)).clamp_min(1e-6)
        return ImagePreparation(plain.shape, numbers, unit, tuple(mean.tolist()), tuple(deviation.tolist()))


@dataclass(frozen=True)
class ImagePreparation:
    """A fitted preparation of pictures.

    Attributes:
        shape: of every picture that comes out.
        numbers: whether training pictures were real numbers instead of bytes.
        unit: whether those lay between 0 and 1.
        mean: of each channel, where the preparation scales; else empty.
        deviation: likewise.
    """

    shape: ImageShape
    numbers: bool = False
    unit: bool = False
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    form: ClassVar[Form] = Form.IMAGES

    def transform(self, rows: Any) -> tuple[Tensor, ...]:
        """Return pictures as (n, channels, height, width): bytes, or numbers as in training.

        Raises:
            DataError: when some cannot be read; names their paths.

        >>> preparation = ImagePreparation(ImageShape(1, 4, 4))
        >>> preparation.transform(ImageRows(np.zeros((5, 8, 8, 3), dtype=np.uint8)))[0].shape
        torch.Size([5, 1, 4, 4])
        """
        pixels = self._in_range(self._pixels(rows.values))
        if not self.mean:
            return (pixels,)
        mean, deviation = (torch.tensor(list(v)).view(1, -1, 1, 1) for v in (self.mean, self.deviation))
        return ((pixels.float() - mean) / deviation,)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything there is to know: plain data for JSON, and no arrays."""
        shape = [self.shape.channels, self.shape.height, self.shape.width]
        state = {"kind": str(self.form), "shape": shape, "numbers": self.numbers, "unit": self.unit}
        return {**state, "mean": list(self.mean), "deviation": list(self.deviation)}, {}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> ImagePreparation:
        """Return the preparation that `to_state` described."""
        try:
            shape = ImageShape(*(int(size) for size in state["shape"]))
            scale = tuple(map(float, state["mean"])), tuple(map(float, state["deviation"]))
            return cls(shape, bool(state["numbers"]), bool(state["unit"]), *scale)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"The preparation of pictures is damaged ({error}). Save it again."
            ) from error

    def _pixels(self, values: np.ndarray) -> Tensor:
        """Return (n, channels, height, width) in the range that the pictures came in."""
        shape = self.shape
        if values.dtype != object:
            return self._resized(values)
        if len(values) and all(isinstance(one, np.ndarray) for one in values):
            return torch.cat([self._resized(_with_channels(one)[None]) for one in values])
        pixels, broken = decode(cast(Sequence[str | None], values), shape.height, shape.width, shape.channels)
        if broken:
            raise unreadable(broken)
        return _channels_first(pixels)

    def _resized(self, values: np.ndarray) -> Tensor:
        """Return equal arrays (n, h, w, c) as (n, channels, height, width)."""
        parts = []
        for start in range(0, max(1, len(values)), ARRAYS_AT_ONCE):
            part = _without_alpha(values[start : start + ARRAYS_AT_ONCE])
            parts.append(_fitted(_recoloured(_channels_first(part), self.shape.channels), self.shape))
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _in_range(self, pixels: Tensor) -> Tensor:
        """Return pixels in the range that the network was trained on."""
        if self.numbers:
            pixels = pixels.float() / 255 if self.unit and pixels.dtype == torch.uint8 else pixels.float()
            if not bool(torch.isfinite(pixels).all()):
                row = int((~torch.isfinite(pixels)).flatten(1).any(1).nonzero()[0])
                raise DataError(f"Row {row + 1:,} holds missing or infinite numbers. Leave the picture out.")
            return pixels
        if pixels.dtype == torch.uint8:
            return pixels
        low, high = float(pixels.min()), float(pixels.max())
        if not (low >= 0 and high <= 255):
            raise DataError(
                f"The model was trained on pixels from 0 to 255, got numbers from {low:g} to {high:g}. "
                "Give bytes, or numbers from 0 to 1."
            )
        return (pixels * 255 if high <= 1 else pixels).round().to(torch.uint8)


def unreadable(broken: Sequence[Broken], noun: str = "picture") -> DataError:
    """Return the error for files that cannot be used, with their paths."""
    noun = noun if len(broken) == 1 else f"{noun}s"
    return DataError(
        f"{len(broken):,} {noun} cannot be used: {listing(broken, 5)}. Mend them, or leave them out."
    )


def _holds_numbers(rows: ImageRows) -> bool:
    """Return whether pictures are real numbers, or whole ones beyond a byte."""
    if rows.values.dtype == object:
        return any(isinstance(one, np.ndarray) and _beyond_bytes(one) for one in rows.values)
    return _beyond_bytes(rows.values)


def _beyond_bytes(values: np.ndarray) -> bool:
    if values.dtype in (np.uint8, np.bool_):
        return False
    return values.dtype.kind == "f" or bool((values < 0).any() or (values > 255).any())


def _with_channels(one: np.ndarray) -> np.ndarray:
    """Return one picture as (height, width, channels)."""
    if one.ndim == 2:
        return one[..., None]
    return one if one.shape[-1] <= 4 or one.shape[0] > 4 else np.moveaxis(one, 0, -1)


def _channels_first(values: np.ndarray) -> Tensor:
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * 255
    if values.dtype != np.uint8:
        values = values.astype(np.float32)
    # A copy: PyTorch must not write into the user's memory.
    return torch.from_numpy(np.array(np.moveaxis(values, -1, 1), order="C"))


def _without_alpha(values: np.ndarray) -> np.ndarray:
    """Return pictures with transparent parts laid on white; grey and colour as they are."""
    if values.shape[-1] not in (2, 4):
        return values
    white = 1.0 if values.dtype.kind == "f" and values.max(initial=0) <= 1 else 255.0
    cover = values[..., -1:].astype(np.float32) / white
    laid = values[..., :-1] * cover + white * (1 - cover)
    return np.asarray(laid.round().astype(values.dtype) if values.dtype.kind in "iu" else laid)


def _recoloured(pixels: Tensor, channels: int) -> Tensor:
    """Return pictures as grey or colour; more than three channels stay as they are."""
    have = pixels.shape[1]
    if have == channels:
        return pixels
    if have == 3 and channels == 1:
        shares = torch.tensor(LUMINANCE).view(1, 3, 1, 1)
        return (pixels.float() * shares).sum(1, keepdim=True).round().to(pixels.dtype)
    if have == 1:
        return pixels.expand(-1, channels, -1, -1).contiguous()
    raise DataError(f"The model was trained on pictures with {channels} channels, got {have}.")


def _fitted(pixels: Tensor, shape: ImageShape) -> Tensor:
    """Return pictures resized with their ratio kept, padded with zeros to height × width."""
    height, width = pixels.shape[2:]
    if (height, width) == (shape.height, shape.width):
        return pixels
    scale = min(shape.height / height, shape.width / width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    if size != (height, width):
        small = torch.nn.functional.interpolate(pixels.float(), size=size, mode="bilinear", antialias=True)
        pixels = small.round().clamp(0, 255).to(torch.uint8) if pixels.dtype == torch.uint8 else small
    top, left = (shape.height - size[0]) // 2, (shape.width - size[1]) // 2
    around = (left, shape.width - size[1] - left, top, shape.height - size[0] - top)
    return torch.nn.functional.pad(pixels, around)
