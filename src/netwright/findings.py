"""A finding: one thing that is wrong or worth knowing, with its evidence and its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["alarm", "note"]

GLANCE = 200
"""Characters of a message that are read at a glance."""

_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")


@dataclass(frozen=True)
class Finding:
    """One sentence that a good colleague would say, with the numbers behind it.

    Attributes:
        rule: short name of the rule that found it, such as "leak".
        severity: "alarm" when the result cannot be trusted unless it is mended, else "note".
        message: what is the case, and where.
        remedy: what to do about it.
        columns: the columns concerned, if any.
        rows: up to a few example row numbers, counted from 0 below the header, if any.
        evidence: the numbers that prove it, by name.
        cause: what is behind it, a short name that remedies go by, such as "learning rate too high".
        causes: what else may be behind it, likeliest first, `cause` not among them.
        likelihoods: of `causes`, from 0 to 1, by name; empty where that was not weighed.
        layer: the layer concerned, if any.
        step: the step of the training at which it showed, if any.
        confidence: how sure the cause is, from 0 to 1, None where it was not weighed.
        change: what to change, as lines of a diff of the recipe or of the code.
        source: where the rule comes from.
    """

    rule: str
    severity: Severity
    message: str
    remedy: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    cause: str = ""
    causes: tuple[str, ...] = ()
    layer: str = ""
    step: int | None = None
    confidence: float | None = None
    change: str = ""
    source: str = ""
    likelihoods: dict[str, float] = field(default_factory=dict)

    @property
    def differential(self) -> str:
        """The two likeliest other causes in words, such as "warm-up missing (12 %)"; "" without any.

        >>> found = Finding("slow", "alarm", "", causes=("leak", "mask"), likelihoods={"leak": 0.2})
        >>> found.differential
        'leak (20 %), mask'
        """
        weights = self.likelihoods
        return ", ".join(
            f"{cause} ({100 * weights[cause]:.0f} %)" if weights.get(cause) else cause
            for cause in self.causes[:2]
        )

    @property
    def headline(self) -> str:
        """The first sentences of the message, as many as are read at a glance.

        >>> Finding("slow", "alarm", "It is slow. " + 40 * "Very slow. ").headline.count("Very")
        17
        """
        return _divided(self.message)[0]

    @property
    def further(self) -> str:
        """The sentences of the message after its headline.

        >>> Finding("slow", "alarm", "It is slow. " + 40 * "Very slow. ").further.count("Very")
        23
        """
        return _divided(self.message)[1]

    @property
    def brief(self) -> str:
        """The headline and the remedy, for a terminal."""
        return f"{self.headline} {self.remedy}".strip()

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Finding:
        """Return the finding that `to_json` described.

        >>> finding = Finding("leak", "alarm", "Column 'z' tells.", rows=(1, 2))
        >>> Finding.from_json(finding.to_json()) == finding
        True
        """
        lists = {name: tuple(data[name]) for name in ("columns", "rows", "causes") if name in data}
        return Finding(**{**data, **lists})


def _divided(message: str) -> tuple[str, str]:
    sentences = _SENTENCE_END.split(message.strip())
    kept = 1
    while kept < len(sentences) and sum(map(len, sentences[: kept + 1])) + kept < GLANCE:
        kept += 1
    return " ".join(sentences[:kept]), " ".join(sentences[kept:])


class FindingList(tuple[Finding, ...]):
    """Findings, worst first; printed as a sentence each.

    >>> print(FindingList([Finding("leak", "alarm", "Column 'z' tells.", "Leave it out.")]))
    alarm: Column 'z' tells. Leave it out.
    >>> print(FindingList())
    Nothing was found.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(f"{finding.severity}: {finding}" for finding in self) or "Nothing was found."
