"""Combining changes: a second one is added where something is missing, and only there."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import pytest
from tests.treatment.cases import case, recipe

from netwright.clinic.causes import Cause
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.treatment import combination
from netwright.treatment.branches import Branch, Experiment
from netwright.treatment.combination import enriched, worth_adding
from netwright.treatment.proposal import Proposal
from netwright.treatment.remedy import Remedy

SICK = recipe(
    optimizer={"kind": "adamw", "learning_rate": 1e-6},
    network={"kind": "mlp", "hidden": [32], "dropout": 0.0, "initialization": "uniform"},
)
FOUND = [Finding("rate-low", "alarm", "It hardly moves.", cause=Cause.RATE_TOO_LOW.value)]
FASTER = Remedy(
    "the usual learning rate", Cause.RATE_TOO_LOW, {"optimizer": SICK.optimizer.edited(learning_rate=4e-3)}
)
OWN = "netwright's own settings, the same network"
WEIGHTS = "initial weights that fit the activation"

Told = Callable[[dict[str, float], float], None]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Tell the losses of branches by the names of remedies instead of training them."""

    def tell(losses: dict[str, float], control: float) -> None:
        def experiment(
            of: Any, base: Recipe, remedies: Sequence[Remedy], visits: int, allowed: int, seed: int,
            known: MutableMapping[str, float],
        ) -> Experiment:  # fmt: skip
            tried = [Branch(one, (losses[one.name],)) for one in remedies if one.name in losses]
            return Experiment(30, (control,), tuple(tried), 10 * len(tried))

        monkeypatch.setattr(combination, "experiment", experiment)

    return tell


def proposal(lead_loss: float, control: float = 1.0) -> Proposal:
    return Proposal((FASTER,), Experiment(30, (control,), (Branch(FASTER, (lead_loss,)),), 20))


def combined_by(lead_loss: float) -> tuple[Proposal, list[Experiment]]:
    return enriched(case(SICK), SICK, FOUND, proposal(lead_loss), 2592, 2592, {})


def test_a_small_change_that_gains_as_much_is_added_before_own_settings(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(combination, "MOST", 1)
    told({OWN: 0.2, WEIGHTS: 0.25}, 0.5)
    proposed, done = combined_by(0.5)
    first = proposed.remedies[0]
    assert first.name.startswith(f"the usual learning rate, and {WEIGHTS}")
    assert Cause.RATE_TOO_LOW in first.causes
    assert Cause.WEIGHTS_TOO_SMALL in first.causes
    changed = first.applied(SICK)
    assert changed.optimizer.learning_rate == 4e-3
    assert changed.network.initialization == "auto"
    assert proposed.remedies[-1] is FASTER
    assert all(one.upon for one in done)


def test_own_settings_are_added_where_no_small_change_comes_close(told: Told) -> None:
    told({OWN: 0.1, WEIGHTS: 0.48}, 0.5)
    proposed, _ = combined_by(0.5)
    assert proposed.remedies[0].name == f"the usual learning rate, and {OWN}"
    assert proposed.remedies[0].applied(SICK).network.initialization == "uniform"
    assert proposed.remedies[0].applied(SICK).optimizer == "auto"


def test_nothing_is_added_where_own_settings_do_no_better(told: Told) -> None:
    told({OWN: 0.48, WEIGHTS: 0.1}, 0.5)
    proposed, done = combined_by(0.5)
    assert proposed.remedies == (FASTER,)
    assert sum(one.visits for one in done) == 10


def test_what_no_branch_speaks_for_is_not_built_upon(told: Told) -> None:
    told({OWN: 0.1}, 1.0)
    proposed, done = combined_by(0.99)
    assert proposed.remedies == (FASTER,)
    assert done == []


def test_a_gain_counts_beside_the_loss_or_beside_what_was_gained_before() -> None:
    trial = Experiment(30, (1.0,), (Branch(FASTER, (0.85,)),), 0)
    assert worth_adding(trial) is None
    assert worth_adding(trial, gained=0.3) is FASTER
    assert worth_adding(trial, gained=0.6) is None
