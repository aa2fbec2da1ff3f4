"""Colours that everyone can read, in light and dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from netwright.report.figures.confusion import STRONGEST

SHEET = files("netwright.pages").joinpath("templates/style.css").read_text(encoding="utf-8")
ROOTS = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
THEMES = [dict(re.findall(r"--([\w-]+): (#\w{6})", text)) for text in ROOTS if "--paper" in text]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast of the Web Content Accessibility Guidelines, 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def blend(front: str, back: str, share: float) -> str:
    pairs = [(int(front[place : place + 2], 16), int(back[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(over * share + under * (1 - share)):02x}" for over, under in pairs)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_text_reaches_the_contrast_of_level_aa(theme: dict[str, str]) -> None:
    for panel in ("paper", "panel", "tint", "alarm-panel", "note-panel"):
        for text in ("ink", "muted"):
            assert contrast(theme[text], theme[panel]) >= 4.5, (text, panel)
    for text in ("blue", "orange", "green", "purple", "alarm"):
        assert contrast(theme[text], theme["paper"]) >= 4.5, text
    assert contrast(theme["alarm"], theme["alarm-panel"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_lines_of_figures_stand_out(theme: dict[str, str]) -> None:
    assert contrast(theme["grey"], theme["paper"]) >= 3


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["blue", "orange"])
def test_numbers_stay_readable_on_the_strongest_cell(theme: dict[str, str], colour: str) -> None:
    cell = blend(theme[colour], theme["paper"], STRONGEST)
    assert contrast(theme["ink"], cell) >= 4.5


def test_the_sheet_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|http", SHEET)


def test_the_sheet_prints() -> None:
    assert "@media print" in SHEET
    assert "prefers-color-scheme: dark" in SHEET
