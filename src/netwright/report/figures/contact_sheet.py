"""Pictures side by side, each with a line of words below it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from netwright.pages.style import Picture
from netwright.pages.wording import shorten
from netwright.report.contents import PictureSample
from netwright.report.measurements import Mistake

SIDE = 72
GAP = 14
WORDS = 15
COLUMNS = 4
"""A sheet is as wide as half a page: more pictures side by side would be too small to look at."""


def samples_picture(samples: Sequence[PictureSample]) -> Picture | None:
    """Return some pictures of the data; None where there are none."""
    if not samples:
        return None
    svg = _sheet([(sample.uri, [shorten(sample.label, 14)]) for sample in samples])
    return Picture("Some of the pictures", svg, "As they are resized, with what they show.")


def mistakes_picture(mistakes: Sequence[Mistake]) -> Picture | None:
    """Return the pictures that went most wrong; None where there are none."""
    shown = [one for one in mistakes if one.picture]
    if not shown:
        return None
    words = [
        (one.picture, [f"is {shorten(one.true, 12)}", f"not {shorten(one.predicted, 11)}"]) for one in shown
    ]
    return Picture(
        "The worst mistakes", _sheet(words), "What each picture is, and what the network answered."
    )


def _sheet(entries: Sequence[tuple[str, Sequence[str]]]) -> str:
    lines = max(len(words) for _, words in entries)
    wide, tall = SIDE + GAP, SIDE + lines * WORDS + GAP
    width, height = COLUMNS * wide, -(-len(entries) // COLUMNS) * tall
    parts = [
        _entry(uri, words, number % COLUMNS * wide, number // COLUMNS * tall)
        for number, (uri, words) in enumerate(entries)
    ]
    head = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="pictures with their labels">'
    return f"{head}{''.join(parts)}</svg>"


def _entry(uri: str, words: Sequence[str], left: int, top: int) -> str:
    told = "".join(
        f'<text x="{left}" y="{top + SIDE + (line + 1) * WORDS - 3}" font-size="11" '
        f'fill="currentColor">{escape(word)}</text>'
        for line, word in enumerate(words)
    )
    return f'<image href="{escape(uri)}" x="{left}" y="{top}" width="{SIDE}" height="{SIDE}"/>{told}'
