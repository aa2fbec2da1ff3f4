"""Pictures with their classes: a folder per class, a zip archive of one, or the idx files of MNIST."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl

from netwright.data.addresses import TEST_NAMES, changed_at, divided, files_below, without_shared
from netwright.data.pictures import IDX_ENDINGS, read_idx
from netwright.data.recognition import PICTURE_ENDINGS
from netwright.errors import DataError, listing

IMAGE = "image"
LABEL = "label"


@dataclass(frozen=True)
class PictureTable:
    """Pictures of a source, one row each.

    Attributes:
        frame: the address of each picture under "image" and, where the source tells it, its class under
            "label".
        test: whether the source keeps a row for the test (rows,).
        decisions: how the source was read, one plain sentence each.
    """

    frame: pl.DataFrame
    test: np.ndarray
    decisions: tuple[str, ...]


def holds_picture_files(path: str | os.PathLike[str]) -> bool:
    """Return whether a place is a folder or a zip archive with pictures or idx files in it."""
    place = Path(path)
    return bool(files_below(place, (*PICTURE_ENDINGS, *(IDX_ENDINGS if place.is_dir() else ()))))


def read_pictures(path: str | os.PathLike[str], *, labelled: bool = True) -> PictureTable:
    """Read where the pictures of a folder or a zip archive are, and their classes.

    Classes are the names of the folders. Folders called train and test are kept apart as that.

    Args:
        path: the folder or the archive.
        labelled: whether classes are looked for; without, every picture below is taken.

    Raises:
        DataError: when there are no pictures, or no classes where they are wanted.

    >>> import tempfile
    >>> from PIL import Image
    >>> place = Path(tempfile.mkdtemp())
    >>> for name in ("cat", "dog"):
    ...     (place / name).mkdir()
    ...     Image.new("L", (4, 4)).save(place / name / "1.png")
    >>> read_pictures(place).frame["label"].to_list()
    ['cat', 'dog']
    """
    place = Path(path).absolute()
    if place.is_dir():
        packed = sorted(one for one in place.iterdir() if one.name.endswith(IDX_ENDINGS))
        if packed:
            return _of_idx(packed, path)
    names = files_below(place, PICTURE_ENDINGS)
    if not names:
        raise DataError(
            f"{path} holds no pictures. Expected a folder for each class, with files ending in "
            f"{listing(PICTURE_ENDINGS, 6)}."
        )
    addresses = [f"{place.as_posix()}/{name}" for name in names]
    if not labelled:
        return PictureTable(pl.DataFrame({IMAGE: addresses}), np.zeros(len(names), bool), ())
    return _with_classes(names, addresses, path)


def _with_classes(
    names: Sequence[str], addresses: Sequence[str], path: str | os.PathLike[str]
) -> PictureTable:
    parts = without_shared([PurePosixPath(name).parts[:-1] for name in names], keep=1)
    apart = divided([one for one in parts if len(one) > 1])
    tested = np.array([apart and one[0].lower() in TEST_NAMES for one in parts])
    classes = [one[1:] if apart else one for one in parts]
    if any(not one for one in classes):
        stray = next(name for name, one in zip(names, classes, strict=True) if not one)
        raise DataError(
            f"{path}: {stray} lies in no class folder. Put the pictures of each class into a folder that is "
            "named after it, or give a CSV file with a column of paths and a column of classes."
        )
    labels = [one[0] for one in classes]
    counts = Counter(labels)
    decisions = [f"{len(names):,} pictures in {len(counts):,} folders: {_counted(counts)}"]
    if apart:
        decisions.append(f"{int(tested.sum()):,} of them in the folder for the test, which stay apart")
    return PictureTable(pl.DataFrame({IMAGE: addresses, LABEL: labels}), tested, tuple(decisions))


def _counted(counts: Counter[str]) -> str:
    return listing([f"{name} {count:,}" for name, count in sorted(counts.items())], 6)


def _of_idx(files: Sequence[Path], path: str | os.PathLike[str]) -> PictureTable:
    """Return the pictures of idx files, whose names say what they hold: train-images-…, t10k-labels-…."""
    frames, tested = [], []
    for pictures in (one for one in files if "images" in one.name):
        labels = pictures.with_name(_labels_of(pictures.name))
        if labels not in files:
            raise DataError(f"{path}: {pictures.name} has no labels beside it. Expected {labels.name}.")
        count = len(read_idx(str(pictures), changed_at(str(pictures))))
        classes = read_idx(str(labels), changed_at(str(labels)))
        if len(classes) != count:
            raise DataError(f"{pictures} holds {count:,} pictures and {labels.name} {len(classes):,} labels.")
        addresses = [f"{pictures.as_posix()}/{number}" for number in range(count)]
        frames.append(pl.DataFrame({IMAGE: addresses, LABEL: classes.astype(np.int64)}))
        tested.append(np.full(count, pictures.name.lower().startswith(TEST_NAMES)))
    if not frames:
        raise DataError(f"{path} holds idx files, but none with images in its name.")
    test = np.concatenate(tested)
    decision = f"{len(test):,} pictures in {len(frames)} idx files, {int(test.sum()):,} of them for the test"
    return PictureTable(pl.concat(frames), test, (decision,))


def _labels_of(name: str) -> str:
    """Return the name of the labels that go with pictures.

    >>> _labels_of("t10k-images-idx3-ubyte.gz")
    't10k-labels-idx1-ubyte.gz'
    """
    return name.replace("images", "labels").replace("idx3", "idx1")
