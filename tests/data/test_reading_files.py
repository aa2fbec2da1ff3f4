"""Files are unpacked and known by their content, and what is damaged or no table is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from netwright.data.read import Table, read_table
from netwright.errors import DataError, MissingExtraError


def read(folder: Path, content: bytes, name: str = "table.csv") -> Table:
    file = folder / name
    file.write_bytes(content)
    return read_table(file)


def said(table: Table, words: str) -> bool:
    return any(words in decision for decision in table.decisions)


def csv_bytes() -> bytes:
    return b"a,b\n1,x\n2,y\n"


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("folder/a.csv", csv_bytes())
        archive.writestr("__MACOSX/._a.csv", b"junk")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv.gz", gzip.compress(csv_bytes(), mtime=0)),
        ("a.csv.bz2", bz2.compress(csv_bytes())),
        ("a.csv.xz", lzma.compress(csv_bytes())),
        ("a.zip", zipped()),
        ("packed_under_a_plain_name.csv", gzip.compress(csv_bytes(), mtime=0)),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else value,
)
def test_packed_files(tmp_path: Path, name: str, data: bytes) -> None:
    table = read(tmp_path, data, name)
    assert table.frame.rows() == [(1, "x"), (2, "y")]
    assert said(table, "unpacked - the file is packed with")


def test_zstandard(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    packed = zstandard.ZstdCompressor().compress(csv_bytes())
    assert read(tmp_path, packed, "a.csv.zst").frame.rows() == [(1, "x"), (2, "y")]
    with pytest.raises(DataError, match="damaged Zstandard file"):
        read(tmp_path, packed[:-6] + b"junk", "b.csv.zst")


def test_zstandard_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = b"\x28\xb5\x2f\xfd\x20\x0c\x61\x00\x00" + csv_bytes()
    for module in ("zstandard", "compression.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'netwright\[zstd\]'"):
        read(tmp_path, packed, "a.csv.zst")


def two_members() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", b"a\n1\n")
        archive.writestr("b.csv", b"a\n1\n")
    return buffer.getvalue()


NOISE = np.random.default_rng(0).integers(0, 256, 3000).astype(np.uint8).tobytes()


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.csv", "a.csv is empty"),
        (b" \n\n", "a.csv", "a.csv is empty"),
        (gzip.compress(b"", mtime=0), "a.csv.gz", "empty once unpacked"),
        (b"%PDF-1.7 ...", "a.csv", "a PDF document, not a table"),
        (b"\x89PNG\r\n\x1a\n", "a.csv", "a PNG image, not a table"),
        (b"<!DOCTYPE html><html>", "a.csv", "a web page"),
        (NOISE, "a.csv", "a binary file"),
        (NOISE.replace(b"\x00", b""), "a.csv", "is not valid UTF-8"),
        (two_members(), "a.zip", r"holds 2 files \(a.csv, b.csv\)"),
        (gzip.compress(csv_bytes() * 99, mtime=0)[:-12], "a.csv.gz", "damaged gzip file"),
        (bz2.compress(csv_bytes())[:-5], "a.csv.bz2", "damaged bzip2 file"),
        (lzma.compress(csv_bytes())[:-5], "a.csv.xz", "damaged xz file"),
        (zipped()[:-30], "a.zip", "damaged zip file"),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else value,
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, data, name)


def test_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "adult_train.csv").write_text("a\n1\n")
    with pytest.raises(
        DataError, match=r"No such file: .*adult_tran\.csv\. Did you mean .*adult_train\.csv\?"
    ):
        read_table(tmp_path / "adult_tran.csv")
    with pytest.raises(DataError, match=r"folder .*nowhere does not exist"):
        read_table(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(DataError, match=r"is a folder, not a file\. It holds adult_train\.csv"):
        read_table(tmp_path)


def test_an_archive_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "photos.zip").write_bytes(b"PK not a zip")
    with pytest.raises(DataError, match=r"photos\.zip is no zip archive"):
        read_table(tmp_path / "photos.zip")
