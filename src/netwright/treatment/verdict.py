"""The verdict of a treatment, in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.findings import Finding
from netwright.treatment.history import Attempt

ROWS_SHOWN = 20


def left_alone(what: str) -> str:
    """Say that nothing was changed, and why."""
    return f"{what} Nothing was changed."


def abstained(wrong: Sequence[Finding]) -> str:
    """Name the rows: what is wrong with the data no recipe mends."""
    return f"Not treated, for no change of the recipe mends it: {wrong[0]}{_rows_of(wrong)}"


def besides_of(found: Sequence[Finding]) -> str:
    """Tell of what is wrong with the data where the training was mended all the same."""
    return f"Besides, no change of the recipe mends this: {found[0]}{_rows_of(found)}"


def _rows_of(found: Sequence[Finding]) -> str:
    rows = tuple(dict.fromkeys(row for finding in found for row in finding.rows))
    shown = ", ".join(str(row + 1) for row in rows[:ROWS_SHOWN])
    more = f" and {len(rows) - ROWS_SHOWN:,} more" if len(rows) > ROWS_SHOWN else ""
    return f" Look at rows {shown}{more}." if rows else ""


def settled(findings: Sequence[Finding], attempts: Sequence[Attempt], cured: bool, left: int = 0) -> str:
    """Say what came of the remedies.

    Args:
        findings: what was found before.
        attempts: the remedies that were tried.
        cured: whether no alarm is left.
        left: remedies for which the budget did not suffice.
    """
    kept = [attempt for attempt in attempts if attempt.kept]
    alarmed = any(finding.severity == "alarm" for finding in findings)
    more = " The budget did not reach for more; a larger one does." if left and not cured else ""
    if not kept:
        tried = (
            f"{len(attempts)} {'remedy was' if len(attempts) == 1 else 'remedies were'} tried, none is proven"
        )
        if alarmed:
            return left_alone(f"Not mended: {tried} better.") + more
        return left_alone(f"No alarm, though {_lowered(findings[0].message)} {tried} better.")
    state = (
        "Better, though not all is mended," if not cured else "Mended" if alarmed else "Better than before"
    )
    remedies = ", then ".join(attempt.remedy for attempt in kept)
    last = kept[-1].comparison
    proof = "" if last is None else f": {last.sentence()}"
    cause = next((f" The cause was: {attempt.cause}." for attempt in kept if attempt.cause), "")
    return f"{state} with {remedies}{proof}.{cause}{more}"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
