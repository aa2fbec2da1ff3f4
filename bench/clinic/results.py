"""What fails by outcome, and what each diagnostician said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from netwright.clinic.causes import Cause
from netwright.clinic.diagnosis import Diagnosis, diagnose
from netwright.clinic.record import Record
from netwright.clinic.row_facts import DataFacts

from .competitors import sagemaker, umlaut
from .competitors.alarm import opinion
from .competitors.autotrainer import autotrainer
from .competitors.deepchecker import deepchecker
from .competitors.deepdiagnosis import deepdiagnosis
from .judge import Outcome
from .kill import Kill, kill
from .random_trainings import label as label_by_score
from .score import Judged, Opinion, distinct
from .signals import Signals
from .store import Job, Seen, Store, moments, until, with_rows
from .trainings import Entry

CLINIC = "netwright"
WATCH = "netwright, watch alone"


@dataclass(frozen=True)
class Subject:
    """One training that counts, with what is true of it."""

    entry: Entry
    seed: int
    failing: bool
    outcome: Outcome
    signals: Signals
    rows: DataFacts
    seen: Seen

    @property
    def causes(self) -> frozenset[Cause]:
        """Accepted causes; empty where only the outcome is known."""
        return self.entry.causes if self.failing else frozenset()


Diagnostician = Callable[[Subject], Opinion]


def of_record(record: Record) -> Opinion:
    """Return when the clinic first raised an alarm, and the causes that it names in the end.

    Where no alarm stands in the end, the last one that stood speaks.
    """
    found = {at: diagnose(until(record, at)) for at in moments(record.step)}
    alarmed = [at for at, diagnosis in found.items() if diagnosis.alarms]
    if not alarmed:
        return Opinion(None)
    return Opinion(alarmed[0] / max(record.step, 1), guesses_of(found[alarmed[-1]]))


def of_the_clinic(subject: Subject) -> Opinion:
    """Return what the clinic says that sees all rows before the training, and then watches it."""
    return of_record(with_rows(subject.seen.record, subject.rows))


def of_watching(subject: Subject) -> Opinion:
    """Return what the clinic says that is put around the loop, and sees batches only."""
    return of_record(subject.seen.record)


def guesses_of(diagnosis: Diagnosis) -> tuple[Cause, ...]:
    """Return the causes behind the alarms, likeliest first: those of the worst alarm, then the others."""
    names = [name for alarm in diagnosis.alarms for name in (alarm.cause, *alarm.causes)]
    known = {cause.value: cause for cause in Cause}
    return distinct(known[name] for name in names if name in known)


DIAGNOSTICIANS: dict[str, Diagnostician] = {
    CLINIC: of_the_clinic,
    WATCH: of_watching,
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
    pairs = [(store.outcome(entry.twin, seed), store.outcome(entry.setting, seed)) for seed in entry.seeds]
    return kill(
        [twin.good(entry.measure) for twin, _ in pairs], [bad.good(entry.measure) for _, bad in pairs]
    )


def label_of(store: Store, entry: Entry, seed: int) -> str:
    """Return "good", "bad" or "between" by the share of what the reference of the same data learns."""
    found, healthy = store.outcome(entry.setting, seed), store.outcome(entry.twin, seed)
    return label_by_score(found.score, found.trivial, healthy.score)


def subjects(store: Store, listed: list[Entry]) -> Iterator[Subject]:
    """Yield all watched trainings that count: controls that are not bad, faults that show, random ones."""
    for entry in listed:
        if entry.kind == "fault" and not kill_of(store, entry).shows:
            continue
        for seed in entry.seeds:
            if not store.has(Job(entry.setting, seed, watched=True)):
                continue
            label = "" if entry.kind == "fault" else label_of(store, entry, seed)
            if label == ("between" if entry.kind == "random" else "bad"):
                continue
            yield Subject(
                entry,
                seed,
                failing=entry.kind == "fault" or (entry.kind == "random" and label == "bad"),
                outcome=store.outcome(entry.setting, seed),
                signals=store.signals(entry.setting, seed),
                rows=store.rows(entry.setting, seed),
                seen=store.seen(entry.setting, seed),
            )


def judged(subject: Subject, diagnostician: Diagnostician) -> Judged:
    """Set what is said of a training beside what is true of it."""
    return Judged(subject.failing, subject.causes, diagnostician(subject))
