"""One of several models that answer together, and the files in which finished ones are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from netwright.estimators.ready import Ready
from netwright.estimators.search import Trial
from netwright.files import write_atomically
from netwright.storage import load_tree, save_tree
from netwright.task import Task
from netwright.training.fit import Outcome
from netwright.training.history import Round
from netwright.training.objective import decode
from netwright.uncertainty.temperature import log_losses

SEARCH, MEMBERS = "search.json", "members"
"""What was tried, and the folder of networks that are finished while others are not."""

_TINY = 1e-12


@dataclass(frozen=True)
class Member:
    """One of several models.

    Attributes:
        kind: "network", "boosting" or "linear".
        fold: which part of the rows it left out.
        network: called with prepared rows; gives raw outputs.
        answers: its raw outputs for the rows it left out (n, ...).
    """

    kind: str
    fold: int
    network: nn.Module
    answers: Tensor


class MemberFiles:
    """The folder in which trials and finished networks wait for the next sitting, where there is one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def trials(self) -> list[Trial]:
        """Return the trials of earlier sittings."""
        if self._folder is None or not (self._folder / SEARCH).exists():
            return []
        known = json.loads((self._folder / SEARCH).read_text(encoding="utf-8"))
        return [Trial.from_json(one) for one in known]

    def write_trials(self, trials: Sequence[Trial]) -> None:
        """Keep what was tried."""
        if self._folder is not None:
            text = json.dumps([trial.to_json() for trial in trials], indent=1)
            write_atomically(self._folder / SEARCH, text.encode())

    def any_member(self) -> bool:
        """Return whether a network is finished, so that the search is over."""
        return self._folder is not None and any((self._folder / MEMBERS).glob("fold-*"))

    def member(self, fold: int) -> tuple[dict[str, Tensor], Outcome] | None:
        """Return weights and outcome of a network that is finished, or None."""
        if self._folder is None or not self._file(fold).exists():
            return None
        tree = load_tree(self._file(fold))
        told: dict[str, Any] = tree["outcome"]
        rounds = tuple(Round.from_json(one) for one in told.pop("rounds"))
        lists: dict[str, Any] = {
            name: tuple(told.pop(name)) for name in ("events", "afterwards") if name in told
        }
        return tree["weights"], Outcome(rounds, **told, **lists)

    def write_member(self, fold: int, member: Member, outcome: Outcome) -> None:
        """Keep a finished network."""
        if self._folder is None:
            return
        (self._folder / MEMBERS).mkdir(exist_ok=True)
        told = {**asdict(outcome), "rounds": [one.to_json() for one in outcome.rounds]}
        save_tree(self._file(fold), {"weights": member.network.state_dict(), "outcome": told})

    def _file(self, fold: int) -> Path:
        assert self._folder is not None
        return self._folder / MEMBERS / f"fold-{fold}.safetensors"


def row_losses(ready: Ready, answers: Tensor, target: Tensor) -> np.ndarray:
    """Return how wrong the answers to held-out rows are (n,): minus log p, or squared error.

    Margins, which are no probabilities, are counted as wrong or right.

    Args:
        ready: says how outputs are decoded.
        answers: raw outputs (n, ...).
        target: encoded (n, ...).
    """
    found = ready.loss.point(decode(ready.loss, answers.cpu(), ready.shape)).double()
    truth = target.cpu()
    if ready.target.task is Task.REGRESSION:
        errors = (found.reshape(len(truth), -1) - truth.reshape(len(truth), -1).double()) ** 2
        return np.asarray(errors.mean(dim=1).numpy())
    if ready.target.task is Task.MULTILABEL:
        chances = found.clamp(_TINY, 1 - _TINY)
        return np.asarray(
            functional.binary_cross_entropy(chances, truth.double(), reduction="none").mean(dim=1).numpy()
        )
    right = truth.reshape(-1).long()
    if not ready.loss.probabilities:
        return np.asarray((found.argmax(dim=1) != right).double().numpy())
    return log_losses(found.numpy(), right.numpy())
