"""`explain`: why a model answers the rows of a file as it does, with a page and a check."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from netwright.data.items import Form
from netwright.data.read import read_table
from netwright.data.schema import Kind
from netwright.errors import DataError, RunError, UserError
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.ensemble import Ensemble
from netwright.estimators.forecaster import Forecaster
from netwright.estimators.preparing import form_of
from netwright.explain.check import Check, check
from netwright.explain.columns import importance
from netwright.explain.counterfactuals import Counterfactual, counterfactuals
from netwright.explain.deal import FEWEST_REFERENCES
from netwright.explain.effects import Effects, effects
from netwright.explain.explanation import Explanation
from netwright.explain.lime import PoorLineError, lime
from netwright.explain.page import write_page
from netwright.explain.shap import shap
from netwright.explain.shuffling import PermutationImportance
from netwright.report.importance_page import write_importance_page
from netwright.run import Run
from netwright.task import Task
from netwright.verbs.model import open_any, read_for

METHODS = ("auto", "shap", "lime", "gradients", "importance")

PAGE = "explanation.html"
MOST_ROWS = 20
"""Rows of a file that are explained, its first ones, unless some are named."""

BACKGROUND = 2_000
EFFECTS = 4


@dataclass(frozen=True)
class Asked:
    """How rows are explained, see `explain`."""

    method: str
    answer: str | None
    groups: str | None
    by: str | None
    parts: int | None
    seed: int

    @property
    def settings(self) -> dict[str, Any]:
        """What shap and lime are told."""
        names = ("answer", "groups", "by", "parts", "seed")
        return {name: getattr(self, name) for name in names}

    def check(self) -> None:
        """Raise UserError for a setting that does not exist."""
        if self.method not in METHODS:
            raise UserError(f"--method: expected one of {', '.join(METHODS)}, got {self.method!r}.")
        if self.groups not in (None, "correlated"):
            raise UserError(f"--groups: expected correlated, got {self.groups!r}.")
        if self.by not in (None, "column", "word"):
            raise UserError(f"--by: expected column or word, got {self.by!r}.")
        if self.parts is not None and self.parts < 1:
            raise UserError(f"--parts: expected 1 or more, got {self.parts}.")


@dataclass(frozen=True)
class Explained:
    """What `explain` found.

    Attributes:
        explanation: row by row; None for importance.
        importance: of the columns; None for the other methods.
        checked: whether the explanations are any good.
        effects: of the columns with the largest scores, for tables.
        changes: counterfactuals by number of the row, for tables.
        page: where the page was written, or None.
        notes: what was noticed on the way.
    """

    explanation: Explanation | None
    importance: PermutationImportance | None
    checked: Check | None
    effects: tuple[Effects, ...]
    changes: dict[int, tuple[Counterfactual, ...]]
    page: Path | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        changes = {str(row + 1): [str(one) for one in found] for row, found in self.changes.items()}
        return {
            "explanation": None if self.explanation is None else self.explanation.to_json(),
            "importance": None if self.importance is None else self.importance.to_json(),
            "check": None if self.checked is None else self.checked.to_json(),
            "effects": [one.to_json() for one in self.effects],
            "counterfactuals": changes,
            "page": None if self.page is None else str(self.page),
            "notes": list(self.notes),
        }


def explain(
    model: str | os.PathLike[str] | NetworkEstimator | Ensemble | Forecaster,
    source: str | os.PathLike[str],
    *,
    row: int | None = None,
    method: str = "auto",
    answer: str | None = None,
    out: str | os.PathLike[str] | None = None,
    groups: str | None = None,
    by: str | None = None,
    parts: int | None = None,
    seed: int = 0,
    announce: Callable[[str], None] = lambda sentence: None,
) -> Explained:
    """Explain the answers for rows of a file.

    Args:
        model: a run folder, a model file, or a model.
        source: the file with the rows, in any form that `train` reads.
        row: one row only, counted from 1 below the header, or one series; the first twenty when left out.
        method: "shap", "lime", "gradients" (expected gradients) or "importance" (needs the target in the
            file); "auto" is shap.
        answer: the class, label or target to explain.
        out: where to write the page; into the run folder when left out.
        groups: "correlated" to put columns together that go together.
        by: "word" for the words of a table with texts.
        parts: regions of a picture, or stretches of a sequence, a sound or a series.
        seed: of all random numbers.
        announce: told what is done, in a sentence.

    Raises:
        UserError: for a row that is not there, or rows that cannot be explained that way.
        RunError, ArtifactError: when there is no model to be had, or no place for the page.
    """
    asked = Asked(method, answer, groups, by, parts, seed)
    asked.check()
    if method == "importance" and row is not None:
        raise UserError("--row: importance is measured on all rows of the file. Leave it out.")
    page = _place(model, out)
    background = _background(model)
    if isinstance(model, (str, os.PathLike)):
        model = open_any(model)
    if isinstance(model, Forecaster):
        return _forecast(model, source, row, asked, page, announce)
    first = model.models_[0] if isinstance(model, Ensemble) else model
    table = read_for(first, source, labelled=method == "importance")
    if method == "importance":
        return _importance(model, table.frame, source, page, seed, table.decisions)
    numbers = _numbers(table.frame.height, row, source)
    rows = table.frame[numbers]
    known = background
    if known is None and _tabular(first) and table.frame.height >= FEWEST_REFERENCES:
        known = table.frame
    explanation = _explanation(model, rows, known, asked, numbers).renumbered(numbers)
    checked = _checked(explanation, seed, announce)
    shown, changes = _further(model, explanation, rows, known, answer, seed)
    if page is not None:
        write_page(page, explanation, checked, shown, changes)
    return Explained(explanation, None, checked, shown, changes, page, table.decisions)


def _forecast(
    model: Forecaster,
    source: str | os.PathLike[str],
    row: int | None,
    asked: Asked,
    page: Path | None,
    announce: Callable[[str], None],
) -> Explained:
    """Explain the forecast behind the end of each series of a file; a row is a series."""
    table = read_table(source)
    if asked.method == "importance":
        found = importance(model, table.frame, seed=asked.seed)
        targets = model.preparation_.columns.target
        return _measured(found, page, Task.REGRESSION, targets, source, table.decisions)
    explanation = _explanation(model, table.frame, None, asked)
    numbers = _numbers(len(explanation), row, source, "series")
    kept = tuple(explanation.rows[number] for number in numbers)
    deals = tuple(explanation.deals[number] for number in numbers)
    explanation = replace(explanation, rows=kept, deals=deals)
    checked = _checked(explanation, asked.seed, announce)
    if page is not None:
        write_page(page, explanation, checked)
    return Explained(explanation, None, checked, (), {}, page, table.decisions)


def _checked(explanation: Explanation, seed: int, announce: Callable[[str], None]) -> Check | None:
    """Return whether an explanation is any good; None for one player, or answers that equal their bases."""
    if all(row.scores.size < 2 or not row.scores.any() for row in explanation.rows):
        return None
    announce("checking the explanation against random orders and random weights")
    return check(explanation, seed=seed)


def _explanation(
    model: NetworkEstimator | Ensemble | Forecaster,
    rows: pl.DataFrame,
    known: pl.DataFrame | None,
    asked: Asked,
    numbers: Sequence[int] | None = None,
) -> Explanation:
    """Explain rows; `numbers` are those that they have in their file, where they are some of it only."""
    settings = asked.settings
    if asked.method == "lime":
        try:
            return lime(model, rows, known, **settings)
        except PoorLineError as error:
            row = error.row if numbers is None else numbers[error.row]
            raise UserError(
                f"Row {row + 1:,}: {error.found} Use --method shap, put columns "
                "together with --groups correlated, or explain another row with --row."
            ) from None
    return shap(model, rows, known, method="gradients" if asked.method == "gradients" else "auto", **settings)


def _further(
    model: NetworkEstimator | Ensemble,
    explanation: Explanation,
    rows: pl.DataFrame,
    known: pl.DataFrame | None,
    answer: str | None,
    seed: int,
) -> tuple[tuple[Effects, ...], dict[int, tuple[Counterfactual, ...]]]:
    """Return effects of the columns that matter most, and what would change the first row's answer."""
    first = model.models_[0] if isinstance(model, Ensemble) else model
    if known is None or form_of(first.preparation_) is not Form.TABLE:
        return (), {}
    shown: list[Effects] = []
    kinds = {column.name: column.kind for column in first.schema_.used}
    for name, _ in explanation.ranking():
        if len(shown) == EFFECTS:
            break
        if kinds.get(name) in (Kind.NUMBER, Kind.CATEGORY, Kind.YES_NO) and known[name].n_unique() > 1:
            shown.append(effects(model, known, name, answer=answer, seed=seed))
    changes = {}
    if model.target_.task in (Task.BINARY, Task.MULTICLASS):
        found = counterfactuals(model, rows[:1], known, seed=seed)
        changes = {explanation.rows[0].row: found} if found else {}
    return tuple(shown), changes


