"""`train`: data in; out comes a run folder with the model and the evidence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any, Literal

import netwright.verbs.evidence as evidence
from netwright import run as folder
from netwright.errors import RunError, TrainingError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.classifier import Classifier
from netwright.estimators.regressor import Regressor
from netwright.estimators.saving import load
from netwright.estimators.session import Session
from netwright.recipe.files import recipe_from, to_yaml
from netwright.recipe.recipe import Recipe
from netwright.report.page import write_report
from netwright.training.history import Round
from netwright.training.state import TrainingState, load_state, save_state
from netwright.verbs.budget import Budget
from netwright.verbs.contents import report_contents
from netwright.verbs.fold_rows import fold_rows
from netwright.verbs.health import health_of, in_file, keep_health, weighed
from netwright.verbs.material import Material, check_recipe, fingerprint, gather
from netwright.verbs.request import Request, requested
from netwright.verbs.runs import Run

CHECKPOINT_SECONDS = 5.0
"""Checkpoints are written this far apart: a killed training loses no more than this and one round."""

Announce = Callable[[Material], object]
"""Told what is known before the training: how the data was read, its columns, what looks wrong."""


def train(
    source: Any,
    target: str | None = None,
    *,
    test: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    ignore: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    group: str | None = None,
    order_by: str | None = None,
    sequence: str | None = None,
    steps_by: str | None = None,
    task: str | None = None,
    recipe: Mapping[str, Any] | Recipe | None = None,
    progress: bool | Literal["auto"] = "auto",
    announce: Announce = lambda material: None,
    warn: Callable[[str], None] | None = None,
    startup: float | None = None,
    **settings: Any,
) -> Run:
    """Train a network on a table or on pictures, compare it with classical models, and write a run folder.

    Args:
        source: a file (CSV, Parquet, Arrow, JSON lines, Excel, packed or not), a folder or zip archive of
            pictures with a folder for each class, or rows in memory.
        target: the column to predict; of a folder of pictures the class, when left out.
        test: a file with rows that are kept for the test; without it some of the rows are.
        out: the run folder; runs/<name of the file> when left out.
        force: whether an earlier run in that folder may be replaced.
        ignore: columns to leave out.
        columns: kinds of columns where the automatic choice is wrong: {"zip": "category"}.
        group: a column whose groups are kept on one side of the split, such as the patient.
        order_by: a column of dates or numbers; the latest rows become the test part.
        sequence: of a table with a row for each step, the column that says which sequence it belongs to.
        steps_by: the column that orders the steps of a sequence; without it as they stand.
        task: binary, multiclass or regression, where the target does not decide it.
        recipe: a recipe, or its settings.
        progress: True, False, or "auto" to show it on a terminal only.
        announce: told before the training what was decided and found.
        warn: told of the worst finding in the training, as soon as it appears.
        startup: seconds that were spent before, for the timing table.
        settings: settings of the recipe, such as time="60s", epochs=20, seed=1.

    Returns:
        the run: `run.model`, `run.metrics`, `run.report`.

    Raises:
        DataError, RecipeError, RunError: when something that was given cannot be used.

    >>> import os, tempfile
    >>> from netwright.data.samples import sample
    >>> place = tempfile.mkdtemp()
    >>> run = train(sample("iris"), "species", out=os.path.join(place, "iris"), epochs=5)
    >>> run.status
    'finished'
    """
    budget = Budget(None)
    request, frame = requested(
        source,
        target,
        recipe,
        settings,
        test=test,
        ignore=ignore,
        columns=columns,
        group=group,
        order_by=order_by,
        task=task,
        sequence=sequence,
        time=steps_by,
    )
    checked = recipe_from(request.recipe)
    budget.seconds = checked.time
    out = Path(out) if out is not None else Path("runs") / request.name
    Run.check_free(out, force=force)
    with budget.phase("reading"):
        material = gather(request, checked.seed, frame)
    check_recipe(checked, material)
    marked = replace(request, target=material.target.name, fingerprint=fingerprint(request))
    run = Run.create(out, marked.to_json(), force=force)
    run.frame = frame
    return _Training(run, marked, material, budget, progress, announce, startup, warn).finish()


def resume(
    path: str | os.PathLike[str],
    *,
    progress: bool | Literal["auto"] = "auto",
    announce: Announce = lambda material: None,
    warn: Callable[[str], None] | None = None,
    startup: float | None = None,
) -> Run:
    """Go on with a run that was interrupted or killed, to the weights it would have reached.

    Args:
        path: the run folder.
        progress: True, False, or "auto" to show it on a terminal only.
        announce: told before the training what was decided and found.
        warn: told of the worst finding in the training, as soon as it appears.
        startup: seconds that were spent before, for the timing table.

    Raises:
        RunError: when the run is finished, its data lay in memory only, or the files have changed.
    """
    run = Run.open(path)
    request = Request.from_json(run.request)
    if run.status == "finished":
        raise RunError(f"{path} is finished: there is nothing to resume. See it with: netwright show {path}")
    if not request.source:
        raise RunError(f"{path} was trained on rows in memory, which are gone. Train again with --force.")
    if fingerprint(request) != request.fingerprint:
        raise RunError(
            f"The data of {path} changed since the training began ({request.source}). Resuming would mix two "
            "data sets. Bring the old file back, or train again with --force."
        )
    recipe = recipe_from(request.recipe)
    budget = Budget(recipe.time)
    with budget.phase("reading"):
        material = gather(request, recipe.seed)
    return _Training(run, request, material, budget, progress, announce, startup, warn).finish()


def complete(run: Run, request: Request, material: Material, budget: Budget) -> Run:
    """Measure and report a run whose model is trained."""
    return _Training(run, request, material, budget, False, lambda material: None, None).finish()


class _Training:
    """One training command, phase by phase."""

    def __init__(
        self,
        run: Run,
        request: Request,
        material: Material,
        budget: Budget,
        progress: bool | Literal["auto"],
        announce: Announce,
        startup: float | None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.run, self.request, self.material, self.budget = run, request, material, budget
        self.progress, self.announce, self.startup, self.warn = progress, announce, startup, warn
        self.recipe = recipe_from(request.recipe)

    def finish(self) -> Run:
        """Run all phases that are still to be done."""
        run, material = self.run, self.material
        if run.status != "trained":
            keep_health(run, material, None)
        self.announce(material)
        with self.budget.phase("baselines"):
            baselines = evidence.baselines(material, self.recipe.seed, self.budget)
        with self.budget.phase("training"):
            model = self._model()
        with self.budget.phase("clinic"):
            self._examine(model)
        with self.budget.phase("evaluation"):
            gathered = evidence.gather(material, model, baselines, self.recipe.seed, self.budget)
        run.write_json(folder.METRICS, gathered.to_json(self.budget.phases))
        with self.budget.phase("report"):
            contents = report_contents(
                run, self.request, material, model, gathered, self.budget, self.startup
            )
            write_report(contents, run.report)
        run.remove(folder.CHECKPOINT)
        run.clear_unfinished()
        run.mark("finished")
        return run

    def _model(self) -> NetworkEstimator:
        """Return the trained model; one that an earlier sitting finished is read, not trained again."""
        run, material = self.run, self.material
        if run.status == "trained":
            kept: NetworkEstimator = load(run.path / folder.MODEL)
            return kept
        seconds = self.budget.for_training()
        recipe = self.recipe if seconds is None else self.recipe.edited(time=seconds)
        estimator = Classifier if material.target.task.is_classification else Regressor
        model = estimator(
            **{name: getattr(recipe, name) for name in Recipe.model_fields}, progress=self.progress
        )
        rows = fold_rows(material, self.recipe, self.request)
        checkpoints = _Checkpoints(run)
        checkpoint = run.path / folder.CHECKPOINT
        session = Session(
            observers=[checkpoints],
            resume=load_state(checkpoint) if checkpoint.exists() else None,
            schema=material.schema,
            target=material.target,
            settled=lambda settled: run.write_text(folder.RECIPE, to_yaml(settled.recipe, settled.reasons)),
            announce=self.warn,
            several=True,
            groups=rows.groups,
            folder=run.path,
        )
        validation = None if rows.held is None else (material.rows(rows.held), material.truth(rows.held))
        try:
            model._fit(material.rows(rows.train), material.truth(rows.train), None, validation, session)
        except KeyboardInterrupt:
            self._keep_interrupted(model, checkpoints)
            raise
        except TrainingError as error:
            health = model.health_
            keep_health(run, material, None if health is None else in_file(health, material))
            run.mark("broken")
            raise TrainingError(
                f"{error}\nOr let it be mended: netwright treat {quote(str(run.path))}"
            ) from error
        run.write_json(folder.HISTORY, [finished.to_json() for finished in model.history_])
        model.save(run.path / folder.MODEL)
        run.mark("trained")
        return model

    def _examine(self, model: NetworkEstimator) -> None:
        """Keep what was found in the training; where something is wrong, weigh its cause by experiment."""
        fresh = getattr(model, "health_", None)
        if fresh is None:
            health = health_of(self.run)
        else:
            health = weighed(fresh, self.material, self.request, self.recipe, model, self.budget)
            health = in_file(health, self.material)
        keep_health(self.run, self.material, health)

    def _keep_interrupted(self, model: NetworkEstimator, checkpoints: _Checkpoints) -> None:
        """Leave a usable model and the last state from which to go on."""
        if hasattr(model, "members_"):
            self.run.write_json(folder.HISTORY, [finished.to_json() for finished in model.history_])
            model.save(self.run.path / folder.MODEL)
        elif hasattr(model, "network_") and checkpoints.last is not None:
            checkpoints.write()
            model.save(self.run.path / folder.MODEL)
        self.run.mark("interrupted")


class _Checkpoints:
    """Writes the training's state now and then; when does not change what is learnt."""

    def __init__(self, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._run, self._clock = run, clock
        self._written = float("-inf")
        self.last: TrainingState | None = None

    def __call__(self, finished: Round, state: TrainingState) -> None:
        self.last = state
        if self._clock() - self._written >= CHECKPOINT_SECONDS:
            self.write()

    def write(self) -> None:
        """Write the last state and the history so far."""
        assert self.last is not None
        save_state(self._run.path / folder.CHECKPOINT, self.last)
        self._run.write_json(folder.HISTORY, [finished.to_json() for finished in self.last.rounds])
        self._written = self._clock()
