"""`treat`: mends the training of a run, proves it, and puts the better model in its place."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace

from netwright import run as folder
from netwright.errors import RunError
from netwright.findings import Finding
from netwright.recipe.files import recipe_from, to_yaml
from netwright.recipe.recipe import Recipe
from netwright.treatment.case import Case, Trained
from netwright.treatment.history import Treatment
from netwright.treatment.treat import treat_case
from netwright.verbs.budget import Budget
from netwright.verbs.health import case_of, health_of, in_file, keep_health, named
from netwright.verbs.material import Material, fingerprint, gather
from netwright.verbs.request import Request
from netwright.verbs.runs import Run
from netwright.verbs.shelf import Shelf
from netwright.verbs.train import complete

REPLACED = (
    folder.MODEL,
    folder.RECIPE,
    folder.HISTORY,
    folder.METRICS,
    folder.FINDINGS,
    folder.HEALTH,
    folder.REPORT,
    folder.REQUEST,
)


def treat(
    run: str | os.PathLike[str] | Run,
    *,
    budget: float = 3.0,
    told: Callable[[str], object] = lambda sentence: None,
) -> Treatment:
    """Find out what is wrong with a run's training, and mend it.

    Remedies are edits of the recipe. Each is trained in full and judged on half of the validation part, which
    neither its training nor its choice has seen; it is kept only when it is better by more than noise and
    what was wrong is gone. The kept model takes the place of the old one, whose files stay in the folder
    `before_treatment`; the test part is used for the new report only. After Ctrl-C the run is as it was, and
    the same command goes on where it was.

    Args:
        run: a run, or its folder.
        budget: what the treatment may cost, in trainings like the one that is treated, never more.
        told: told of every sentence on the way.

    Raises:
        RunError: when the run is not finished, its data is gone, or the files have changed.
        RecipeError: when the budget is no number above 0.

    >>> import os, tempfile
    >>> from netwright.data.samples import sample
    >>> from netwright.verbs.train import train
    >>> place = os.path.join(tempfile.mkdtemp(), "iris")
    >>> run = train(sample("iris"), "species", out=place, epochs=20)
    >>> run.treat(budget=1).history
    ()
    """
    begun = time.perf_counter()
    opened = run if isinstance(run, Run) else Run.open(run)
    request, material = _read(opened)
    shelf = Shelf(opened.path / folder.TRAININGS)
    case = case_of(material, request, recipe_from(request.recipe), told, shelf)
    before, spent = _before(opened, case, material)
    treatment = treat_case(case, before, budget=budget, seed=case.recipe.seed, spent=spent)
    _write(opened, request, material, treatment, time.perf_counter() - begun)
    shelf.clear()
    return treatment


def _read(run: Run) -> tuple[Request, Material]:
    """Return what was asked for, and the material."""
    if run.request.get("verb") == "forecast":
        raise RunError(
            f"{run.path} is a forecast: held-out times choose among its networks, and they are not treated. "
            "Forecast again with other settings, such as: netwright forecast … --effort thorough"
        )
    if run.status not in ("finished", "trained", "broken"):
        raise RunError(
            f"{run.path} is not finished ({run.status}): only a whole training can be treated. "
            f"Go on with: netwright train --resume {run.path}"
        )
    request = Request.from_json(run.request)
    if not request.source and run.frame is None:
        raise RunError(
            f"{run.path} was trained on rows in memory, which are gone. Call run.treat() on the run that "
            "train returned, or train from a file."
        )
    if request.source and fingerprint(request) != request.fingerprint:
        raise RunError(
            f"The data of {run.path} changed since the training ({request.source}). Bring the old file back, "
            "or train again with --force."
        )
    return request, gather(request, recipe_from(request.recipe).seed, run.frame)


def _before(run: Run, case: Case, material: Material) -> tuple[Trained, int]:
    """Return the training as the run holds it, and the rows visited to get it: none where it was watched."""
    health = health_of(run)
    found: list[Finding] = [] if health is None else list(health.findings)
    found += [named(finding) for finding in material.findings]
    if not run.has(folder.MODEL):
        return Trained(None, 0, tuple(found), "its numbers were no longer finite"), 0
    if health is None:
        again = case.train(case.recipe)
        return again, again.visits
    epochs = run.history[-1]["epoch"] if run.history else 0.0
    return Trained(run.model, round(len(case.fitting) * epochs), tuple(found)), 0


def _write(run: Run, request: Request, material: Material, treatment: Treatment, seconds: float) -> None:
    """Put the kept model in its place, keep the old one aside, and write the report anew.

    A process that is killed on the way leaves a run that `train --resume` completes.
    """
    kept = treatment.kept is not None
    phases = _phases(run, treatment, seconds)
    if kept:
        _set_aside(run)
    if treatment.history or not run.has(folder.TREATMENT):  # the history of an earlier one is kept
        run.write_json(folder.TREATMENT, treatment.to_json())
    if treatment.rows:
        numbers = "".join(f"{row + 1}\n" for row in treatment.rows)
        run.write_text(folder.SUSPECT_ROWS, f"row\n{numbers}")
    if kept:
        request = replace(request, recipe=_plain(treatment.recipe))
        _replace_model(run, request, material, treatment)
    if treatment.model is not None and (treatment.history or treatment.rows):
        run.mark("trained")
        complete(run, request, material, Budget(None, phases=phases))


def _phases(run: Run, treatment: Treatment, seconds: float) -> dict[str, float]:
    """Return how long the treatment took, and the training of the model that stays."""
    phases = {"treatment": seconds}
    if treatment.kept is not None and treatment.model is not None and treatment.model.history_:
        training = treatment.model.history_[-1].seconds
        phases = {"treatment": max(0.0, seconds - training), "training": training}
    elif run.has(folder.METRICS):
        phases |= {name: took for name, took in run.metrics["phases"].items() if name == "training"}
    return phases


def _set_aside(run: Run) -> None:
    """Copy the files from before; of several treatments the oldest are kept."""
    aside = run.path / folder.BEFORE
    if aside.exists():
        return
    partial = run.path / f".{folder.BEFORE}.part"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        for name in REPLACED:
            if run.has(name):
                shutil.copy2(run.path / name, partial / name)
        partial.rename(aside)
    except OSError as error:
        raise RunError(
            f"Cannot keep the old files in {aside}: {error}. Make room, then treat again."
        ) from error


def _replace_model(run: Run, request: Request, material: Material, treatment: Treatment) -> None:
    model = treatment.model
    assert model is not None
    run.write_text(folder.RECIPE, to_yaml(model.recipe_, model.reasons_))
    run.write_json(folder.HISTORY, [finished.to_json() for finished in model.history_])
    health = getattr(model, "health_", None)
    keep_health(run, material, None if health is None else in_file(health, material))
    model.save(run.path / folder.MODEL)
    run.rewrite(request.to_json())


def _plain(recipe: Recipe) -> dict[str, object]:
    """Return the settings that are not what they are when left out."""
    usual, plain = Recipe().to_plain(), recipe.to_plain()
    return {name: value for name, value in plain.items() if value != usual[name]}
