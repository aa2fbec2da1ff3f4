"""Sequences from files: `.ts` files of the UCR and UEA archives, and folders of sounds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from netwright.data.items import Items, SequenceRows, SoundRows, objects
from netwright.data.sound import WAVE_ENDINGS
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
    """

    rows: Items
    target: pl.Series | None
    decisions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


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


def is_sound_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether a folder holds wave files, in itself or one level down."""
    return Path(path).is_dir() and next(_wave_files(Path(path)), None) is not None


def read_sound_folder(path: str | os.PathLike[str], *, labelled: bool = True) -> LabelledRows:
    """Read a folder of wave files: the class is the folder that holds a file, or begins its name.

    In a flat folder of names such as `7_lucas_12.wav` the class is the first part, and the second, where
    there are three or more, says what belongs together.

    Args:
        path: the folder.
        labelled: whether there have to be classes.

    Raises:
        DataError: when there are no wave files or only one class.
    """
    files = sorted(_wave_files(Path(path)))
    if not files:
        raise DataError(f"{path} holds no wave files ({', '.join(WAVE_ENDINGS)}), nor do its folders.")
    nested = [file for file in files if file.parent != Path(path)]
    groups: tuple[str, ...] = ()
    if nested:
        kept, labels = nested, [file.parent.name for file in nested]
        told = "the class of a sound is the folder that holds it"
        if len(nested) < len(files):
            told += f"; {len(files) - len(nested):,} files outside of such folders were left out"
    else:
        parts = [file.stem.split("_") for file in files]
        kept, labels = files, [words[0] for words in parts]
        told = "the class of a sound is what its name begins with, up to the first _"
        if all(len(words) >= 3 for words in parts):
            groups = tuple(words[1] for words in parts)
            told += f"; the second part names {len(set(groups))} groups"
    if labelled and len(set(labels)) < 2:
        raise DataError(
            f"{path} holds sounds of one class only, {labels[0]!r}. Expected a folder for each class, or "
            "names that begin with the class, such as dog_1.wav."
        )
    names = tuple(str(file.relative_to(path)) for file in kept)
    decision = f"{len(kept):,} sounds of {len(set(labels))} classes; {told}"
    rows = SoundRows(objects([str(file) for file in kept]), "a folder of wave files")
    return LabelledRows(rows, pl.Series(TARGET, labels), (decision,), names, groups)


def _wave_files(path: Path) -> Iterator[Path]:
    for pattern in ("*", "*/*"):
        yield from (file for file in path.glob(pattern) if file.suffix.lower() in WAVE_ENDINGS)
