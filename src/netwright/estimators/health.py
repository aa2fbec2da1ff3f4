"""How a training went: watched while it goes on, and what that adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from netwright.clinic.interval import cost_in_words
from netwright.findings import Finding

if TYPE_CHECKING:
    from netwright.clinic.attach import AttachedClinic


@dataclass(frozen=True)
class Health:
    """The diagnosis of one training.

    Attributes:
        healthy: whether nothing that was checked gives cause for alarm.
        verdict: the diagnosis in a sentence or two.
        findings: what is wrong or worth knowing, worst first.
        withheld: alarms that wait until an earlier one is mended.
        checked: names of the rules that could be asked.
        unchecked: names of those that could not, with the reason.
        gaps: what could not be seen, and why.
        overhead: share of the training time that watching took.
        overhead_seconds: the same in seconds, None where it was not written down.
    """

    healthy: bool
    verdict: str
    findings: tuple[Finding, ...] = ()
    withheld: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[tuple[str, str], ...] = ()
    gaps: tuple[str, ...] = ()
    overhead: float = 0.0
    overhead_seconds: float | None = None

    @property
    def cost(self) -> str:
        """What watching cost, in words.

        >>> Health(True, "Healthy.", overhead=0.0123, overhead_seconds=0.3).cost
        '0.3 s, 1.2 % of the training time'
        """
        return cost_in_words(self.overhead, self.overhead_seconds)

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that must be mended."""
        return tuple(finding for finding in self.findings if finding.severity == "alarm")

    @staticmethod
    def of(clinic: AttachedClinic) -> Health:
        """Return the health of a training that was watched; a fault of the clinic is a gap, no more."""
        try:
            diagnosis = clinic.diagnosis
        except Exception as error:  # noqa: BLE001 - the training is done, and must not be lost for that
            gap = f"The diagnosis could not be made: {type(error).__name__}: {error}"
            gaps = tuple(dict.fromkeys([*clinic.record.gaps, gap]))
            took, seconds = clinic.overhead, clinic.overhead_seconds
            verdict = "Nothing could be checked."
            return Health(False, verdict, gaps=gaps, overhead=took, overhead_seconds=seconds)
        return Health(
            diagnosis.healthy,
            diagnosis.verdict,
            diagnosis.findings,
            diagnosis.withheld,
            diagnosis.checked,
            diagnosis.unchecked,
            tuple(clinic.record.gaps),
            clinic.overhead,
            clinic.overhead_seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Health:
        """Return the health that `to_json` described."""
        plain = {**data, **{name: tuple(data[name]) for name in ("checked", "gaps")}}
        plain["unchecked"] = tuple((name, reason) for name, reason in data["unchecked"])
        for name in ("findings", "withheld"):
            plain[name] = tuple(Finding.from_json(finding) for finding in data[name])
        return Health(**plain)
