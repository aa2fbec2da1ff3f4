"""What every watched training offers: its record, the findings in it, and what watching cost."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from netwright.clinic.care import Care
from netwright.clinic.diagnosis import Diagnosis, diagnose
from netwright.clinic.examiner import Examiner
from netwright.clinic.followers import Follower
from netwright.clinic.interval import FIRST_STEPS, Interval, cost_in_words
from netwright.clinic.losses import Losses
from netwright.clinic.record import Facts, Observation, Record
from netwright.clinic.slowdown import Slowdown
from netwright.findings import FindingList

MOST_OBSERVATIONS = 1000
"""Steps that a record keeps."""


def announce_to_terminal(sentence: str) -> None:
    """Print a sentence where it does not mix with results."""
    print(f"netwright: {sentence}", file=sys.stderr, flush=True)  # noqa: T201


class Watching:
    """The record of one training and the diagnosis it adds up to.

    Attributes:
        record: all that was seen so far.

    Args:
        facts: what is known before the first step.
        interval: distance of the steps that are looked at, after the first ones.
        budget: share of the training time that watching may take, or None for any.
        announce: told of the worst alarm, once; None for silence.
        clock: returns seconds.
    """

    _examiner: Examiner

    def __init__(
        self,
        facts: Facts,
        interval: int,
        budget: float | None,
        announce: Callable[[str], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self.record = Record(facts=facts)
        self._care = Care(clock, self.record.gaps)
        self._slowdown = Slowdown(self._care, FIRST_STEPS)
        self._interval = Interval(interval, budget, self._care)
        self._losses = Losses(self.record.losses, facts.accumulation)
        self._announce = announce
        self._announced: set[tuple[str, str]] = set()
        self._followers: list[Follower] = []
        self._diagnosis: Diagnosis | None = None
        self._diagnosed: tuple[int, int, int, bool] | None = None

    @property
    def findings(self) -> FindingList:
        """What is wrong or worth knowing, worst first; printed as a sentence each."""
        return FindingList(self.diagnosis.findings)

    @property
    def healthy(self) -> bool:
        """Whether nothing that was checked gives cause for alarm."""
        return self.diagnosis.healthy

    @property
    def checked(self) -> tuple[str, ...]:
        """What was checked, and what could not be and why."""
        diagnosis = self.diagnosis
        could_not = (f"not checked: {name}, because {reason}" for name, reason in diagnosis.unchecked)
        return (*diagnosis.checked, *could_not, *self.record.gaps)

    @property
    def overhead(self) -> float:
        """Seconds that watching took over the seconds that the training would have taken alone, so far."""
        return self._care.share

    @property
    def overhead_seconds(self) -> float:
        """Seconds that watching took so far."""
        return self._care.cost

    @property
    def cost(self) -> str:
        """What watching cost so far, in words."""
        return cost_in_words(self.overhead, self.overhead_seconds)

    def __str__(self) -> str:
        """The verdict, the findings, and what it cost to get there."""
        return f"{self.diagnosis}\nWatching took {self.cost}."

    @property
    def diagnosis(self) -> Diagnosis:
        """What the record so far adds up to."""
        self._losses.flush()
        record = self.record
        seen = (record.step, len(record.probes), len(record.epochs), record.finished)
        if self._diagnosis is None or self._diagnosed != seen:
            self._diagnosis, self._diagnosed = diagnose(record), seen
        return self._diagnosis

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write what was found as one HTML page."""
        from netwright.clinic.page import write_page

        write_page(path, self.record, self.diagnosis, self.overhead, seconds=self.overhead_seconds)

    def follow(self, follower: Follower) -> None:
        """Show the record to someone while it grows, such as `netwright.clinic.tensorboard.TensorBoard`."""
        self._followers.append(follower)

    def _show(self) -> None:
        """Show what is new to all who follow."""
        for follower in self._followers:
            self._care.run("the live view", follower.look, self.record)

    @property
    def _short_of_time(self) -> bool:
        """Whether the last look has to be brief."""
        return not self._interval.fits_last(self._examiner.last_seconds)

    def _gather(self, *, last: bool = False) -> None:
        """Look at the rows themselves, once, where there is time: it takes about as long as the start."""
        examiner = self._examiner
        if examiner.gathered:
            return
        if self._interval.fits(examiner.first_seconds):
            examiner.gather()
        elif last:
            self._care.gap("The rows themselves were not looked at: the training was too short for that.")

    def _write(self, observation: Observation) -> None:
        """Write a step down; of very many, every second one is kept and the interval doubled."""
        seen = self.record.observations
        seen.append(observation)
        if len(seen) > MOST_OBSERVATIONS:
            seen[FIRST_STEPS:] = seen[FIRST_STEPS::2]
            self._interval.steps *= 2
        self._show()

    def _consult(self) -> None:
        """Ask for the diagnosis, and tell of the worst alarm if it was not told of before."""
        self._care.run("the diagnosis", self._tell)
        self._show()
        for follower in self._followers:
            self._care.run("the live view", follower.diagnosed, self.record, self.diagnosis)
            if self.record.finished:
                self._care.run("the live view", follower.close)

    def _tell(self) -> None:
        for finding in self.findings[:1]:
            if finding.severity == "alarm" and (finding.rule, finding.layer) not in self._announced:
                self._announced.add((finding.rule, finding.layer))
                if self._announce is not None:
                    self._announce(finding.brief)
