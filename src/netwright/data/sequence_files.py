"""Sequences from `.ts` files of the UCR and UEA archives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from netwright.data.items import Items, SequenceRows, objects
from netwright.errors import DataError

TARGET = "class"
"""What the target is called where the source has no name for it."""


@dataclass(frozen=True)
class LabelledRows:
    """Rows that are no table, with what is to be predicted of each.

    Attributes:
        rows: the sequences or sounds.
        target: what is to be predicted of each row; None where the file does not say.
        decisions: how the source was read, one plain sentence each.
        names: what each row is called, such as its file.
        groups: what rows belong together, such as a speaker; empty where unknown.
        test: which rows the source keeps for the test; empty for none.
        channels: names of the channels, where they have any.
    """

    rows: Items
    target: pl.Series | None
    decisions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[object, ...] = ()
    test: tuple[bool, ...] = ()
    channels: tuple[str, ...] = ()


def read_ts(path: str | os.PathLike[str]) -> LabelledRows:
    """Read sequences of one or several channels, of equal or unequal length, with missing steps.

    Raises:
        DataError: when the file is not of this format; names the line.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.ts"
    >>> _ = file.write_text("@classLabel true up down\\n@data\\n1,2,3:up\\n3,?:down\\n")
    >>> read = read_ts(file)
    >>> read.target.to_list(), [len(one) for one in read.rows.values]
    (['up', 'down'], [3, 2])
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    header = _header(lines)
    if header.get("timestamps", "false").lower() == "true":
        raise DataError(f"{path} holds pairs of time and value. Expected values only: @timeStamps false.")
    numbers = header.get("targetlabel", "false").lower().startswith("true")
    labelled = numbers or header.get("classlabel", "false").lower().startswith("true")
    sequences, labels = [], []
    for number, line in _data_lines(lines, path):
        parts = line.split(":")
        if labelled:
            labels.append(parts.pop().strip())
        sequences.append(_sequence(parts, path, number))
    if not sequences:
        raise DataError(f"{path} holds no sequence below @data.")
    lengths = sorted({len(one) for one in sequences})
    told = f"{lengths[0]:,}" if len(lengths) == 1 else f"{lengths[0]:,} to {lengths[-1]:,}"
    decision = f"{len(sequences):,} sequences of {told} steps and {sequences[0].shape[1]} channels"
    target = pl.Series(TARGET, labels) if labelled else None
    if target is not None and numbers:
        target = target.cast(pl.Float64, strict=False)
    return LabelledRows(SequenceRows(objects(list(sequences)), "a .ts file"), target, (decision,))


def _header(lines: list[str]) -> dict[str, str]:
    words = [line.strip()[1:].split(maxsplit=1) for line in lines if line.strip().startswith("@")]
    return {parts[0].lower(): parts[1] if len(parts) > 1 else "" for parts in words if parts}


def _data_lines(lines: list[str], path: object) -> Iterator[tuple[int, str]]:
    starts = [number for number, line in enumerate(lines) if line.strip().lower() == "@data"]
    if not starts:
        raise DataError(f"{path} has no line @data, below which the sequences stand in a .ts file.")
    for number, line in enumerate(lines[starts[0] + 1 :], starts[0] + 2):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def _sequence(channels: list[str], path: object, number: int) -> np.ndarray:
    """Return (length, channels) from the channels of one line."""
    try:
        values = [
            [np.nan if one.strip() in ("?", "NaN", "") else float(one) for one in channel.split(",")]
            for channel in channels
        ]
    except ValueError as error:
        raise DataError(f"{path}, line {number}: {error}. Expected numbers, or ? where missing.") from None
    if len({len(channel) for channel in values}) != 1:
        sizes = ", ".join(str(len(channel)) for channel in values)
        raise DataError(f"{path}, line {number}: the channels have unequal numbers of steps ({sizes}).")
    return np.array(values, dtype=np.float32).T
