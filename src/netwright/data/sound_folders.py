"""Wave files with their classes, in folders and zip archives: a folder for each class, or names that tell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl

from netwright.data.addresses import TEST_NAMES, Broken, divided, everywhere, files_below, without_shared
from netwright.data.items import SoundRows, objects
from netwright.data.recognition import PICTURE_ENDINGS
from netwright.data.sequence_files import TARGET, LabelledRows
from netwright.data.sound import WAVE_ENDINGS, read_wave
from netwright.errors import DataError

GROUP = "group"
"""What the column is called that says which sounds belong together, such as those of one speaker."""


def holds_sound_files(path: str | os.PathLike[str]) -> bool:
    """Return whether a place is a folder or a zip archive of wave files: with more of them than pictures."""
    sounds = len(files_below(Path(path), WAVE_ENDINGS))
    return sounds > 0 and sounds > len(files_below(Path(path), PICTURE_ENDINGS))


def read_sounds(path: str | os.PathLike[str], *, labelled: bool = True) -> LabelledRows:
    """Read where the sounds of a folder or a zip archive are, with their classes.

    The class is the folder that holds a file. Where no folders tell, it is what the name begins with: in
    names such as `7_lucas_12.wav` the class is the first part, and the second, where there are three or
    more, says what belongs together. Folders called train and test above them are kept apart as that.

    Args:
        path: the folder or the archive.
        labelled: whether there have to be classes.

    Raises:
        DataError: when there are no wave files or only one class.
    """
    place = Path(path).absolute()
    names = files_below(place, WAVE_ENDINGS)
    if not names:
        raise DataError(f"{path} holds no wave files ({', '.join(WAVE_ENDINGS)}).")
    folders = without_shared([PurePosixPath(name).parts[:-1] for name in names])
    decisions = []
    test = np.zeros(len(names), dtype=bool)
    if all(folders) and divided(folders):
        test = np.array([one[0].lower() in TEST_NAMES for one in folders])
        folders = [one[1:] for one in folders]
        decisions.append(f"{int(test.sum()):,} of them in the folder for the test, which stay apart")
    told, labels, groups = _classes(names, folders)
    classes = sorted(set(labels) - {""})
    if labelled and len(classes) < 2:
        found = f"sounds of one class only, {classes[0]!r}" if classes else "sounds without a class"
        raise DataError(
            f"{path} holds {found}. Expected a folder for each class, or names that begin with the class, "
            "such as dog_1.wav."
        )
    kept = [number for number, label in enumerate(labels) if label or not classes]
    many = f"{len(kept):,} sounds of {len(classes)} classes; {told}" if classes else f"{len(kept):,} sounds"
    return LabelledRows(
        SoundRows(objects([f"{place.as_posix()}/{names[number]}" for number in kept]), "wave files"),
        pl.Series(TARGET, [labels[number] for number in kept]) if classes else None,
        (many, *decisions),
        tuple(names[number] for number in kept),
        tuple(groups[number] for number in kept) if groups else (),
        tuple(bool(test[number]) for number in kept) if test.any() else (),
    )


def _classes(names: Sequence[str], folders: Sequence[tuple[str, ...]]) -> tuple[str, list[str], list[str]]:
    """Return how classes were found, the class of each file or "", and its group, where names tell it."""
    if any(folders):
        outside = sum(not one for one in folders)
        told = "the class of a sound is the folder that holds it"
        told += f"; {outside:,} files outside of such folders were left out" if outside else ""
        return told, [one[0] if one else "" for one in folders], []
    parts = [PurePosixPath(name).stem.split("_") for name in names]
    if any(len(words) < 2 for words in parts):
        return "", [""] * len(parts), []
    told = "the class of a sound is what its name begins with, up to the first _"
    if any(len(words) < 3 for words in parts):
        return told, [words[0] for words in parts], []
    groups = [words[1] for words in parts]
    told += f"; the second part names {len(set(groups)):,} groups: --group {GROUP} keeps each in one part"
    return told, [words[0] for words in parts], groups


def broken_sounds(rows: SoundRows) -> dict[int, Broken]:
    """Return what is the matter with the sounds that cannot be read, by row."""

    def one(place: int) -> Broken | None:
        address = rows.values[place]
        if not address:
            return Broken(place, f"row {place + 1:,}", "names no sound")
        try:
            read_wave(address)
        except DataError as error:
            return Broken(place, str(address), str(error).removeprefix(f"{address} ").removesuffix("."))
        return None

    return {found.place: found for found in everywhere(one, len(rows)) if found is not None}
