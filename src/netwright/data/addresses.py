"""Where pictures and sounds lie: files, or files inside of a zip archive, and which of them are broken.

An address is the path of a file, or the path of a zip archive, a slash and the name inside.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

TEST_NAMES = ("test", "testing", "t10k", "val", "valid", "validation")
TRAIN_NAMES = ("train", "training")


@dataclass(frozen=True)
class Broken:
    """A picture or sound that cannot be used: its row, from 0, where it is, and what is the matter."""

    place: int
    address: str
    reason: str

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"


def in_zip(address: str) -> tuple[str, str] | None:
    """Return archive and inner name of a file in a zip archive, None for any other address.

    >>> in_zip("photos.zip/cats/1.jpg"), in_zip("cats/1.jpg")
    (('photos.zip', 'cats/1.jpg'), None)
    """
    place = address.lower().find(".zip/")
    return (address[: place + 4], address[place + 5 :]) if place >= 0 else None


@lru_cache(maxsize=4)
def open_zip(path: str, changed: int) -> zipfile.ZipFile:
    """Return an archive, kept open for the next file; `changed` is its time of change."""
    return zipfile.ZipFile(path)


def open_address(address: str | os.PathLike[str]) -> BinaryIO:
    """Return the file at an address, opened to read its bytes.

    Raises:
        OSError: when there is no such file, KeyError when there is none in the archive.
    """
    archived = in_zip(os.fspath(address))
    if archived is None or Path(address).exists():
        return Path(address).open("rb")
    return BytesIO(open_zip(archived[0], changed_at(archived[0])).read(archived[1]))


def changed_at(path: str) -> int:
    """Return when a file was changed, in nanoseconds."""
    return os.stat(path).st_mtime_ns


def files_below(place: Path, endings: Sequence[str]) -> list[str]:
    """Return the names of files with such endings in a folder or a zip archive, in order; no hidden ones.

    Anything else holds none.
    """
    if place.is_dir():
        names = [
            (Path(folder) / name).relative_to(place).as_posix()
            for folder, _, found in os.walk(place)
            for name in found
        ]
    elif place.suffix.lower() == ".zip" and zipfile.is_zipfile(place):
        names = open_zip(str(place), changed_at(str(place))).namelist()
    else:
        return []
    return sorted(name for name in names if name.lower().endswith(tuple(endings)) and not _hidden(name))


def without_shared(folders: Sequence[tuple[str, ...]], keep: int = 0) -> list[tuple[str, ...]]:
    """Return the folders of files without those that hold everything, which tell nothing.

    Args:
        folders: of each file, from the top.
        keep: how many folders stay in any case.

    >>> without_shared([("all", "cat"), ("all", "dog")])
    [('cat',), ('dog',)]
    """
    shared = 0
    while all(len(one) > shared + keep for one in folders) and len({one[shared] for one in folders}) == 1:
        shared += 1
    return [one[shared:] for one in folders]


def divided(folders: Sequence[tuple[str, ...]]) -> bool:
    """Return whether files lie in folders called train and test."""
    tops = {one[0].lower() for one in folders if one}
    return bool(tops) and tops <= {*TRAIN_NAMES, *TEST_NAMES} and bool(tops & set(TRAIN_NAMES))


def everywhere(one: Callable[[int], Any], count: int) -> list[Any]:
    """Call a function for every number from 0 on several threads, which decoding lets run side by side."""
    workers = min(32, os.cpu_count() or 1)
    if count < 2 * workers:
        return [one(place) for place in range(count)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(count), chunksize=64))


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
