"""What fails by outcome, and what each diagnostician said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from netwright.clinic.causes import Cause
from netwright.clinic.diagnosis import Diagnosis, diagnose

from .competitors import sagemaker, umlaut
from .competitors.alarm import opinion
from .competitors.autotrainer import autotrainer
from .competitors.deepchecker import deepchecker
from .competitors.deepdiagnosis import deepdiagnosis
from .judge import Outcome
from .kill import Kill, kill
from .random_trainings import label
from .score import Judged, Opinion, distinct
from .signals import Signals
from .store import Seen, Store, moments, until
from .trainings import Entry

CLINIC = "netwright"


@dataclass(frozen=True)
class Subject:
    """One training that counts, with what is true of it."""

    entry: Entry
    seed: int
    failing: bool
    outcome: Outcome
    signals: Signals
    seen: Seen

    @property
    def causes(self) -> frozenset[Cause]:
        """Accepted causes; empty where only the outcome is known."""
        return self.entry.causes if self.failing else frozenset()


Diagnostician = Callable[[Subject], Opinion]


def of_the_clinic(subject: Subject) -> Opinion:
    """Return when the clinic first raised an alarm, and the causes that it names in the end."""
    record = subject.seen.record
    first = next((at for at in moments(record.step) if diagnose(until(record, at)).alarms), None)
    share = None if first is None else first / max(record.step, 1)
    return Opinion(share, guesses_of(diagnose(record)))


def guesses_of(diagnosis: Diagnosis) -> tuple[Cause, ...]:
    """Return the causes behind the alarms, likeliest first: those of the worst alarm, then the others."""
    names = [name for alarm in diagnosis.alarms for name in (alarm.cause, *alarm.causes)]
    known = {cause.value: cause for cause in Cause}
    return distinct(known[name] for name in names if name in known)


DIAGNOSTICIANS: dict[str, Diagnostician] = {
    CLINIC: of_the_clinic,
    **{
        name: partial(lambda rules, subject: opinion(rules, subject.signals), rules)
        for name, rules in {
            "AutoTrainer": autotrainer,
            "DeepDiagnosis": deepdiagnosis,
            "UMLAUT": umlaut.umlaut,
            "UMLAUT without input range": umlaut.without_input_range,
            "SageMaker Debugger": sagemaker.sagemaker,
            "SageMaker without overfit": sagemaker.without_overfit,
            "TheDeepChecker": deepchecker,
        }.items()
    },
}


def kill_of(store: Store, entry: Entry) -> Kill:
    """Test whether a fault shows over all its seeds."""
    assert entry.twin is not None
    pairs = [(store.outcome(entry.twin, seed), store.outcome(entry.setting, seed)) for seed in entry.seeds]
    return kill(
        [twin.good(entry.measure) for twin, _ in pairs], [bad.good(entry.measure) for _, bad in pairs]
    )


def label_of(store: Store, entry: Entry, seed: int) -> str:
    """Return "good", "bad" or "between" for a random training."""
    assert entry.twin is not None
    found, healthy = store.outcome(entry.setting, seed), store.outcome(entry.twin, seed)
    return label(found.score, found.trivial, healthy.score)


def subjects(store: Store, listed: list[Entry]) -> Iterator[Subject]:
    """Yield all watched trainings that count: controls, faults that show, random ones good or bad."""
    for entry in listed:
        if entry.kind == "fault" and not kill_of(store, entry).shows:
            continue
        for seed in entry.seeds:
            if not store.path(entry.setting, seed, "watched").exists():
                continue
            failing = entry.kind == "fault"
            if entry.kind == "random":
                found = label_of(store, entry, seed)
                if found == "between":
                    continue
                failing = found == "bad"
            outcome, signals = store.outcome(entry.setting, seed), store.signals(entry.setting, seed)
            yield Subject(entry, seed, failing, outcome, signals, store.seen(entry.setting, seed))


def judged(subject: Subject, diagnostician: Diagnostician) -> Judged:
    """Set what is said of a training beside what is true of it."""
    return Judged(subject.failing, subject.causes, diagnostician(subject))
