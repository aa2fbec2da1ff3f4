"""Repair: recipes given to `treat`, and to random repair with the same budget, judged on untouched rows."""

from __future__ import annotations

import math
import pickle
import time
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import get_args

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score, r2_score

from netwright.errors import UserError
from netwright.estimators.base import NetworkEstimator
from netwright.treatment.case import Case, Trained
from netwright.treatment.ledger import planned_visits
from netwright.treatment.own_settings import whole
from netwright.treatment.patient import Patient
from netwright.treatment.remedies import TREATABLE, remedies_for
from netwright.treatment.remedy import Remedy
from netwright.treatment.treat import case_of_model, treat_case

from . import data
from .recipes import RecipeCase, RepairPart
from .repair_report import Repaired, Verdict, line

BUDGET = 3.0
ROWS = 800


def repair(case: RecipeCase, seed: int, folder: Path | None) -> Repaired:
    """Train, treat, repair at random, and judge on a quarter of the rows that none of them has seen."""
    rows = _rows_of(case, seed, folder)
    sick = case_of_model(case.recipe.edited(seed=seed), *rows.rest, seed=seed)
    before = sick.train(sick.recipe)
    treatment = treat_case(sick, before, budget=BUDGET, seed=seed)
    # As far as the faulty training ran; one that broke down, as it was planned.
    original = before.visits if before.model is not None else planned_visits(sick, sick.recipe)
    cost = treatment.visits / max(1, original)
    healthy = sick.train(case.healthy.edited(seed=seed)) if case.faulty else before
    chance = before
    if case.faulty:
        generator = np.random.default_rng(4000 + seed)
        chance = random_repair(sick, before, max(BUDGET, cost), generator)
    return Repaired(
        healthy=rows.score(healthy.model),
        before=rows.score(before.model),
        treated=rows.score(treatment.model),
        random=rows.score(chance.model),
        cost=cost,
        changed=bool(treatment.change),
        verdict=treatment.verdict,
    )


@dataclass(frozen=True)
class Divided:
    """A quarter of the rows to judge on, the rest for whoever mends."""

    test: tuple[np.ndarray, np.ndarray]
    rest: tuple[np.ndarray, np.ndarray]
    classes: int

    def score(self, model: NetworkEstimator | None) -> float:
        """Return the score on the rows that nobody has seen."""
        return score_of(model, *self.test, self.classes)


def _rows_of(case: RecipeCase, seed: int, folder: Path | None) -> Divided:
    source = data.load(case.data, folder)
    order = np.random.default_rng(3000 + seed).permutation(len(source.inputs))[:ROWS]
    inputs = source.inputs.reshape(len(source.inputs), -1).astype(np.float64)
    quarter = len(order) // 4
    # Many classes with few rows each would pass for numbers.
    targets = np.array([f"class {one}" for one in source.targets]) if source.classes else source.targets
    test, rest = ((inputs[part], targets[part]) for part in (order[:quarter], order[quarter:]))
    return Divided(test, rest, source.classes)


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
    cases: Iterable[RecipeCase],
    seeds: int,
    cache: Path,
    folder: Path | None,
    processes: int,
    minutes: float | None = None,
) -> list[Verdict]:
    """Repair every case from every seed, and tell of each when it is done.

    What lies in the cache is not done again. Parts that were seen least go first, in an order drawn once, so
    that those that are done when the time is over are a fair sample of all.

    Args:
        cases: recipes.
        seeds: of each.
        cache: folder of what is done.
        folder: of the public data sets, or None.
        processes: how many work at once.
        minutes: after which what is not done is left; None for no limit.
    """
    drawn = np.random.default_rng(5000).permutation(np.array(list(cases), dtype=object))
    listed: list[RecipeCase] = sorted(drawn, key=lambda case: get_args(RepairPart).index(case.part))
    ends = math.inf if minutes is None else time.monotonic() + 60 * minutes
    verdicts = []
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_settle) as pool:
        jobs = [[pool.submit(_do, (case, seed, cache, folder)) for seed in range(seeds)] for case in listed]
        for case, job in zip(listed, jobs, strict=True):
            left = None if minutes is None else max(0.0, ends - time.monotonic())
            if wait(job, left).not_done:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            verdicts.append(Verdict(case, [future.result() for future in job]))
            print(f"   {line(verdicts[-1])}", flush=True)
    print(f"   {len(verdicts)} of {len(listed)} recipes, {seeds} seeds each")
    return verdicts


def _place(case: RecipeCase, seed: int, cache: Path) -> Path:
    return cache / f"repair-{''.join(letter if letter.isalnum() else '-' for letter in case.name)}-{seed}"


def _do(job: tuple[RecipeCase, int, Path, Path | None]) -> Repaired:
    case, seed, cache, folder = job
    path = _place(case, seed, cache)
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(repair(case, seed, folder)))
    found = pickle.loads(path.read_bytes())  # noqa: S301 - files of this benchmark's own making
    assert isinstance(found, Repaired)
    return found


def _settle() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
