from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from netwright.data.corpus import read_corpus
from netwright.data.running_text import read_texts, text_addresses
from netwright.errors import DataError


def archive(place: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(place, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return place


def test_a_folder_is_read_with_its_archives_and_what_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.txt").write_text("first words")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.txt").write_text("hidden")
    archive(
        tmp_path / "two.zip", {"books/": b"", "books/a.txt": b"second words", "books/README": b"by nobody"}
    )
    corpus = read_corpus(tmp_path)
    assert set(corpus.words) == {"first", "second", "words"}
    assert corpus.left_out == (f"{tmp_path}/picture.png", f"{tmp_path}/two.zip/books/README")


def test_an_archive_alone_is_read(tmp_path: Path) -> None:
    place = archive(
        tmp_path / "books.zip", {"a.txt": "café".encode("latin-1"), "b.md": "käse".encode("utf-16")}
    )
    texts, left_out = text_addresses(place)
    assert list(read_texts(texts)) == ["café", "käse"]
    assert left_out == []


def test_a_file_that_is_named_is_read_whatever_its_name(tmp_path: Path) -> None:
    place = tmp_path / "README"
    place.write_bytes(b"\xef\xbb\xbfplain")
    assert list(read_texts(text_addresses(place)[0])) == ["plain"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent", None, "No such file"),
        ("broken.zip", b"PK\3\4 cut off", "damaged"),
        ("bytes.txt", b"\0\1\2", "no text has"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_corpus(tmp_path / name)


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no text file"):
        read_corpus(tmp_path)
