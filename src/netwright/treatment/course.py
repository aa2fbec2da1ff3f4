"""The course of a treatment: look, try, judge, keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from netwright.clinic.causes import Cause
from netwright.errors import UserError
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment.branches import Experiment
from netwright.treatment.case import Case, Trained, key_of
from netwright.treatment.classical import loses_to_classical
from netwright.treatment.history import Attempt, Treatment
from netwright.treatment.judgement import Comparison, compare
from netwright.treatment.proposal import propose
from netwright.treatment.remedies import TREATABLE
from netwright.treatment.remedy import Remedy, difference

BRANCH_SHARE = 1 / 3
"""Of the budget that goes to branches."""

MOST_SEEDS = 3
FEWEST_ROWS_TO_JUDGE = 20


@dataclass
class Ledger:
    """What was done so far, and what may still be spent, in rows visited."""

    original: int
    allowed: float
    spent: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    experiments: list[Experiment] = field(default_factory=list)

    def affords(self, visits: float) -> bool:
        """Return whether so many more rows may be visited; a first attempt is always made."""
        return not self.attempts or self.spent + visits <= self.allowed


class Course:
    """One treatment, step by step."""

    def __init__(self, case: Case, before: Trained, budget: float, seed: int) -> None:
        self.case, self.before, self.seed = case, before, seed
        planned = _planned_visits(case, case.recipe)
        original = before.visits if before.model is not None else planned
        usual = _planned_visits(case, Recipe(seed=case.recipe.seed, effort=case.recipe.effort)) // 3
        self.ledger = Ledger(max(1, original), budget * max(original, usual))
        self.recipe, self.trained = case.recipe, before
        self.tried: set[str] = set()

    def run(self) -> Treatment:
        """Look, try, judge, keep, until nothing is wrong or the budget is spent."""
        findings = self._examine(self.before)
        alarms = [finding for finding in findings if finding.severity == "alarm"]
        if not alarms:
            return self._ended(
                "Healthy: nothing that was checked gives cause for alarm. Nothing was changed.", findings
            )
        if not any(_treatable(finding) for finding in alarms):
            return self._abstain(alarms, findings)
        if len(self.case.judging) < FEWEST_ROWS_TO_JUDGE:
            few = f"{len(self.case.judging)} rows are too few to judge on, {FEWEST_ROWS_TO_JUDGE} are needed"
            return self._ended(f"Not treated: {few}. Nothing was changed.", findings)
        cured = False
        while alarms and not cured:
            advanced = self._round(alarms)
            if not advanced:
                break
            alarms = [f for f in self._examine(self.trained) if f.severity == "alarm" and _treatable(f)]
            cured = not alarms
        return self._ended(self._verdict(cured), findings, cured)

    def _round(self, alarms: Sequence[Finding]) -> bool:
        """Try remedies for what is wrong now; return whether one was kept."""
        for remedy in self._proposed(alarms):
            if not self.ledger.affords(self._expected(remedy)):
                continue
            if self._attempt(remedy, alarms):
                return True
        return False

    def _proposed(self, alarms: Sequence[Finding]) -> tuple[Remedy, ...]:
        """Return remedies in the order in which they are tried in full."""
        ledger = self.ledger
        allowed = round(BRANCH_SHARE * (ledger.allowed - ledger.spent))
        proposal = propose(self.case, self.recipe, alarms, ledger.original, allowed)
        ledger.experiments.append(proposal.experiment)
        ledger.spent += proposal.experiment.visits
        self.case.told(proposal.experiment.sentence())
        return proposal.remedies

    def _expected(self, remedy: Remedy) -> float:
        """Return about how many rows a training with a remedy visits."""
        before, after = (_planned_visits(self.case, r) for r in (self.recipe, remedy.applied(self.recipe)))
        return (
            self.ledger.original * max(1.0, after / before)
            if remedy.cause is not None
            else self.ledger.original
        )

    def _attempt(self, remedy: Remedy, alarms: Sequence[Finding]) -> bool:
        """Train with a remedy and judge it; return whether its model was kept."""
        recipe = remedy.applied(self.recipe)
        key = key_of(recipe)
        if key in self.tried:
            return False
        self.tried.add(key)
        try:
            after = self.case.train(recipe)
            change = difference(self._settled(self.case.recipe), self._settled(recipe))
        except UserError as error:
            self._note(remedy, "", None, (), False, f"cannot be done here: {error}", 0)
            return False
        self.case.told(f"trying {remedy.name}: {change.replace(chr(10), ', ')}")
        visits = after.visits
        self.ledger.spent += visits
        if after.model is None:
            self._note(remedy, change, None, after.findings, False, f"broke down: {after.error}", visits)
            return False
        found = self._examine(after)
        remaining = [finding for finding in found if finding.severity == "alarm"]
        gone = not _same(alarms, remaining)
        comparison, more = self._judge(recipe, after, MOST_SEEDS if gone else 1)
        kept = comparison.better and gone
        reason = comparison.sentence() + ("" if gone else f"; but still: {remaining[0].message}")
        self._note(remedy, change, comparison, tuple(remaining), kept, reason, visits + more)
        if kept:
            self.recipe, self.trained = recipe, after
        return kept

    def _judge(self, recipe: Recipe, after: Trained, seeds: int) -> tuple[Comparison, int]:
        """Compare with what was there, over the matched seeds that the budget allows; return visits made."""
        case = self.case
        old = [case.losses(self.trained.model, case.judging)]
        new = [case.losses(after.model, case.judging)]
        comparison = compare(old, new, self.seed)
        spent = 0
        while comparison.better and len(old) < seeds:
            pair = self.ledger.original + after.visits
            if self.ledger.spent + spent + pair > min(self.ledger.allowed, 3 * self.ledger.original):
                break
            number = recipe.seed + len(old)
            control, treated = (
                case.train(self.recipe.edited(seed=number)),
                case.train(recipe.edited(seed=number)),
            )
            spent += control.visits + treated.visits
            old.append(case.losses(control.model, case.judging))
            new.append(case.losses(treated.model, case.judging))
            comparison = compare(old, new, self.seed)
        self.ledger.spent += spent
        return comparison, spent

    def _examine(self, trained: Trained) -> tuple[Finding, ...]:
        """Return what is wrong with a training, and whether it loses to a classical model."""
        found = list(trained.findings)
        if trained.error and not trained.alarms:
            message = f"The training broke down: {trained.error}"
            found.append(Finding("broken-down", "alarm", message, cause=Cause.RATE_TOO_HIGH.value))
        if trained.model is not None and not any(f.severity == "alarm" for f in found):
            lost = loses_to_classical(self.case, trained.model, self.seed)
            if lost is not None:
                found.append(lost)
        return tuple(found)

    def _abstain(self, alarms: Sequence[Finding], findings: tuple[Finding, ...]) -> Treatment:
        """Name the rows: what is wrong with the data no recipe mends."""
        rows = tuple(dict.fromkeys(row for finding in alarms for row in finding.rows))
        listed = f" Look at rows {', '.join(str(row + 1) for row in rows[:20])}." if rows else ""
        verdict = f"Not treated, for no change of the recipe mends it: {alarms[0]}{listed}"
        return replace(self._ended(verdict, findings), rows=rows)

    def _verdict(self, cured: bool) -> str:
        kept = [attempt for attempt in self.ledger.attempts if attempt.kept]
        if not kept:
            return (
                f"Not mended: remedies tried: {len(self.ledger.attempts)}, proven: none. Nothing was changed."
            )
        comparison = kept[0].comparison
        if len(kept) > 1 or comparison is None:
            judging = self.case.judging
            old, new = (self.case.losses(one.model, judging) for one in (self.before, self.trained))
            comparison = compare([old], [new], self.seed)
        state = "Mended" if cured else "Better, though not all is mended"
        cause = next((f" The cause was: {attempt.cause}." for attempt in kept if attempt.cause), "")
        remedies = ", then ".join(attempt.remedy for attempt in kept)
        return f"{state} with {remedies}: {comparison.sentence()}.{cause}"

    def _ended(self, verdict: str, findings: tuple[Finding, ...], cured: bool = False) -> Treatment:
        kept = any(attempt.kept for attempt in self.ledger.attempts)
        change = difference(self._settled(self.case.recipe), self._settled(self.recipe)) if kept else ""
        case = self.case
        scores = {
            name: float(np.mean(case.losses(trained.model, case.judging)))
            for name, trained in (("before", self.before), ("after", self.trained))
        }
        return Treatment(
            verdict=verdict,
            cured=cured and kept,
            findings=findings,
            history=tuple(self.ledger.attempts),
            experiments=tuple(self.ledger.experiments),
            model=self.trained.model,
            recipe=self.recipe,
            change=change,
            cost=self.ledger.spent / self.ledger.original,
            scores=scores,
        )

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
        cause = remedy.cause.value if remedy.cause is not None else ""
        self.ledger.attempts.append(
            Attempt(remedy.name, cause, change, comparison, remaining, kept, reason, visits)
        )
        self.case.told(f"{remedy.name}: {reason}")

    def _settled(self, recipe: Recipe) -> Recipe:
        return self.case.ready(recipe).recipe


def _treatable(finding: Finding) -> bool:
    """Return whether a recipe may hold a remedy; of what nobody has a name for, too."""
    return not finding.cause or finding.cause in TREATABLE


def _same(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Return whether something that was found before is still found."""
    rules, causes = (
        {finding.rule for finding in before},
        {finding.cause for finding in before if finding.cause},
    )
    return any(finding.rule in rules or finding.cause in causes for finding in after)


def _planned_visits(case: Case, recipe: Recipe) -> int:
    return case.ready(recipe).recipe.epochs * len(case.fitting)
