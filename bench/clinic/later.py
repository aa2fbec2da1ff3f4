"""Parts of the benchmark that were written down after the rules, recorded, and judged once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import blind_part, last_part, unseen_part

Control = tuple[str, bool, str, Mapping[str, Any]]
"""Name, whether it looks odd, its healthy trainings divided by commas, and what is changed."""


@dataclass(frozen=True)
class Later:
    """A part that came later.

    Attributes:
        bases: changes that make the healthy trainings, by name.
        networks: kinds of network that belong to it, whatever the data.
        uneven: sets whose score is the mean over classes.
        reference: the training that is the measure for all on a set, where it has not the set's name.
        seed: of the random trainings.
        random: healthy trainings whose data and kind of network those are drawn from.
        faults: by the number of the fault: the healthy trainings that it is done to, divided by commas.
        controls: further healthy trainings.
    """

    bases: Mapping[str, Mapping[str, Any]]
    networks: frozenset[str]
    uneven: tuple[str, ...]
    reference: Mapping[str, str]
    seed: int
    random: tuple[str, ...]
    faults: Mapping[int, str]
    controls: list[Control]

    @property
    def data(self) -> frozenset[str]:
        """Sets that belong to it."""
        return frozenset(each.get("data", name) for name, each in self.bases.items())


LATER: Mapping[str, Later] = {
    "last": Later(
        last_part.BASES, last_part.NETWORKS, last_part.UNEVEN, last_part.REFERENCE, 7006, last_part.RANDOM,
        last_part.FAULTS, last_part.CONTROLS,
    ),
    "blind": Later(
        blind_part.BASES, blind_part.NETWORKS, blind_part.UNEVEN, blind_part.REFERENCE, 7007,
        blind_part.RANDOM, blind_part.faults(), blind_part.controls(),
    ),
    "unseen": Later(
        unseen_part.BASES, unseen_part.NETWORKS, unseen_part.UNEVEN, unseen_part.REFERENCE, 7008,
        unseen_part.RANDOM, unseen_part.faults(), unseen_part.controls(),
    ),
}  # fmt: skip
"""By the name of the part."""
