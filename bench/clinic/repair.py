"""Repair: recipes given to `treat`, and to random repair with the same budget, judged on untouched rows."""

from __future__ import annotations

import pickle
import statistics
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, r2_score

from netwright.data.split import split_rows
from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.intake import describe_rows, describe_target, read_given
from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, Rowset, Trained
from netwright.treatment.remedies import TREATABLE, Patient, remedies_for, whole
from netwright.treatment.remedy import Remedy
from netwright.treatment.treat import treat_case

from . import data
from .kill import Kill, kill
from .recipes import RecipeCase
from .score import Share

BUDGET = 3.0
ENOUGH = 0.95
ROWS = 800


@dataclass(frozen=True)
class Repaired:
    """One recipe from one seed: scores on test rows, and what the treatment cost in original trainings."""

    healthy: float
    before: float
    treated: float
    random: float
    cost: float
    changed: bool
    verdict: str


@dataclass(frozen=True)
class Verdict:
    """A recipe over all seeds: whether its fault shows, and whether treatment and chance mended it."""

    case: RecipeCase
    runs: Sequence[Repaired]

    @property
    def shows(self) -> bool:
        """Whether the fault shows in the outcome."""
        return kill([run.healthy for run in self.runs], [run.before for run in self.runs]).shows

    @property
    def mended(self) -> bool:
        """Whether treatment mended it."""
        return self._mended([run.treated for run in self.runs])

    @property
    def mended_by_chance(self) -> bool:
        """Whether random repair mended it."""
        return self._mended([run.random for run in self.runs])

    @property
    def harm(self) -> Kill:
        """Test whether treatment made it worse."""
        return kill([run.before for run in self.runs], [run.treated for run in self.runs])

    def _mended(self, scores: Sequence[float]) -> bool:
        """At least 95 % of the healthy score, and better than before by the sign-flip test."""
        enough = statistics.fmean(scores) >= ENOUGH * statistics.fmean(run.healthy for run in self.runs)
        return enough and kill(scores, [run.before for run in self.runs]).probability < 0.05


def repair(case: RecipeCase, seed: int, folder: Path | None) -> Repaired:
    """Train, treat, repair at random, and judge on a quarter of the rows that none of them has seen."""
    source = data.load(case.data, folder)
    order = np.random.default_rng(3000 + seed).permutation(len(source.inputs))[:ROWS]
    inputs = source.inputs.reshape(len(source.inputs), -1).astype(np.float64)
    test, rest = order[: len(order) // 4], order[len(order) // 4 :]
    sick = case_of(case.recipe.edited(seed=seed), inputs[rest], source.targets[rest], seed)

    def score(model: NetworkEstimator | None) -> float:
        return score_of(model, inputs[test], source.targets[test], source.classes)

    before = sick.train(sick.recipe)
    treatment = treat_case(sick, before, budget=BUDGET, seed=seed)
    healthy = sick.train(case.healthy.edited(seed=seed))
    chance = before
    if case.faulty:
        generator = np.random.default_rng(4000 + seed)
        chance = random_repair(sick, before, max(BUDGET, treatment.cost), generator)
    return Repaired(
        healthy=score(healthy.model),
        before=score(before.model),
        treated=score(treatment.model),
        random=score(chance.model),
        cost=treatment.cost,
        changed=bool(treatment.change),
        verdict=treatment.verdict,
    )


def case_of(recipe: Recipe, inputs: np.ndarray, targets: np.ndarray, seed: int) -> Case:
    """Divide rows as `treat` does: to learn from, to stop by, to judge on."""
    given = read_given(inputs, targets)
    target, schema = describe_target(given.target, None), describe_rows(given.rows)
    classes = target.encode(given.target) if target.task.is_classification else None
    split = split_rows(len(given.target), seed=seed, fractions=(0.7, 0.15, 0.15), stratify=classes)
    rows = Rowset(given.rows, given.target)
    fitting, stopping, judging = (rows.take(part) for part in (split.train, split.validation, split.test))
    return Case(recipe, schema, target, fitting, stopping, judging)


def random_repair(case: Case, before: Trained, budget: float, generator: np.random.Generator) -> Trained:
    """Try remedies drawn from the same shelf, for any cause, and keep the best on the stopping rows.

    Args:
        case: recipe and rows.
        before: the faulty training.
        budget: what may be spent, in trainings like the faulty one; one remedy is always tried.
        generator: draws the remedies.
    """
    ready = case.ready(case.recipe)
    patient = Patient(case.recipe, ready.recipe, ready.shape)
    shelf = [*_all_remedies(patient), *whole(patient)]
    best, spent, original = before, 0.0, max(1, before.visits)
    for number in generator.permutation(len(shelf)):
        if spent and spent / original >= budget:
            break
        try:
            trained = case.train(shelf[number].applied(case.recipe))
        except UserError:
            continue
        spent += max(1, trained.visits)
        if case.losses(trained.model, case.stopping).mean() < case.losses(best.model, case.stopping).mean():
            best = trained
    return best


def _all_remedies(patient: Patient) -> Iterator[Remedy]:
    for cause in sorted(TREATABLE):
        try:
            yield from remedies_for(patient, cause)
        except UserError:
            continue  # a remedy that this network cannot take, such as normalising a single unit


def score_of(model: NetworkEstimator | None, inputs: np.ndarray, targets: np.ndarray, classes: int) -> float:
    """Return balanced accuracy, or R² not under 0; of no model, that of the best constant answer."""
    if model is None:
        return 1 / classes if classes else 0.0
    answers = model.predict(inputs)
    if classes:
        return float(balanced_accuracy_score(targets, answers))
    return max(0.0, float(r2_score(targets, answers)))


def repair_all(
    cases: Iterable[RecipeCase], seeds: int, cache: Path, folder: Path | None, processes: int
) -> list[Verdict]:
    """Repair every case from every seed; what lies in the cache is not done again."""
    listed = list(cases)
    jobs = [(case, seed, cache, folder) for case in listed for seed in range(seeds)]
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_settle) as pool:
        for number, _ in enumerate(pool.map(_do, jobs)):
            if number % 50 == 0:
                print(f"   {number} of {len(jobs)} recipes", flush=True)
    return [Verdict(case, [_do((case, seed, cache, folder)) for seed in range(seeds)]) for case in listed]


