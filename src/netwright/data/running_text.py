"""Running text in files: a file, a folder or a zip archive of them, and archives inside of a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from netwright.data.addresses import files_below, open_address
from netwright.data.reading_files import no_such
from netwright.data.text import as_texts
from netwright.errors import DataError

TEXT_ENDINGS = (".txt", ".text", ".md", ".csv", ".tsv")


def text_addresses(place: Path) -> tuple[list[str], list[str]]:
    """Return where texts lie in a file, folder or zip archive, and which files are left out as no texts.

    A file that is named itself is read whatever its name; hidden files count as absent.

    Raises:
        DataError: when there is no such file or folder, an archive is damaged, or none holds a text.
    """
    if not place.exists():
        raise no_such(place)
    if place.is_file() and place.suffix.lower() != ".zip":
        return [str(place)], []
    names = [str(place / name) for name in files_below(place, ("",))] if place.is_dir() else [str(place)]
    files = [address for name in names for address in _inside(name)]
    texts = [address for address in files if address.lower().endswith(TEXT_ENDINGS)]
    if not texts:
        raise DataError(f"{place} holds no text file ({', '.join(TEXT_ENDINGS)}).")
    return texts, [address for address in files if not address.lower().endswith(TEXT_ENDINGS)]


def read_texts(addresses: Sequence[str]) -> Iterator[str]:
    """Yield the text at each address, in UTF-8, UTF-16 or what it is found to be written in.

    Raises:
        DataError: when a file cannot be read, or holds bytes that no text has.
    """
    for address in addresses:
        try:
            with open_address(address) as file:
                content = file.read()
        except (OSError, RuntimeError, zipfile.BadZipFile) as error:
            raise DataError(f"{address} cannot be read: {error}.") from error
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            yield content.decode("utf-16", "replace")
        elif b"\0" in content:
            raise DataError(f"{address} holds bytes that no text has. Give running text, as a text file.")
        else:
            yield as_texts([content.removeprefix(b"\xef\xbb\xbf")])[0]


def _inside(name: str) -> list[str]:
    """Return a file itself, or what a zip archive holds."""
    if not name.lower().endswith(".zip"):
        return [name]
    if not zipfile.is_zipfile(name):
        raise DataError(f"{name} is no zip archive, or a damaged one. Copy or download it again.")
    return [f"{name}/{inner}" for inner in files_below(Path(name), ("",)) if not inner.endswith("/")]
