"""Matplotlib's SVG made small, themed and safe to put inline next to other figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from xml.etree import ElementTree

# Colours that no palette uses, each standing for a CSS variable of the page.
_VARIABLES = ("ink", "muted", "grid", "surface", "blue", "orange", "green", "purple", "grey")
COLOUR_MARKERS = tuple(f"#0102{number:02x}" for number in range(1, len(_VARIABLES) + 1))
_COLOURS = dict(zip(COLOUR_MARKERS, (f"var(--{name})" for name in _VARIABLES), strict=True))

_LINK = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NO_TURN = re.compile(r"rotate\(-?0 [^)]*\)")
_KEPT = {"g", "defs", "path", "use", "text", "tspan", "image", "rect", "clipPath"}
# What the page's style sheet, the SVG standard or the surrounding text says already.
_IMPLIED = {
    ("stroke-linejoin", "miter"),
    ("stroke-linecap", "butt"),
    ("text-anchor", "start"),
    ("font-size", "11px"),
    ("stroke-width", "1"),
}


@dataclass
class _Names:
    """Ids of one figure, numbered in the order in which they are met."""

    key: str
    known: dict[str, str] = field(default_factory=dict)

    def of(self, original: str) -> str:
        return self.known.setdefault(original, f"{self.key}-{len(self.known) + 1}")


def compact(source: bytes, key: str, alternative: str) -> str:
    """Return an inline SVG element with an accessible name.

    Args:
        source: an SVG document as Matplotlib writes it.
        key: prefix of all ids.
        alternative: the accessible name.
    """
    root = ElementTree.fromstring(source)
    names = _Names(key)
    inside = "".join(_render(child, names) for child in root)
    box = _rounded(root.attrib["viewBox"])
    return f'<svg class="plot" role="img" aria-label="{escape(alternative)}" viewBox="{box}">{inside}</svg>'


def _render(element: ElementTree.Element, names: _Names, inherited: str = "") -> str:
    tag = element.tag.rpartition("}")[2]
    if tag not in _KEPT:
        return ""
    attributes = dict(_attributes(tag, element.attrib, names, inherited))
    shared = _shared_style(element) if tag == "g" else ""
    if shared:
        attributes["style"] = _style(shared)
    text = escape(element.text or "", quote=False) if tag in ("text", "tspan") else ""
    inside = text + "".join(_render(child, names, shared) for child in element)
    if tag in ("g", "defs") and (not inside or (tag == "g" and not attributes)):
        return inside
    start = tag + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{start}>{inside}</{tag}>" if inside else f"<{start}/>"


def _attributes(
    tag: str, given: Mapping[str, str], names: _Names, inherited: str
) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if name == "id":
            if tag in ("path", "clipPath"):
                yield "id", names.of(value)
        elif name == _LINK:
            yield "href", f"#{names.of(value[1:])}" if value.startswith("#") else "".join(value.split())
        elif name == "clip-path":
            yield name, _REFERENCE.sub(lambda match: f"url(#{names.of(match[1])})", value)
        elif name == "transform" and tag == "image":
            yield name, value
        elif name == "style":
            if value != inherited and (style := _style(value)):
                yield name, style
        elif rounded := _rounded(_NO_TURN.sub("", value)):
            yield name, re.sub(r"\s*([A-Za-z])\s*", r"\1", rounded.strip()) if name == "d" else rounded


def _shared_style(group: ElementTree.Element) -> str:
    """Return the style that several children have in common, for the group to carry."""
    styles = {child.get("style", "") for child in group}
    return styles.pop() if len(group) > 1 and len(styles) == 1 else ""


def _style(text: str) -> str:
    settings = (part.partition(":")[::2] for part in text.split(";"))
    pairs = [_modern(name.strip(), value.strip()) for name, value in settings]
    kept = [
        f"{name}:{value}" for name, value in pairs if name != "font-family" and (name, value) not in _IMPLIED
    ]
    return ";".join(kept)


def _modern(name: str, value: str) -> tuple[str, str]:
    # Older versions of Matplotlib write size and family together.
    if name == "font" and (size := re.search(r"[0-9.]+px", value)):
        return "font-size", size[0]
    return name, _COLOURS.get(value, value)


def _rounded(text: str) -> str:
    """Round to tenths of a point, finer than a screen shows."""
    return _NUMBER.sub(lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), text)
