"""Whole trainings of a treatment, kept in the run folder: after Ctrl-C none is done twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from netwright.errors import UserError
from netwright.estimators.health import Health
from netwright.estimators.saving import load
from netwright.files import write_atomically
from netwright.findings import Finding
from netwright.treatment.case import Trained


class Shelf(MutableMapping[str, Trained]):
    """Trainings by the key of their recipe, each a model file and what was found.

    Args:
        path: a folder of its own, made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Trained] = {}

    def __getitem__(self, key: str) -> Trained:
        if key not in self._known:
            self._known[key] = self._read(key)
        return self._known[key]

    def __setitem__(self, key: str, trained: Trained) -> None:
        self._known[key] = trained
        self._path.mkdir(exist_ok=True)
        if trained.model is not None:
            trained.model.save(self._path / f"{key}.nw")
        health = getattr(trained.model, "health_", None)
        notes = {
            "health": None if health is None else health.to_json(),
            "visits": trained.visits,
            "findings": [finding.to_json() for finding in trained.findings],
            "error": trained.error,
        }
        # Written last: without it there is nothing.
        write_atomically(self._path / f"{key}.json", json.dumps(notes, default=str))

    def __delitem__(self, key: str) -> None:
        self._known.pop(key, None)
        for ending in ("json", "nw"):
            (self._path / f"{key}.{ending}").unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        written = [path.stem for path in self._path.glob("*.json")]
        return iter(dict.fromkeys([*self._known, *written]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def clear(self) -> None:
        """Forget all trainings, and remove the folder."""
        self._known = {}
        shutil.rmtree(self._path, ignore_errors=True)

    def _read(self, key: str) -> Trained:
        try:
            notes = json.loads((self._path / f"{key}.json").read_text(encoding="utf-8"))
            findings = tuple(Finding.from_json(finding) for finding in notes["findings"])
            model = None if notes["error"] else load(self._path / f"{key}.nw")
            if model is not None and notes["health"] is not None:
                model.health_ = Health.from_json(notes["health"])
            return Trained(model, notes["visits"], findings, notes["error"])
        except (OSError, ValueError, KeyError, TypeError, UserError) as error:
            raise KeyError(key) from error  # a damaged one is trained again
