"""Whoever wants to see a training while it runs: told of everything new in its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from netwright.clinic.record import Record

if TYPE_CHECKING:
    from netwright.clinic.diagnosis import Diagnosis


class Follower(Protocol):
    """Sees a record grow."""

    def look(self, record: Record) -> None:
        """Take in what is new in the record."""

    def diagnosed(self, record: Record, diagnosis: Diagnosis) -> None:
        """Take in a new diagnosis."""

    def close(self) -> None:
        """End: the training is over."""
