"""What the page says where a part of the contents is missing."""

from __future__ import annotations

from netwright.pages.blocks import Block, Text
from netwright.pages.wording import sentence
from netwright.report.contents import ReportContents


def absence(contents: ReportContents, part: str, role: str = "") -> list[Block]:
    """Return the reason why a part is missing as a paragraph, or nothing where none is given."""
    reason = sentence(contents.absent.get(part, ""))
    return [Text(reason, role)] if reason else []
