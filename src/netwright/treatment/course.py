"""The course of a treatment: look, try, judge, keep."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.clinic.causes import Cause
from netwright.errors import UserError
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import experiment
from netwright.treatment.case import Case, Trained, key_of
from netwright.treatment.classical import RULE, loses_to_classical
from netwright.treatment.combination import enriched, worth_adding
from netwright.treatment.data_check import labels_at_fault
from netwright.treatment.division import FEWEST_IN_FOLDS
from netwright.treatment.history import Attempt, Treatment
from netwright.treatment.judgement import Comparison, level_of
from netwright.treatment.ledger import ledger_of, planned_visits, shortened
from netwright.treatment.own_settings import ours
from netwright.treatment.patient import Patient, extremes
from netwright.treatment.proof import MOST_SEEDS, Candidate, Proof, share_of_fold
from netwright.treatment.proposal import ARCHITECTURE, propose
from netwright.treatment.remedies import TREATABLE
from netwright.treatment.remedy import Remedy, difference
from netwright.treatment.verdict import abstained, besides_of, left_alone, settled

EXTREME_RULE = "extreme-setting"

BRANCH_SHARE = 0.25
"""Of the budget that goes to branches."""

FIRST_SHARE = 2 / 3
"""Of the branches those that look for the first change; the others look for a second one upon it."""


class Course:
    """One treatment, step by step."""

    def __init__(self, case: Case, before: Trained, budget: float, seed: int, spent: int = 0) -> None:
        self.case, self.seed = case, seed
        self.ledger = ledger_of(case, before, budget)
        self.ledger.spent = spent
        self.before = self.now = Candidate(case.recipe, before)
        self.tried: set[str] = set()
        self.known: dict[str, float] = {}
        self.mended: list[Remedy] = []
        self.left = 0

    def run(self) -> Treatment:
        """Look, try, judge, keep, until nothing is wrong or the budget is spent."""
        findings = self._examine(self.before.trained)
        if not any(finding.severity == "alarm" and finding.rule != RULE for finding in findings):
            at_fault = self._labels()
            if at_fault:
                return self._ended(abstained(at_fault), (*at_fault, *findings))
        if not _wrong(findings):
            findings = (*self._extremes(), *findings)
        wrong = _wrong(findings)
        if not wrong:
            return self._ended(
                left_alone("Healthy: nothing that was checked gives cause for alarm."), findings
            )
        alarms = [finding for finding in wrong if finding.severity == "alarm"]
        if not any(_treatable(finding) for finding in alarms or wrong):
            return self._ended(*self._abstained(findings, alarms or wrong))
        if not self.case.can_judge:
            few = f"Not treated: fewer than {FEWEST_IN_FOLDS} rows are too few to judge on."
            return self._ended(left_alone(few), findings)
        open_findings: Sequence[Finding] = findings
        while wrong and self._round([finding for finding in open_findings if _treatable(finding)]):
            open_findings, wrong = self._still_open()
            last = not self.ledger.holds(2 * self.ledger.unit)
            if (last or not any(_names_a_cause(finding) for finding in wrong)) and self._beside_ours():
                open_findings, wrong = self._still_open()
        cured = not any(finding.severity == "alarm" for finding in wrong)
        verdict = settled(findings, self.ledger.attempts, cured, self.left)
        besides = self._labels() if cured and self.now is not self.before else ()
        if besides:
            verdict = f"{verdict} {besides_of(besides)}"
        return self._ended(verdict, (*findings, *besides), cured)

    def _still_open(self) -> tuple[tuple[Finding, ...], list[Finding]]:
        """Return what is found after a remedy was kept, and what of it is treated further."""
        found = (*self._examine(self.now.trained), *self._mended_so_far())
        return found, [finding for finding in _wrong(found) if _treatable(finding)]

    def _abstained(
        self, findings: tuple[Finding, ...], wrong: list[Finding]
    ) -> tuple[str, tuple[Finding, ...]]:
        """Return a verdict that names the rows, and the findings; a training alone may not know the rows."""
        listed = self._labels() if not _rows_at_fault(findings) else ()
        rules = {finding.rule for finding in listed}
        others = [finding for finding in wrong if finding.rule not in rules]
        rest = [finding for finding in findings if finding.rule not in rules]
        return abstained([*listed, *others]), (*listed, *rest)

    def _labels(self) -> tuple[Finding, ...]:
        """Return an alarm where the labels of the rows contradict each other."""
        model = self.now.trained.model
        finding = None if model is None else labels_at_fault(self.case, model, self.seed)
        return () if finding is None else (finding,)

    def _extremes(self) -> list[Finding]:
        """Return notes of settings that are far from the usual."""
        patient = self._patient(self.case.recipe)
        steps = planned_visits(self.case, self.case.recipe) // patient.settled.batch_size
        told = "That is far from the usual, though nothing shows that it harms"
        return [
            Finding(EXTREME_RULE, "note", f"{what[:1].upper()}{what[1:]}. {told}.", cause=cause.value)
            for what, cause in extremes(patient, steps)
        ]

    def _patient(self, recipe: Recipe) -> Patient:
        ready = self.case.ready(recipe)
        return Patient(recipe, ready.recipe, ready.shape)

    def _mended_so_far(self) -> list[Finding]:
        """Return hints at the causes of what was kept: where it did not suffice, more of the same may."""
        causes = [cause.value for remedy in reversed(self.mended) for cause in remedy.causes]
        return [Finding("mended", "note", f"So far: {cause}.", cause=cause) for cause in causes]

    def _round(self, found: Sequence[Finding]) -> bool:
        """Try remedies for what is wrong now; return whether one was kept."""
        alarms = [finding for finding in found if finding.severity == "alarm"]
        self.left = 0
        for remedy in self._proposed(found):
            if not self._affords(remedy):
                self.left += 1
            elif self._attempt(remedy, alarms):
                return True
        return False

    def _proposed(self, found: Sequence[Finding]) -> tuple[Remedy, ...]:
        """Return remedies in the order in which they are tried in full."""
        case, recipe, measure = self.case, self.now.recipe, self.ledger.unit
        allowed = self._for_branches()
        first = propose(case, recipe, found, measure, round(FIRST_SHARE * allowed), self.known)
        left = allowed - first.experiment.visits
        proposal, further = enriched(case, recipe, found, first, measure, left, self.known)
        for done in (first.experiment, *further):
            self.ledger.experiments.append(done)
            self.ledger.spent += done.visits
            case.told(done.sentence())
        return proposal.remedies

    def _for_branches(self) -> int:
        """Return how many rows branches may visit now: a whole training has to follow them."""
        left = self.ledger.left
        return max(0, int(min(BRANCH_SHARE * left, left - self.ledger.unit)))

    def _beside_ours(self) -> bool:
        """Try netwright's own settings in place of what was kept; return whether they are better still.

        Free of alarms is not yet as good as can be. Where the network was at fault, another one is
        tried too; otherwise a branch has to speak for it.
        """
        if not self.ledger.holds(self.ledger.unit):
            return False
        at_fault = any(ARCHITECTURE.intersection(remedy.causes) for remedy in self.mended)
        remedy = ours(self._patient(self.now.recipe), network=at_fault)
        if remedy is None or (remedy.quick and not self._gains(remedy)):
            return False
        return self._attempt(remedy, (), folds=False)

    def _gains(self, remedy: Remedy) -> bool:
        """Return whether a short training does much better with it."""
        case, recipe, unit = self.case, self.now.recipe, self.ledger.unit
        allowed = min(unit // 2, self.ledger.left)
        done = experiment(case, recipe, [remedy], unit, allowed, recipe.seed, self.known)
        self.ledger.spent += done.visits
        return worth_adding(done) is not None

    def _affords(self, remedy: Remedy) -> bool:
        """Return whether what may be spent on a training with a remedy is half of what it should take."""
        recipes = self.now.recipe, remedy.applied(self.now.recipe)
        before, after = (planned_visits(self.case, recipe) for recipe in recipes)
        longer = max(1.0, after / before) if remedy.cause is not None else 1.0
        # The first is tried however little time there is for it: something must be.
        needed = self.ledger.unit * longer / 2 if self.ledger.attempts else len(self.case.fitting)
        return self._for_attempt() >= needed

    def _for_attempt(self) -> int:
        """Return how many rows a training with a remedy may visit; where it takes a fold, that remains."""
        left = self.ledger.left
        if len(self.case.judging):
            return left
        share = share_of_fold(self.case)
        return int((left - share * self.now.trained.visits) / (1 + share))

    def _attempt(self, remedy: Remedy, alarms: Sequence[Finding], folds: bool = True) -> bool:
        """Train with a remedy and judge it, in folds too where it takes them; return whether it was kept."""
        recipe = remedy.applied(self.now.recipe)
        key = key_of(recipe)
        if key in self.tried:
            return False
        self.tried.add(key)
        try:
            fitting = shortened(self.case, recipe, self._for_attempt())
            if fitting is None:
                return False
            recipe = fitting
            change = difference(self._settled(self.case.recipe), self._settled(recipe))
            self.case.told(f"trying {remedy.name}: {change.replace(chr(10), ', ')}")
            after = self.case.train(recipe)
        except UserError as error:
            self._note(remedy, "", None, (), False, f"cannot be done here: {error}", 0)
            return False
        self.ledger.spent += after.visits
        if after.model is None:
            reason = f"broke down: {after.error}"
            self._note(remedy, change, None, after.findings, False, reason, after.visits)
            return False
        found = self._examine(after)
        remaining = tuple(finding for finding in found if finding.severity == "alarm")
        gone = not _same(alarms, remaining)
        # What is not the end of it is not worth the price of further seeds, what is not kept that of folds.
        seeds = 1 if _wrong(found) else MOST_SEEDS
        comparison, more = self._judged(Candidate(recipe, after), seeds, folds and gone)
        kept = comparison.better and gone
        reason = comparison.sentence() + ("" if gone else f"; but still: {remaining[0].message}")
        self._note(remedy, change, comparison, remaining, kept, reason, after.visits + more)
        if kept:
            self.now = Candidate(recipe, after)
            self.mended.append(remedy)
        return kept

    def _judged(self, new: Candidate, seeds: int, folds: bool) -> tuple[Comparison, int]:
        """Compare with what is there now; return the rows visited for it as well."""
        judged = sum(attempt.comparison is not None for attempt in self.ledger.attempts)
        proof = Proof(self.case, self.now, new, self.seed, self.ledger, level_of(judged), folds)
        comparison = proof.comparison(seeds)
        self.left += proof.unfinished
        return comparison, proof.visits

    def _examine(self, trained: Trained) -> tuple[Finding, ...]:
        """Return what is wrong with a training, and whether it loses to a classical model."""
        found = list(trained.findings)
        if trained.error and not trained.alarms:
            message = f"The training broke down: {trained.error}"
            found.insert(0, Finding("broken-down", "alarm", message, cause=Cause.RATE_TOO_HIGH.value))
        if trained.model is not None and not any(f.severity == "alarm" for f in found):
            lost = loses_to_classical(self.case, trained.model, self.seed)
            if lost is not None:
                found.insert(0, lost)
        return tuple(found)

    def _ended(self, verdict: str, findings: tuple[Finding, ...], cured: bool = False) -> Treatment:
        ledger, case = self.ledger, self.case
        kept = [attempt for attempt in ledger.attempts if attempt.kept]
        change = difference(self._settled(case.recipe), self._settled(self.now.recipe)) if kept else ""
        return Treatment(
            verdict=verdict,
            cured=cured and bool(kept),
            findings=findings,
            history=tuple(ledger.attempts),
            experiments=tuple(ledger.experiments),
            model=self.now.trained.model,
            recipe=self.now.recipe,
            change=change,
            cost=ledger.cost,
            visits=ledger.spent,
            rows=_rows_at_fault(findings),
            scores=self._scores(kept),
        )

    def _scores(self, kept: Sequence[Attempt]) -> dict[str, float]:
        """Return the mean loss before and after on the rows that judge; of folds, as far as they were run."""
        models = {"before": self.before.trained.model, "after": self.now.trained.model}
        if len(self.case.judging):
            judging = self.case.judging
            return {name: float(np.mean(self.case.losses(model, judging))) for name, model in models.items()}
        if kept and kept[0].comparison is not None and kept[-1].comparison is not None:
            return {"before": kept[0].comparison.before, "after": kept[-1].comparison.after}
        return {}

    def _note(
        self,
        remedy: Remedy,
        change: str,
        comparison: Comparison | None,
        remaining: tuple[Finding, ...],
        kept: bool,
        reason: str,
        visits: int,
    ) -> None:
        cause = " and ".join(cause.value for cause in remedy.causes)
        self.ledger.attempts.append(
            Attempt(remedy.name, cause, change, comparison, remaining, kept, reason, visits)
        )
        self.case.told(f"{remedy.name}: {reason}")

    def _settled(self, recipe: Recipe) -> Recipe:
        return self.case.ready(recipe).recipe


def _wrong(findings: Sequence[Finding]) -> list[Finding]:
    """Return what a treatment is begun for: alarms, the suspicion that there is more, extreme settings."""
    return [
        finding for finding in findings if finding.severity == "alarm" or finding.rule in (RULE, EXTREME_RULE)
    ]


def _names_a_cause(finding: Finding) -> bool:
    """Return whether a finding says what to do next."""
    return finding.severity == "alarm" and finding.rule != RULE and bool(finding.cause)


def _treatable(finding: Finding) -> bool:
    """Return whether a recipe may hold a remedy; of what nobody has a name for, too."""
    return not finding.cause or finding.cause in TREATABLE


def _same(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Return whether something that was found before is still found; of nothing, whether anything is.

    What a classical model is ahead by is no fault that is there or gone: it shrinks with every step forward.
    """
    before, after = ([one for one in found if one.rule != RULE] for found in (before, after))
    rules = {finding.rule for finding in before}
    causes = {finding.cause for finding in before if finding.cause}
    return any(not before or finding.rule in rules or finding.cause in causes for finding in after)


def _rows_at_fault(findings: Sequence[Finding]) -> tuple[int, ...]:
    """Return the rows to which alarms point that no recipe mends."""
    alarms = [finding for finding in findings if finding.severity == "alarm" and not _treatable(finding)]
    return tuple(dict.fromkeys(row for finding in alarms for row in finding.rows))
