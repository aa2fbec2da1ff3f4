"""The 72 faults: what is changed, the causes that count as right, and the healthy trainings beside them.

Every fault stands on a training that may be used to tune thresholds, or on one that is held out, or on both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netwright.clinic.causes import Cause

from .later import LATER
from .setting import BASES, Setting

Measure = Literal["score", "flattery", "slander"]


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        number: as in the list of faults.
        name: in words.
        causes: all that count as right.
        changes: to the healthy setting.
        bases: names of healthy settings, from which data or network may be held out.
        common: changes to faulty and healthy setting alike.
        measure: what the fault harms: "score" on untouched rows, or the truth of the reported score, which
            is too high ("flattery") or too low ("slander").
    """

    number: int
    name: str
    causes: frozenset[Cause]
    changes: Mapping[str, Any]
    bases: tuple[str, ...]
    common: Mapping[str, Any] = field(default_factory=dict)
    measure: Measure = "score"


@dataclass(frozen=True)
class Case:
    """A fault on one healthy training, its twin."""

    fault: Fault
    base: str
    setting: Setting
    twin: Setting

    @property
    def name(self) -> str:
        """Number, name and base in words."""
        return f"{self.fault.number:02d} {self.fault.name} ({self.base})"


def cases() -> Iterator[Case]:
    """Yield all faults on all their bases."""
    from .faults import FAULTS

    for fault in FAULTS:
        later = [part.faults[fault.number] for part in LATER.values() if fault.number in part.faults]
        for base in (*fault.bases, *", ".join(later).split(", ")) if later else fault.bases:
            twin = BASES[base].but(fault.common)
            changes = dict(fault.changes)
            if "wiring" in changes:
                changes["wiring"] = twin.wiring | changes["wiring"]
            if "spoils" in changes:
                changes["spoils"] = (*twin.spoils, *changes["spoils"])
            yield Case(fault, base, twin.but(changes), twin)
