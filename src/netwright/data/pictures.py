"""Picture files decoded: in parallel, once, from folders, zip archives and idx files.

A picture has an address, see `netwright.data.addresses`; or the path of an idx file (the format of MNIST), a
slash and the number of the picture, from 0.
"""

from __future__ import annotations

import gzip
import os
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from netwright.data.addresses import Broken, changed_at, everywhere, in_zip, open_address
from netwright.errors import DataError, needing

MOST_PIXELS = 100_000_000
"""A picture with more is refused: decoding it might take all memory."""

CACHE_BYTES = 512 * 2**20
IDX_ENDINGS = ("-ubyte", "-ubyte.gz", ".idx", ".idx.gz")
GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "F")
_WHITE = (255, 255, 255, 255)


@dataclass(frozen=True)
class Measure:
    """The size of a picture before any change: pixels, whether it is grey, whether parts are transparent."""

    height: int
    width: int
    grey: bool
    alpha: bool


@dataclass
class PictureCache:
    """Decoded pictures by address, time of change and form; the oldest go first when it is full."""

    bytes_at_most: int = CACHE_BYTES
    _held: OrderedDict[Any, np.ndarray] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: Any, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Return what is held under a key, made where it is not there yet."""
        with self._lock:
            if key in self._held:
                return self._held[key]
        made = make()
        with self._lock:
            if key not in self._held and made.nbytes <= self.bytes_at_most:
                self._held[key] = made
                self._bytes += made.nbytes
            while self._bytes > self.bytes_at_most:
                _, oldest = self._held.popitem(last=False)
                self._bytes -= oldest.nbytes
        return made


_CACHE = PictureCache()


def decode(
    addresses: Sequence[str | None], height: int, width: int, channels: int, cache: PictureCache = _CACHE
) -> tuple[np.ndarray, tuple[Broken, ...]]:
    """Return pictures as bytes, brought to one size, and those that cannot be used.

    Sides keep their ratio: a picture is resized until it fits and the rest is black. Transparent parts
    are laid on white. A broken picture is black all over.

    Args:
        addresses: of the pictures (n,).
        height: of the result.
        width: of the result.
        channels: 1 for grey, 3 for colour.
        cache: where decoded pictures are kept.

    Returns:
        uint8 (n, height, width, channels), and what was the matter with the broken ones.
    """
    images = np.zeros((len(addresses), height, width, channels), dtype=np.uint8)
    form = (height, width, channels)
    taken = _taken_from_idx(addresses, images)

    def one(place: int) -> Broken | None:
        address = addresses[place]
        if taken[place]:
            return None
        if not address:
            return Broken(place, f"row {place + 1:,}", "names no picture")
        try:
            images[place] = cache.get((address, _changed(address), form), lambda: _decoded(address, *form))
        except (OSError, ValueError, KeyError, SyntaxError, zipfile.BadZipFile, struct.error) as error:
            return Broken(place, address, _reason(error))
        return None

    return images, tuple(broken for broken in everywhere(one, len(addresses)) if broken is not None)


def _taken_from_idx(addresses: Sequence[str | None], images: np.ndarray) -> np.ndarray:
    """Copy the pictures of idx files that have the right size already; return which those are (n,)."""
    taken = np.zeros(len(addresses), dtype=bool)
    files: dict[str, list[tuple[int, int]]] = {}
    for place, address in enumerate(addresses):
        inner = in_idx(address) if address else None
        if inner is not None:
            files.setdefault(inner[0], []).append((place, inner[1]))
    for path, entries in files.items():
        places, numbers = np.array(entries).T
        array = read_idx(path, changed_at(path)) if os.path.exists(path) else np.empty(0)
        if array.shape[1:] == images.shape[1:3] and images.shape[3] == 1 and numbers.max() < len(array):
            images[places, ..., 0] = array[numbers]
            taken[places] = True
    return taken


def measure(addresses: Sequence[str | None]) -> list[Measure]:
    """Return the sizes of pictures by their headers; those that cannot be read are left out."""

    def one(place: int) -> Measure | None:
        address = addresses[place]
        try:
            return _measured(address) if address else None
        except (OSError, ValueError, KeyError, SyntaxError, zipfile.BadZipFile, struct.error):
            return None

    return [found for found in everywhere(one, len(addresses)) if found is not None]


@lru_cache(maxsize=4)
def read_idx(path: str, changed: int) -> np.ndarray:
    """Return the array of an idx file, packed with gzip or not.

    Args:
        path: the file.
        changed: when it was changed, in nanoseconds: another time is another file.

    Raises:
        DataError: when it is no idx file of bytes, or shorter than it says.
    """
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rb") as file:
        content = file.read()
    if len(content) < 4 or content[:2] != b"\x00\x00" or content[2] != 8:
        raise DataError(f"{path} is no idx file of bytes: it begins with {content[:4].hex()}.")
    axes = content[3]
    shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * axes)
    if values.size != int(np.prod(shape)):
        raise DataError(f"{path} holds {values.size:,} bytes, and its head says {shape}. Fetch it again.")
    return values.reshape(shape)


def in_idx(address: str) -> tuple[str, int] | None:
    """Return file and number of a picture in an idx file, None for any other address.

    >>> in_idx("mnist/train-images-idx3-ubyte.gz/17"), in_idx("cats/17.png")
    (('mnist/train-images-idx3-ubyte.gz', 17), None)
    """
    head, _, number = address.rpartition("/")
    return (head, int(number)) if head.endswith(IDX_ENDINGS) and number.isdecimal() else None


def _changed(address: str) -> int:
    inside = in_idx(address) or in_zip(address)
    return changed_at(inside[0] if inside else address)


def _opened(address: str) -> Any:
    """Return a Pillow picture whose pixels are not decoded yet."""
    image_module = pillow()
    inner = in_idx(address)
    if inner is not None:
        return image_module.fromarray(read_idx(inner[0], changed_at(inner[0]))[inner[1]])
    if in_zip(address) is None:
        return image_module.open(address)
    return image_module.open(open_address(address))


def pillow() -> Any:
    """Return the module `PIL.Image`.

    Raises:
        MissingExtraError: when it is not installed; with the line that installs it.
    """
    with needing("pillow", "images", "Reading pictures"):
        from PIL import Image
    return Image


def _measured(address: str) -> Measure:
    with _opened(address) as picture:
        width, height = picture.size
        if picture.getexif().get(0x0112, 1) >= 5:  # lying on its side
            width, height = height, width
        alpha = "A" in picture.mode or "transparency" in picture.info
        return Measure(height, width, picture.mode in GREY_MODES, alpha)


def _decoded(address: str, height: int, width: int, channels: int) -> np.ndarray:
    from PIL import ImageOps

    with _opened(address) as picture:
        if picture.size[0] * picture.size[1] > MOST_PIXELS:
            size = f"{picture.size[0]:,} × {picture.size[1]:,} pixels"
            raise DataError(f"{size}, and more than {MOST_PIXELS // 1_000_000} million are not decoded")
        if picture.format == "JPEG":
            picture.draft("RGB" if channels == 3 else "L", (2 * width, 2 * height))
        upright = ImageOps.exif_transpose(picture)
        return _fitted(_plain(upright, channels), height, width, channels)


def _plain(picture: Any, channels: int) -> Any:
    """Return a picture without palette and transparency, grey or colour, a byte for each channel."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        values = np.asarray(picture, dtype=np.float64)
        top = 65_535.0 if picture.mode != "F" or values.max(initial=0) > 255 else 255.0
        picture = pillow().fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8))
    if "A" in picture.mode or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        picture = pillow().alpha_composite(pillow().new("RGBA", clear.size, _WHITE), clear)
    return picture.convert("L" if channels == 1 else "RGB")


def _fitted(picture: Any, height: int, width: int, channels: int) -> np.ndarray:
    """Return bytes (height, width, channels) with the picture in the middle."""
    scale = min(height / picture.height, width / picture.width)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    if size != picture.size:
        picture = picture.resize(size, pillow().Resampling.BILINEAR, reducing_gap=2.0)
    pixels = np.asarray(picture, dtype=np.uint8).reshape(size[1], size[0], channels)
    if pixels.shape[:2] == (height, width):
        return pixels
    fitted = np.zeros((height, width, channels), dtype=np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    fitted[top : top + size[1], left : left + size[0]] = pixels
    return fitted


def _reason(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, KeyError):
        return "there is no such picture in the archive"
    if isinstance(error, DataError):
        return str(error)
    name = type(error).__name__
    if name == "UnidentifiedImageError":
        return "no picture of a known format, or damaged from the first byte on"
    if name in ("DecompressionBombError", "DecompressionBombWarning"):
        return f"giant: more than {MOST_PIXELS // 1_000_000} million pixels"
    return f"damaged ({' '.join(str(error).split()) or name})"
