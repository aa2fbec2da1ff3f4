"""`show`: what a run holds, and how to go on with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import yaml

from netwright import run as folder
from netwright.compare.verdict import Verdict
from netwright.errors import RunError
from netwright.estimators.health import Health
from netwright.findings import Finding
from netwright.run import Run
from netwright.verbs.health import health_of

FILES = (
    folder.MODEL,
    folder.REPORT,
    folder.METRICS,
    folder.RECIPE,
    folder.HISTORY,
    folder.FINDINGS,
    folder.HEALTH,
    folder.TREATMENT,
)


@dataclass(frozen=True)
class Overview:
    """What a run holds.

    Attributes:
        path: of the run folder.
        status: started, interrupted, trained or finished.
        source: the file with the rows; "" for rows in memory.
        target: the column that is predicted.
        rounds: rounds of training so far.
        metrics: values on the test rows by name; empty until they are measured.
        verdict: the comparison with the classical models; None until it is made.
        phases: seconds of the phases that were timed.
        findings: what was found in the data and in the training.
        health: how the training went; None when it was not watched.
        recipe: the settings, plain.
        reasons: why those were chosen that were left open.
        files: where the files of the run are, by name.
        next: commands that make sense now.
        said: the verdict in a sentence; "" until there is one.
    """

    path: str
    status: str
    source: str
    target: str
    rounds: int
    metrics: Mapping[str, float | None]
    verdict: Verdict | None
    phases: Mapping[str, float]
    findings: tuple[Finding, ...]
    health: Health | None
    recipe: Mapping[str, Any]
    reasons: Mapping[str, str]
    files: Mapping[str, str]
    next: tuple[str, ...]
    said: str = ""

    @property
    def headline(self) -> str:
        """The verdict in a sentence, or how far the run came."""
        if self.said:
            return self.said
        return f"Not finished: the run is {self.status}, after {self.rounds:,} rounds of training."

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"headline": self.headline, **asdict(self)}


def show(path: str | os.PathLike[str]) -> Overview:
    """Look into a run folder.

    Raises:
        RunError: when it is not a run folder, is damaged, or was written by a newer version.
    """
    run = Run.open(path)
    measured = run.metrics if run.has(folder.METRICS) else {}
    recipe = _read(run, folder.RECIPE)
    return Overview(
        path=str(path),
        status=run.status,
        source=run.request.get("source", ""),
        target=run.request.get("target", ""),
        rounds=len(run.history) if run.has(folder.HISTORY) else 0,
        metrics=measured.get("metrics", {}),
        verdict=Verdict.from_json(measured["verdict"]) if "verdict" in measured else None,
        phases=measured.get("phases", {}),
        findings=tuple(Finding.from_json(found) for found in run.findings)
        if run.has(folder.FINDINGS)
        else (),
        health=health_of(run),
        recipe=yaml.safe_load(recipe) or {},
        reasons=reasons_in(recipe),
        files={name: str(run.path / name) for name in FILES if run.has(name)},
        next=_next(run),
        said=measured.get("headline", ""),
    )


def reasons_in(recipe: str) -> dict[str, str]:
    """Return the reasons that stand as comments above the settings of a recipe, by setting.

    >>> reasons_in("# 900 rows\\nepochs: 50\\nseed: 0\\n")
    {'epochs': '900 rows'}
    """
    reasons, comment = {}, ""
    for line in recipe.splitlines():
        if comment and not line.startswith((" ", "#")):
            reasons[line.partition(":")[0]] = comment
        comment = line.removeprefix("# ") if line.startswith("# ") else ""
    return reasons


def _read(run: Run, name: str) -> str:
    if not run.has(name):
        return ""
    try:
        return (run.path / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{run.path / name} is damaged ({error}). Train again with --force.") from error


def _next(run: Run) -> tuple[str, ...]:
    place = quote(str(run.path))
    if run.request.get("verb") == "forecast":
        if run.status != "finished":
            return (f"netwright forecast --resume {place}",)
        return (f"netwright predict {place} newer_values.csv --out forecast.csv",)
    new, labelled = _like(run.request.get("source") or "")
    use = (f"netwright predict {place} {new} --out answers.csv", f"netwright evaluate {place} {labelled}")
    if run.status == "broken":
        return (f"netwright treat {place}",)
    go_on = () if run.status == "finished" else (f"netwright train --resume {place}",)
    mend = (f"netwright treat {place}",) if run.status == "finished" and _needs_treatment(run) else ()
    return (*go_on, *mend, *(use if run.has(folder.MODEL) else ()))


def _like(source: str) -> tuple[str, str]:
    """Return what new rows, and rows with their answers, may be called where the training had this source.

    >>> _like("data.csv"), _like("digits.zip")
    (('new_rows.csv', 'labelled_rows.csv'), ('new_files.zip', 'labelled_files.zip'))
    """
    ending = Path(source).suffix.lower()
    if Path(source).is_dir() or ending == ".zip":
        ending = "/" if ending != ".zip" else ending
        return f"new_files{ending}", f"labelled_files{ending}"
    ending = ending if ending == ".ts" else ".csv"
    return f"new_rows{ending}", f"labelled_rows{ending}"


def _needs_treatment(run: Run) -> bool:
    """Return whether something was wrong with the training itself, and no treatment was tried yet."""
    health = health_of(run)
    return health is not None and bool(health.alarms) and not run.has(folder.TREATMENT)
