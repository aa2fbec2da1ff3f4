"""A page that opens with a verdict: the sentence, a row of numbers, and sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import netwright
from netwright.pages.blocks import Fact, Section
from netwright.pages.render import template
from netwright.pages.wording import sentence, shorten


def verdict_page(
    title: str,
    verdict: str,
    sections: Sequence[Section],
    *,
    origin: str = "",
    facts: Sequence[Fact] = (),
    tone: Literal["", "good", "caution"] = "",
) -> str:
    """Return a page as one HTML document that loads nothing and runs nothing.

    Args:
        title: the heading.
        verdict: the first sentence.
        sections: what follows.
        origin: where it comes from, above the verdict.
        facts: numbers below the verdict.
        tone: colour of the verdict.
    """
    return template("netwright.pages", "verdict.html").render(
        title=shorten(title, 120),
        version=netwright.__version__,
        origin=origin,
        verdict=sentence(verdict),
        tone=tone,
        facts=list(facts),
        sections=list(sections),
    )
