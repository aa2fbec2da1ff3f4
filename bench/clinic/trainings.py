"""All trainings of the benchmark in one list, with what the scoring needs to know of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from netwright.clinic.causes import Cause

from . import data, random_trainings
from .cases import cases
from .healthy import controls
from .setting import PARTS, Part, Setting
from .store import Job

Kind = Literal["fault", "control", "odd control", "random"]


@dataclass(frozen=True)
class Entry:
    """One setting of the benchmark.

    Attributes:
        kind: "fault", "control", "odd control" (a look-alike) or "random".
        name: in words.
        setting: what is trained.
        seeds: from which it is trained.
        twin: what it is set against: its healthy twin, or the reference of its data.
        causes: accepted ones of a fault.
        measure: what a fault harms.
    """

    kind: Kind
    name: str
    setting: Setting
    seeds: tuple[int, ...]
    twin: Setting
    causes: frozenset[Cause] = frozenset()
    measure: str = "score"

    @property
    def part(self) -> Part:
        """The part of the benchmark that it belongs to."""
        return self.setting.part


def entries(seeds: int, randoms: int, folder: Path | None, parts: Sequence[Part] = PARTS) -> Iterator[Entry]:
    """Yield everything of these parts whose data can be found; say once what is left out."""
    several = tuple(range(seeds))
    every = [
        *(
            Entry("fault", case.name, case.setting, several, case.twin, case.fault.causes, case.fault.measure)
            for case in cases()
        ),
        *(
            Entry(
                "odd control" if one.odd else "control",
                one.name,
                one.setting,
                several,
                random_trainings.reference(one.setting),
            )
            for one in controls()
        ),
    ]
    for part in parts:
        for number, (setting, seed) in enumerate(random_trainings.trainings(randoms, part)):
            name = f"random {part} {number:03d} ({setting.data} {setting.network})"
            every.append(Entry("random", name, setting, (seed,), random_trainings.reference(setting)))
    every = [entry for entry in every if entry.part in parts]
    absent = {}
    for name in {entry.setting.data for entry in every}:
        try:
            data.load(name, folder)
        except data.AbsentError as error:
            absent[name] = str(error)
    for reason in absent.values():
        print(f"   left out: {reason}")
    yield from (entry for entry in every if entry.setting.data not in absent)


def jobs(listed: list[Entry], watched: int) -> Iterator[Job]:
    """Yield what must be run: the first seeds watched; of faults the others, and all twins, unwatched."""
    for entry in listed:
        for seed in entry.seeds:
            seen = entry.kind == "random" or seed < watched
            if seen or entry.kind == "fault":
                yield Job(entry.setting, seed, seen)
                yield Job(entry.twin, seed, watched=False)
