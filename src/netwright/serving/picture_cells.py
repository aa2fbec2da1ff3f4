"""Pictures of a request: files in base64, or the body itself, decoded as those of a folder are."""

from __future__ import annotations

import base64
import binascii
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from netwright.data.images import ImagePreparation
from netwright.data.pictures import PictureCache, decode, pillow
from netwright.serving.cells import Row
from netwright.serving.limits import RefusedError

EXPECTED = "a picture file (PNG, JPEG, ...) in base64"


class PictureCells:
    """What a row of a model for pictures may hold.

    Args:
        name: the column of the pictures.
        preparation: fitted; tells the size that pictures are brought to.
    """

    def __init__(self, name: str, preparation: ImagePreparation) -> None:
        self.name, self._preparation = name, preparation

    def checked(self, rows: Sequence[Any]) -> list[Row]:
        """Return rows with their pictures decoded.

        Raises:
            RefusedError: 422 for a row without a picture that can be read; names column and row.
        """
        found = []
        for number, row in enumerate(rows, start=1):
            value = row.get(self.name) if isinstance(row, dict) else row
            if not isinstance(value, str) or not value:
                raise self._wrong(number, f"got {repr(value)[:60]}. Send {{{self.name!r}: BASE64}}.")
            try:
                # A page in the browser sends a data URL, which says before the comma what follows.
                file = base64.b64decode(value.rpartition("base64,")[2], validate=True)
            except (binascii.Error, ValueError):
                raise self._wrong(number, "got what is no base64.") from None
            found.append(self._decoded(file, number))
        return found

    def of_file(self, file: bytes) -> list[Row]:
        """Return the one row of a body that is a picture file.

        Raises:
            RefusedError: 422 when it cannot be read.
        """
        return [self._decoded(file, 1)]

    def of_frame(self, frame: pl.DataFrame) -> list[Row]:
        """Raise RefusedError: a CSV file holds no pictures."""
        raise RefusedError(415, f"CSV holds no pictures. Send JSON with {EXPECTED}, or the file itself.")

    def _decoded(self, file: bytes, number: int) -> Row:
        shape = self._preparation.shape
        with tempfile.TemporaryDirectory(prefix="netwright-") as folder:
            path = Path(folder) / "picture"
            path.write_bytes(file)
            # Nothing is kept: the next file of this name is another one.
            pixels, broken = decode(
                [str(path)], shape.height, shape.width, shape.channels, PictureCache(bytes_at_most=0)
            )
        if broken:
            raise self._wrong(number, f"got a file that cannot be read: {broken[0].reason}.")
        return {self.name: np.asarray(pixels[0])}

    def _wrong(self, number: int, got: str) -> RefusedError:
        message = f"Column {self.name!r}, row {number:,}: expected {EXPECTED}, {got}"
        return RefusedError(422, message, self.name, number)


def example_picture(preparation: ImagePreparation) -> str:
    """Return a small picture in base64 that can be answered.

    >>> from netwright.data.images import ImageShape
    >>> example_picture(ImagePreparation(ImageShape(1, 8, 8)))[:8]
    'iVBORw0K'
    """
    shape = preparation.shape
    ramp = np.linspace(0, 255, shape.width).astype(np.uint8)
    written = io.BytesIO()
    pillow().fromarray(np.tile(ramp, (shape.height, 1))).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()
