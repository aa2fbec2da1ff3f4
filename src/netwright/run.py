"""The run folder: what was done in a training, written while it goes on, each file in one step.

run.json                what was asked for, and how far it came
recipe.yaml             the resolved recipe with reasons
history.json            one record a round
findings.json           what was found in the data and in the training
health.json             what was checked in the training, and what watching it cost
treatment.json          what was tried to mend it, and what that came to
search.json             the settings that were tried, where effort is thorough
metrics.json            evaluation on the test part, baselines, verdict, importance
model.nw                the model
checkpoint.safetensors  only while the training is not finished
members/                networks that are finished, only while others are not
report.html             the page
before_treatment/       the files from before a treatment
"""

from __future__ import annotations

import json
import os
import shutil
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from netwright.errors import RunError
from netwright.files import write_atomically

if TYPE_CHECKING:
    from netwright.estimators.base import NetworkEstimator

VERSION = 1

REQUEST, RECIPE, HISTORY = "run.json", "recipe.yaml", "history.json"
FINDINGS, METRICS, MODEL = "findings.json", "metrics.json", "model.nw"
CHECKPOINT, REPORT = "checkpoint.safetensors", "report.html"
HEALTH, TREATMENT, SUSPECT_ROWS = "health.json", "treatment.json", "suspect_rows.csv"

SEARCH = "search.json"

BEFORE, TRAININGS, MEMBERS = "before_treatment", "treatment", "members"
"""Folders in a run: the files from before a treatment; its whole trainings, or members, while it goes on."""

_ALL = (
    REQUEST,
    RECIPE,
    HISTORY,
    FINDINGS,
    HEALTH,
    TREATMENT,
    METRICS,
    MODEL,
    CHECKPOINT,
    REPORT,
    SUSPECT_ROWS,
    SEARCH,
)


class Run:
    """A run folder, opened.

    >>> import tempfile
    >>> run = Run.create(tempfile.mkdtemp() + "/x", {"target": "y"})
    >>> Run.open(run.path).request
    {'target': 'y'}
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, {self.status})"

    @classmethod
    def create(cls, path: str | os.PathLike[str], request: dict[str, Any], *, force: bool = False) -> Self:
        """Make a new run folder.

        Args:
            path: the folder to make.
            request: what was asked for, as plain data; enough to do it again.
            force: whether an earlier run in this folder may be replaced.

        Raises:
            RunError: when the folder is in use, or cannot be made.
        """
        cls.check_free(path, force=force)
        run = cls(path)
        try:
            run.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"Cannot make the run folder {path}: {error.strerror}. Choose another place with --out."
            ) from error
        for name in _ALL[1:]:  # the record stays until it is replaced: without it this is no run folder
            run.remove(name)
        for name in (BEFORE, TRAININGS, MEMBERS):
            shutil.rmtree(run.path / name, ignore_errors=True)
        run.write_json(REQUEST, {"version": VERSION, "status": "started", "request": request})
        return run

    @classmethod
    def check_free(cls, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Raise RunError when a new run must not be made in this folder."""
        run = cls(path)
        if not run.path.exists() or (run.path.is_dir() and not any(run.path.iterdir())):
            return
        if not run.path.is_dir():
            raise RunError(f"{path} is a file. Choose another place for the run with --out.")
        if not run.has(REQUEST):
            raise RunError(
                f"{path} exists and is not a run folder; it is left alone. Choose another place with --out."
            )
        if not force:
            raise RunError(
                f"The run folder {path} exists. Replace it with --force, go on with it with --resume {path}, "
                "or choose another place with --out."
            )

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open an existing run folder.

        Raises:
            RunError: when it is not one, or was written by a newer version.
        """
        run = cls(path)
        if not run.path.exists():
            raise RunError(f"There is no run folder {path}. Expected one that `netwright train` made.")
        if not (run.path / REQUEST).exists():
            raise RunError(f"{path} is not a run folder: it has no {REQUEST}. Give one that train made.")
        if run._record.get("version", 0) > VERSION:
            raise RunError(f"{path} was made by a newer version of netwright. Upgrade to read it.")
        return run

    @property
    def request(self) -> dict[str, Any]:
        """What was asked for."""
        return dict(self._record["request"])

    @property
    def status(self) -> str:
        """How far it came: started, broken (no longer finite), trained, finished or interrupted."""
        return str(self._record["status"])

    def mark(self, status: str) -> None:
        """Record how far the run came."""
        self.write_json(REQUEST, {**self._record, "status": status})

    def rewrite(self, request: dict[str, Any]) -> None:
        """Record that something else is asked for now; the model is read anew."""
        self.write_json(REQUEST, {**self._record, "request": request})
        self.__dict__.pop("model", None)

    @cached_property
    def model(self) -> NetworkEstimator:
        """The model: the finished one, or the best so far of an interrupted training.

        Raises:
            RunError: when no model was written yet.
        """
        from netwright.estimators.saving import load

        if not (self.path / MODEL).exists():
            raise RunError(
                f"{self.path} holds no model yet: the training was ended before its first round. "
                f"Go on with: netwright train --resume {self.path}"
            )
        model: NetworkEstimator = load(self.path / MODEL)
        return model

    @property
    def metrics(self) -> dict[str, Any]:
        """Evaluation on the test part, baselines and verdict, as plain data."""
        return dict(self._written(METRICS))

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record a round."""
        return list(self._written(HISTORY))

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was found in the data and in the training."""
        return list(self._written(FINDINGS))

    @property
    def health(self) -> dict[str, Any]:
        """What was checked in the training, what was found, and what watching it cost."""
        return dict(self._written(HEALTH))

    @property
    def treatment(self) -> dict[str, Any]:
        """What was tried to mend the training, and what that came to."""
        return dict(self._written(TREATMENT))

    @property
    def report(self) -> Path:
        """Where the report is."""
        return self.path / REPORT

    def write_json(self, name: str, data: Any) -> None:
        """Write one of the folder's JSON files in one step."""
        write_atomically(self.path / name, json.dumps(data, indent=1, default=str) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write one of the folder's text files in one step."""
        write_atomically(self.path / name, text)

    def has(self, name: str) -> bool:
        """Return whether one of the folder's files is there."""
        return (self.path / name).exists()

    def remove(self, name: str) -> None:
        """Remove one of the folder's files if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def clear_unfinished(self) -> None:
        """Remove what is for going on only, and what a process that was killed while writing left behind."""
        shutil.rmtree(self.path / MEMBERS, ignore_errors=True)
        for path in self.path.glob(".*.part"):
            path.unlink(missing_ok=True)

    @property
    def _record(self) -> dict[str, Any]:
        return dict(self._written(REQUEST))

    def _written(self, name: str) -> Any:
        path = self.path / name
        if not path.exists():
            raise RunError(f"{self.path} has no {name} yet: the run is {self.status}.")
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path} is damaged ({error}). Train again with --force.") from error
