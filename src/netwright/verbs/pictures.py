"""Pictures for evidence and report: small pixels for classical models, thumbnails to look at."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import polars as pl

from netwright.data.pictures import decode, pillow
from netwright.data.schema import Kind, Schema
from netwright.report.contents import PictureSample

PIXELS = {1: 10, 3: 6}
"""Sides of the pictures that classical models read, by channels: about a hundred numbers."""

THUMBNAIL = 72
SAMPLES = 24


def column_of(schema: Schema) -> str | None:
    """Return the column of picture paths that a network reads, None where it reads a table."""
    return next((column.name for column in schema.used if column.kind is Kind.IMAGE), None)


def small_pixels(paths: pl.Series, channels: int) -> pl.DataFrame:
    """Return pictures as a table of a few brightnesses, for models that read tables.

    Args:
        paths: of the pictures (n,).
        channels: 1 for grey, 3 for colour.
    """
    side = PIXELS[channels]
    pixels, _ = decode(paths.to_list(), side, side, channels)
    values = pixels.reshape(len(pixels), -1).astype(np.float64)
    return pl.DataFrame(values, schema=[f"pixel{number}" for number in range(values.shape[1])])


def thumbnail(path: str) -> str:
    """Return a small picture as a data URI, "" where it cannot be read."""
    pixels, broken = decode([path], THUMBNAIL, THUMBNAIL, 3)
    if broken:
        return ""
    buffer = BytesIO()
    pillow().fromarray(pixels[0]).save(buffer, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def samples(paths: pl.Series, labels: pl.Series) -> list[PictureSample]:
    """Return some pictures with what they show, every class among them as far as there is room."""
    frame = pl.DataFrame({"path": paths, "label": labels.cast(pl.String)}).drop_nulls()
    nth = pl.int_range(pl.len()).over("label")
    chosen = frame.with_columns(nth.alias("nth")).sort("nth", "label", maintain_order=True).head(SAMPLES)
    rows = chosen.sort("label", maintain_order=True).select("path", "label").rows()
    return [PictureSample(uri, label) for path, label in rows if (uri := thumbnail(path))]