def report(verdicts: Sequence[Verdict]) -> None:
    """Print how often treatment mends, how often chance does, harm, and cost."""
    for held_out in (False, True):
        part = [one for one in verdicts if one.case.held_out == held_out]
        sick = [one for one in part if one.case.faulty and one.shows]
        sound = [one for one in part if not one.case.faulty]
        if not sick or not sound:
            continue
        mended = Share(sum(one.mended for one in sick), len(sick))
        chance = Share(sum(one.mended_by_chance for one in sick), len(sick))
        harmed = Share(sum(one.harm.shows for one in sound), len(sound))
        cost = statistics.median(run.cost for one in sick for run in one.runs)
        lead = mended.value - chance.value
        rows = (
            ("treat mends", str(mended), "≥ 90%", mended.value >= 0.9),
            ("random repair mends", str(chance), "", True),
            ("lead over random repair", f"{lead:+.1%}", "≥ +25%", lead >= 0.25),
            ("sound ones made worse", str(harmed), "0", harmed.hits == 0),
            ("cost, median, trainings", f"{cost:.1f}", "≤ 3", cost <= 3),
        )
        print(f"\nRepair, {'held-out' if held_out else 'tuning'} part")
        for name, figure, bound, met in rows:
            verdict = f"bound {bound}: {'met' if met else 'NOT MET'}" if bound else ""
            print(f"   {name:<28}{figure:<36}{verdict}".rstrip())
        for one in sick:
            if not one.mended:
                print(f"      not mended  {_line(one)}")
        for one in sound:
            if one.harm.shows:
                print(f"      made worse  {_line(one)}")


def _line(verdict: Verdict) -> str:
    names = ("before", "treated", "random", "healthy")
    means = [statistics.fmean(getattr(run, name) for run in verdict.runs) for name in names]
    scores = ", ".join(f"{name} {mean:.2f}" for name, mean in zip(names, means, strict=True))
    return f"{verdict.case.name}: {scores}"


def _do(job: tuple[RecipeCase, int, Path, Path | None]) -> Repaired:
    case, seed, cache, folder = job
    path = cache / f"repair-{''.join(letter if letter.isalnum() else '-' for letter in case.name)}-{seed}"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(repair(case, seed, folder)))
    found = pickle.loads(path.read_bytes())  # noqa: S301 - files of this benchmark's own making
    assert isinstance(found, Repaired)
    return found


def _settle() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
