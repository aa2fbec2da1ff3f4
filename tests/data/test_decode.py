"""Text is read in any common encoding, and bytes that are no text are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.data.read import Table, read_table
from netwright.errors import DataError


def read(folder: Path, content: bytes, name: str = "table.csv") -> Table:
    file = folder / name
    file.write_bytes(content)
    return read_table(file)


def said(table: Table, words: str) -> bool:
    return any(words in decision for decision in table.decisions)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("name,x\ncafé,1\n".encode(), "utf-8"),
        ("\ufeffname,x\ncafé,1\n".encode(), "utf-8"),
        ("name,x\ncafé,1\n".encode("latin-1"), "latin-1 - the file is not valid UTF-8"),
        ("name,x\ncafé,1\n".encode("utf-16"), "utf-16 - the file starts with its byte order mark"),
        ("name,x\ncafé,1\n".encode("utf-16-be"), "utf-16-be - every second byte is zero"),
        ("name,x\ncafé,1\n".encode("utf-32"), "utf-32"),
    ],
    ids=str,
)
def test_encodings_are_found(tmp_path: Path, data: bytes, encoding: str) -> None:
    table = read(tmp_path, data)
    assert table.frame.rows() == [("café", 1)]
    assert table.frame.columns == ["name", "x"]
    assert said(table, f"encoding {encoding}")


def test_windows_encoding(tmp_path: Path) -> None:
    table = read(tmp_path, "price,x\n5 €,1\n“seven”,2\n".encode("cp1252"))
    assert table.frame["price"].to_list() == ["5 €", "“seven”"]
    assert said(table, "cp1252 (Windows)")


def test_characters_cut_between_two_pieces_of_a_file(tmp_path: Path) -> None:
    # 4 MiB are looked at a time: the first byte of é is the last of the first piece.
    line = b"a" * 1023 + b"\n"
    data = b"text\n" + line * 4095 + b"b" * (1024 - 6) + "é\n".encode()
    assert (data.index("é".encode()) + 1) % (1 << 22) == 0
    assert read(tmp_path, data).frame["text"][-1].endswith("bé")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"name,x\ncaf\xc3\xa9,1\nb\xff\xfed,2\n", "line 3: byte 0xff is not valid UTF-8"),
        (b"name,x\n\x81\x8d,1\n", "line 2: byte 0x81 is not valid UTF-8"),
        ("name,x\ncafé,1\n".encode("utf-16")[:-1], "not valid utf-16"),
        ("".encode("utf-16"), "no line could be cut into fields"),
        (b"name,x\n\x00\x01\x02,1\n", "a binary file"),
    ],
    ids=str,
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, data)
