"""Text in any common encoding to UTF-8, the only one that Polars reads."""

from __future__ import annotations

import codecs
from dataclasses import replace

from netwright.data.reading_files import READABLE, Content, chunks
from netwright.errors import DataError


def as_utf8(content: Content) -> Content:
    """Return the content with its text in UTF-8, without a byte order mark or blank lines in front.

    Text that is UTF-8 already stays where it is; UTF-16 is recognised by its mark or its zero bytes,
    and what is not valid UTF-8 is taken as Latin-1 or its Windows sibling cp1252.

    Raises:
        DataError: when the bytes are text in none of these encodings.
    """
    head = content.head()
    encoding, reason = _marked_encoding(head)
    if not encoding:
        encoding, reason = ("utf-8", "") if _is_utf8(content) else _single_byte_encoding(content)
    needless = head.startswith((codecs.BOM_UTF8, b"\n", b"\r", b" \n")) or (
        b"\r" in head and b"\n" not in head
    )
    decisions = (*content.decisions, f"encoding {encoding}{reason}")
    if encoding == "utf-8" and not needless:
        return replace(content, decisions=decisions)
    data = content.source if isinstance(content.source, bytes) else content.source.read_bytes()
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{content.name} is not valid {encoding}: byte {error.start:,} cannot be read. Save it as UTF-8."
        ) from error
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    return replace(content, source=text.lstrip("\ufeff\r\n").encode(), decisions=decisions)


def _marked_encoding(head: bytes) -> tuple[str, str]:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32", " - the file starts with its byte order mark"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", " - the file starts with its byte order mark"
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros.count(0) > 0.4 * len(zeros) and head.count(0) < 1.2 * zeros.count(0):
            return name, " - every second byte is zero"
    return "", ""


def _is_utf8(content: Content) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    boundary_clean = True
    for piece in chunks(content.source):
        if b"\x00" in piece:
            raise DataError(f"{content.name} is a binary file, not a table of text. Expected {READABLE}.")
        if boundary_clean and piece.isascii():
            continue
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return False
        boundary_clean = not decoder.getstate()[0]
    return boundary_clean


def _single_byte_encoding(content: Content) -> tuple[str, str]:
    """Tell Latin-1 and cp1252 from UTF-8 that is broken and from bytes that are no text."""
    data = content.source if isinstance(content.source, bytes) else content.source.read_bytes()
    readable = data.decode("utf-8", "ignore")
    sequences = sum(1 for character in readable if character > "\x7f") if not readable.isascii() else 0
    invalid = len(data) - len(readable.encode())
    controls = set(range(32)) - set(b"\t\n\r\f")
    odd = set(data) & ({0x81, 0x8D, 0x8F, 0x90, 0x9D} | controls)
    # In Latin-1, bytes that happen to form a UTF-8 sequence are rare beside those that do not.
    if (sequences and 2 * sequences >= invalid) or odd:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise DataError(
                f"{content.name}, line {line:,}: byte 0x{data[error.start]:02x} is not valid UTF-8, and the "
                "file is not Latin-1 or Windows text either. "
                "Save it as UTF-8, or check that it is a table of text."
            ) from error
    if set(data) & set(range(0x80, 0xA0)):
        return "cp1252", " (Windows) - the file is not valid UTF-8"
    return "latin-1", " - the file is not valid UTF-8"
