"""Matplotlib's SVG made small, themed and safe inline."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from netwright.pages import style
from netwright.pages.svg import compact

DOCUMENT = """<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"
  "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 12.34567 10" xmlns="http://www.w3.org/2000/svg">
 <metadata>who and when</metadata><!-- --><script>alert(1)</script>
 <g id="empty"></g>
 <g id="lines"><path d="M 1.23456 2 \nL 3 4.000001 \n" clip-path="url(#p1)"
   style="fill: none; stroke: #010205; stroke-linecap: butt"/></g>
 <defs><path id="mark" d="M 0 0 L 1 1"/></defs>
 <g><use xlink:href="#mark" x="1.04" y="2" style="fill: #010201"/>
    <use xlink:href="#mark" x="2" y="2" style="fill: #010201"/></g>
 <text x="1" y="2" style="font: 11px 'DejaVu Sans', sans-serif; text-anchor: middle"
   transform="rotate(-0 1 2)">a &lt; b</text>
 <defs><clipPath id="p1"><rect x="0" y="0" width="1" height="1"/></clipPath></defs>
</svg>"""


def test_compact() -> None:
    assert compact(DOCUMENT.encode(), "key", 'says "so"') == (
        '<svg class="plot" role="img" aria-label="says &quot;so&quot;" viewBox="0 0 12.3 10">'
        '<path d="M1.2 2L3 4" clip-path="url(#key-1)" style="fill:none;stroke:var(--blue)"/>'
        '<defs><path id="key-2" d="M0 0L1 1"/></defs>'
        '<g style="fill:var(--ink)"><use href="#key-2" x="1" y="2"/><use href="#key-2" x="2" y="2"/></g>'
        '<text x="1" y="2" style="text-anchor:middle">a &lt; b</text>'
        '<defs><clipPath id="key-1"><rect x="0" y="0" width="1" height="1"/></clipPath></defs></svg>'
    )


@style.drawing()
def drawn(key: str, label: str = "label") -> style.Picture:
    figure, axes = style.canvas(200)
    axes.plot([1, 2, 3], [3, 1, 2], color=style.BLUE, label=label)
    axes.plot([1, 2, 3], [1, 2, 3], "o", color=style.ORANGE)
    style.plain_ticks(axes.xaxis)
    style.legend_above(axes, 2)
    return style.finish(figure, key, "Title", "Alternative", "Caption")


def test_figures_on_one_page_share_no_id() -> None:
    first, second = drawn("first").svg, drawn("second").svg
    ids = re.findall(r' id="([^"]+)"', first + second)
    assert ids
    assert len(set(ids)) == len(ids)


def test_all_colours_follow_the_theme() -> None:
    svg = drawn("key").svg
    assert not re.search(r"#[0-9a-fA-F]{6}", svg)
    assert {"blue", "orange", "grid", "muted"} <= set(re.findall(r"var\(--(\w+)\)", svg))


@pytest.mark.parametrize("label", ["$x^2$", "<b>&amp;", "日本語", "100 %", "_hidden", "a\\b"])
def test_labels_are_shown_as_they_are(label: str) -> None:
    shown = {text.text for text in ElementTree.fromstring(drawn("key", f"x{label}").svg).iter("text")}
    assert f"x{label}" in shown


def test_a_figure_is_well_formed_and_small() -> None:
    svg = drawn("key").svg
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "Alternative"
    assert len(svg) < 5_000
