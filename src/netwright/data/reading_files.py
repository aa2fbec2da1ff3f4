"""From a file on disk to its content: unpacked, its format known by what is inside."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netwright.errors import DataError, MissingExtraError, listing, nearest

_CHUNK = 1 << 22
_HEAD = 1 << 16
_ENDINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "Zstandard", ".zip": "zip"}
# The first bytes of formats that are read, and of what people give instead of a table.
_FORMATS = {b"PAR1": "parquet", b"ARROW1": "arrow", b"\xd0\xcf\x11\xe0": "excel"}
_PACKERS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"PK\x03\x04": "zip",
}
_STRANGERS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x7fELF": "a program",
    b"SQLite format 3": "an SQLite database",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"FEA1": "a Feather file of the old version 1",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
}
READABLE = "CSV, TSV, Parquet, Arrow, JSON lines or Excel"


@dataclass(frozen=True)
class Content:
    """What lies in a file once it is unpacked.

    Attributes:
        name: the file name whose ending tells the format, "a.csv" for a.csv.gz.
        source: the file itself, or its unpacked bytes.
        format: "parquet", "arrow" or "excel" where the content says so, else "".
        decisions: what was found out, one sentence each.
    """

    name: str
    source: Path | bytes
    format: str = ""
    decisions: tuple[str, ...] = ()

    def head(self, size: int = _HEAD) -> bytes:
        """Return the first bytes."""
        return next(chunks(self.source, size), b"")


def unpack(path: str | os.PathLike[str]) -> Content:
    """Open a file, whether packed or not, and see what it holds.

    Args:
        path: a file, possibly packed (.gz, .bz2, .xz, .zst, or .zip with one member).

    Raises:
        DataError: when there is no such file, it is empty, damaged, or clearly not a table.
        MissingExtraError: when a package is needed to unpack it.
    """
    file = Path(path)
    _require_file(file)
    content = Content(file.name, file)
    head = content.head()
    packer = next((name for magic, name in _PACKERS.items() if head.startswith(magic)), "")
    if packer == "zip" and _is_workbook(file):
        return replace(content, format="excel")
    if not packer and file.suffix.lower() == ".zip":
        raise DataError(f"{file} is no zip archive, or a damaged one. Copy or download it again.")
    if packer:
        content = _unpacked(file, packer)
        head = content.head()
        if not head.strip():
            raise DataError(f"{file} is empty once unpacked. Expected rows and columns.")
    for magic, format in _FORMATS.items():
        if head.startswith(magic):
            return replace(content, format=format)
    for magic, stranger in _STRANGERS.items():
        if head.startswith(magic):
            raise DataError(f"{file} is {stranger}, not a table. Expected {READABLE}.")
    if head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise DataError(f"{file} is a web page, not a table: was it saved from a page instead of downloaded?")
    return content


def no_such(file: Path) -> DataError:
    """Return what to say of a path that leads nowhere, with the name that was perhaps meant."""
    folder = file.parent
    if not folder.is_dir():
        return DataError(f"No such file: {file}. The folder {folder} does not exist.")
    closest = nearest(file.name, [entry.name for entry in folder.iterdir()])
    if closest:
        return DataError(f"No such file: {file}. Did you mean {folder / closest}?")
    return DataError(f"No such file: {file}. The folder {folder.resolve()} has no such name.")


def _require_file(file: Path) -> None:
    if file.is_dir():
        names = sorted(entry.name for entry in file.iterdir() if entry.is_file())
        inside = f" It holds {listing(names, 6)}: give one of these." if names else ""
        raise DataError(f"{file} is a folder, not a file.{inside}")
    try:
        with file.open("rb") as opened:
            start = opened.read(_HEAD)
    except FileNotFoundError:
        raise no_such(file) from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}.") from error
    if not start.strip():
        raise DataError(f"{file} is empty. Expected a header and at least one row below it.")


def _is_workbook(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _unpacked(file: Path, packer: str) -> Content:
    openers: dict[str, Callable[[Path], bytes]] = {
        "gzip": lambda packed: gzip.decompress(packed.read_bytes()),
        "bzip2": lambda packed: bz2.decompress(packed.read_bytes()),
        "xz": lambda packed: lzma.decompress(packed.read_bytes()),
        "Zstandard": lambda packed: _unpack_zstandard(packed.read_bytes()),
        "zip": _unpack_zip,
    }
    try:
        data = openers[packer](file)
    except DataError:
        raise
    except (
        EOFError,
        OSError,
        ValueError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        RuntimeError,
    ) as error:
        raise DataError(
            f"{file} is a damaged {packer} file ({error}). It may be cut off: copy or download it again."
        ) from error
    name = file.stem if file.suffix.lower() in _ENDINGS else file.name
    return Content(name, data, decisions=(f"unpacked - the file is packed with {packer}",))


def _unpack_zip(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        members = [
            info
            for info in archive.infolist()
            if not info.is_dir() and not info.filename.startswith("__MACOSX/")
        ]
        if len(members) != 1:
            names = listing([info.filename for info in members], 6) or "nothing"
            raise DataError(
                f"{file} holds {len(members)} files ({names}). Unpack it and give the one that is meant."
            )
        return archive.read(members[0])


def _unpack_zstandard(data: bytes) -> bytes:
    module = _zstandard()
    pieces = []
    try:
        while data:
            frame = module.ZstdDecompressor()
            frame = frame.decompressobj() if hasattr(frame, "decompressobj") else frame
            pieces.append(bytes(frame.decompress(data)))
            if not frame.eof:
                raise EOFError("it ended before its end was marked")
            data = frame.unused_data
    except module.ZstdError as error:
        raise OSError(error) from error
    return b"".join(pieces)


def _zstandard() -> Any:
    # Python has Zstandard itself from version 3.14 on.
    for name in ("compression.zstd", "zstandard"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise MissingExtraError("zstandard", "zstd", "Unpacking a .zst file")


def chunks(source: Path | bytes, size: int = _CHUNK) -> Iterator[bytes]:
    """Yield the bytes of a source piece by piece."""
    opened = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    with opened:
        while piece := opened.read(size):
            yield piece
