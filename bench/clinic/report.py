"""Prints the figures, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .kill import Kill
from .results import CLINIC, Subject
from .score import Judged, Scores, Share, score
from .trainings import Entry

Verdicts = Sequence[tuple[Subject, Judged]]


def kills(tested: Sequence[tuple[Entry, Kill]]) -> None:
    """Print which faults do not show, and so do not count as failures."""
    shown = Share(sum(test.shows for _, test in tested), len(tested))
    print(f"\nKill test: {shown} of the faults show in the outcome. Those that do not, and count nowhere:")
    for entry, test in tested:
        if not test.shows:
            print(f"   {entry.name:<60} harm {test.harm:+.3f}, p {test.probability:.3f}, d {test.effect:.1f}")


def table(title: str, verdicts: Mapping[str, Verdicts]) -> None:
    """Print the figures of every diagnostician on one part of the benchmark."""
    print(f"\n{title}")
    print(
        f"   {'':<28}{'false alarms':<34}{'failures detected':<34}{'cause first':<34}{'among three':<34}delay"
    )
    for name, found in verdicts.items():
        scores = score(one for _, one in found)
        cells = (scores.false_alarms, scores.detected, scores.first, scores.among_three)
        print(f"   {name:<28}" + "".join(f"{cell!s:<34}" for cell in cells) + f"{scores.delay:.1%}")


def kinds(verdicts: Verdicts) -> None:
    """Print false alarms and detections of the clinic for each kind of training."""
    for kind in ("control", "odd control", "random", "fault"):
        found = [one for subject, one in verdicts if subject.entry.kind == kind]
        scores = score(found)
        words = {"control": "controls", "odd control": "look-alikes", "random": "random", "fault": "faults"}
        cells = []
        if scores.false_alarms.total:
            cells.append(f"false alarms {scores.false_alarms}")
        if scores.detected.total:
            cells.append(f"detected {scores.detected}")
        print(f"      {words[kind]:<14}{', '.join(cells)}")


def bounds(scores: Scores, part: str) -> None:
    """Print the figures that must be reached, and whether they are."""
    rows = (
        ("false alarms", str(scores.false_alarms), "≤ 2%", scores.false_alarms.value <= 0.02),
        ("failures detected", str(scores.detected), "≥ 95%", scores.detected.value >= 0.95),
        ("cause, first guess", str(scores.first), "≥ 85%", scores.first.value >= 0.85),
        ("cause, among three", str(scores.among_three), "≥ 95%", scores.among_three.value >= 0.95),
        ("delay, median", f"{scores.delay:.1%}", "≤ 5%", scores.delay <= 0.05),
    )
    print(f"\nBounds, {part} part, {CLINIC}")
    for name, figure, bound, met in rows:
        print(f"   {name:<24}{figure:<36}bound {bound}: {'met' if met else 'NOT MET'}")


def misses(verdicts: Verdicts) -> None:
    """Print every training on which the clinic was wrong."""
    for subject, one in verdicts:
        name = f"{subject.entry.name}, seed {subject.seed}"
        said = ", ".join(cause.value for cause in one.opinion.guesses[:3])
        if one.failing and not one.opinion.alarmed:
            print(f"      missed       {name}")
        elif not one.failing and one.opinion.alarmed:
            print(f"      false alarm  {name}: {said or 'an alarm that passed'}")
        elif one.causes and not set(one.opinion.guesses[:1]) & one.causes:
            print(f"      other cause  {name}: {said or 'an alarm that passed'}")
