"""Pictures with their classes: a folder per class, a zip archive of one, or the idx files of MNIST."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl

from netwright.data.pictures import IDX_ENDINGS, changed_at, open_zip, picture_files, read_idx
from netwright.data.recognition import PICTURE_ENDINGS
from netwright.errors import DataError, listing

IMAGE = "image"
LABEL = "label"

TEST_NAMES = ("test", "testing", "t10k", "val", "valid", "validation")
TRAIN_NAMES = ("train", "training")


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
    if place.is_dir():
        return bool(_first(place))
    if not zipfile.is_zipfile(place) or place.suffix.lower() != ".zip":
        return False
    return any(_is_picture(name) for name in zipfile.ZipFile(place).namelist())


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
        names = [one.relative_to(place).as_posix() for one in picture_files(place, PICTURE_ENDINGS)]
    else:
        archive = open_zip(str(place), changed_at(str(place)))
        names = sorted(name for name in archive.namelist() if _is_picture(name))
    if not names:
        raise DataError(
            f"{path} holds no pictures. Expected a folder for each class, with files ending in "
            f"{listing(PICTURE_ENDINGS, 6)}."
        )
    addresses = [f"{place.as_posix()}/{name}" for name in names]
    if not labelled:
        return PictureTable(pl.DataFrame({IMAGE: addresses}), np.zeros(len(names), bool), ())
    return _with_classes(names, addresses, path)


def _first(place: Path) -> bool:
    return any(
        name.lower().endswith((*PICTURE_ENDINGS, *IDX_ENDINGS))
        for _, _, names in os.walk(place)
        for name in names
    )


def _is_picture(name: str) -> bool:
    plain = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in plain.parts)
    return not hidden and name.lower().endswith(PICTURE_ENDINGS)


def _with_classes(
    names: Sequence[str], addresses: Sequence[str], path: str | os.PathLike[str]
) -> PictureTable:
    parts = [PurePosixPath(name).parts[:-1] for name in names]
    shared = 0
    while all(len(one) > shared + 1 for one in parts) and len({one[shared] for one in parts}) == 1:
        shared += 1  # folders that hold everything tell nothing
    parts = [one[shared:] for one in parts]
    tops = {one[0].lower() for one in parts if len(one) > 1}
    divided = bool(tops) and tops <= {*TRAIN_NAMES, *TEST_NAMES} and bool(tops & set(TRAIN_NAMES))
    tested = np.array([divided and one[0].lower() in TEST_NAMES for one in parts])
    classes = [one[1:] if divided else one for one in parts]
    if any(not one for one in classes):
        stray = next(name for name, one in zip(names, classes, strict=True) if not one)
        raise DataError(
            f"{path}: {stray} lies in no class folder. Put the pictures of each class into a folder that is "
            "named after it, or give a CSV file with a column of paths and a column of classes."
        )
    labels = [one[0] for one in classes]
    counts = Counter(labels)
    decisions = [f"{len(names):,} pictures in {len(counts):,} folders: {_counted(counts)}"]
    if divided:
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