def _importance(
    model: NetworkEstimator | Ensemble,
    frame: pl.DataFrame,
    source: str | os.PathLike[str],
    page: Path | None,
    seed: int,
    notes: tuple[str, ...],
) -> Explained:
    names = model.target_.names
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise DataError(
            f"{source} has no column {missing[0]!r}: importance is measured on rows with their answers."
        )
    if len(names) > 1:
        raise UserError("--method importance: for one target column. Use shap, or nw.explain.importance.")
    found = importance(model, frame, names[0], seed=seed)
    return _measured(found, page, model.target_.task, names, source, notes)


def _measured(
    found: PermutationImportance,
    page: Path | None,
    task: Task,
    targets: Sequence[str],
    source: str | os.PathLike[str],
    notes: tuple[str, ...],
) -> Explained:
    """Return what was measured, with its page written."""
    if page is not None:
        write_importance_page(page, found, task, " and ".join(targets), Path(source).name)
    return Explained(None, found, None, (), {}, page, notes)


def _numbers(height: int, row: int | None, source: str | os.PathLike[str], noun: str = "rows") -> list[int]:
    if row is None:
        if not height:
            raise DataError(f"{source} has no rows to explain.")
        return list(range(min(height, MOST_ROWS)))
    if not 1 <= row <= height:
        one = noun.removesuffix("s") if noun == "rows" else noun
        raise UserError(f"{source} has {height:,} {noun}, numbered from 1; there is no {one} {row}.")
    return [row - 1]


def _tabular(model: NetworkEstimator) -> bool:
    return form_of(model.preparation_) in (Form.TABLE, Form.MIXED)


def _place(model: object, out: str | os.PathLike[str] | None) -> Path | None:
    if out is not None:
        place = Path(out)
        if place.suffix.lower() != ".html":
            raise UserError(f"--out {out}: the page is HTML. Name a file such as why.html.")
        if not place.parent.is_dir():
            raise RunError(f"There is no folder {place.parent} for the page. Make it, or choose another.")
        return place
    if isinstance(model, (str, os.PathLike)) and Path(model).is_dir():
        return Path(model) / PAGE
    return None


def _background(model: object) -> pl.DataFrame | None:
    """Return rows that a run was trained on, where their file is still there; for tables only."""
    if not isinstance(model, (str, os.PathLike)) or not Path(model).is_dir():
        return None
    run = Run.open(Path(model))
    source = run.request.get("source")
    if not source or not Path(source).is_file():
        return None
    trained = open_any(model)
    if not isinstance(trained, NetworkEstimator) or not _tabular(trained):
        return None
    frame = read_for(trained, source).frame
    return frame if frame.height <= BACKGROUND else frame.sample(BACKGROUND, seed=0)
