"""Texts in the report: how much is read, one text as the network gets it, words that stand out."""

from __future__ import annotations

from netwright.pages.blocks import Block, Cell, Details, Table, Text
from netwright.pages.wording import clean, count, share, shorten
from netwright.report.contents import TextFacts

LONGEST_TOKEN = 24


def text_blocks(facts: TextFacts | None) -> list[Block]:
    """Return what is to be said of texts; nothing where there are none."""
    if facts is None:
        return []
    known = f"The network knows {count(facts.known, 'token')}"
    read = f"half of the texts have {facts.usual:,} or more, at most {facts.longest:,} are read"
    new = f"Of the tokens in the test part {share(facts.new)} were never seen in training."
    blocks: list[Block] = [Text(f"{known}; {read}. {new}")]
    if facts.example:
        tokens = " · ".join(_word(token) for token in facts.example)
        blocks.append(Text(f"One text as the network reads it: {tokens}", "aside"))
    if any(one.tokens for one in facts.standing_out):
        rows = [
            [Cell(shorten(one.label, 40)), Cell(", ".join(_word(token) for token in one.tokens))]
            for one in facts.standing_out
        ]
        table = Table(
            "Words that stand out",
            [Cell("Class"), Cell("Words that speak for it, the strongest first")],
            rows,
        )
        blocks.append(Details("Words that stand out in the training texts", [table]))
    return blocks


def _word(token: str) -> str:
    return shorten(clean(token), LONGEST_TOKEN)
