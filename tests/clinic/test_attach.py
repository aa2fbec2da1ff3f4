"""netwright's own trainings, watched and unwatched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from tests.training.setups import setup
from torch import nn

from netwright.clinic.attach import attach
from netwright.clinic.row_facts import DataFacts
from netwright.nets.committee import committee_of
from netwright.task import Task
from netwright.training.batches import Batch, Batches
from netwright.training.dense_chain import DenseChain
from netwright.training.early_stopping import EarlyStopping
from netwright.training.fit import Setup, fit
from netwright.training.flat import flatten
from netwright.training.losses import CrossEntropy, TargetShape
from netwright.training.objective import Objective
from netwright.training.optimizers import SGD, AdamW, Muon, ScheduleFreeAdamW
from netwright.training.optimizers.groups import parameter_groups
from netwright.training.state import load_state, save_state
from netwright.training.validation import Validation


def flat(epochs: int = 5) -> Setup:
    """Return a training with a hand-written gradient and all parameters in one vector."""
    made = setup(epochs=epochs)
    network = made.engine.network
    groups = flatten(parameter_groups(network))
    optimizer = AdamW(learning_rate=0.01).build(groups)
    chain = DenseChain.of(network)
    assert chain is not None
    made.engine = replace(made.engine, optimizer=optimizer, chain=chain, flat=True)
    return made


def clipped() -> Setup:
    made = setup(epochs=5)
    made.engine = replace(made.engine, gradient_clip=0.01, pieces=2)
    return made


def classes(kind: Task, members: int = 1) -> Setup:
    made = setup(epochs=5)
    numbers = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
    labels = (numbers[:, 0] > 0).float() if kind is Task.BINARY else numbers.argmax(1)
    outputs = 1 if kind is Task.BINARY else 3

    def build() -> nn.Module:
        return nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, outputs))

    network = committee_of(build, members)
    made.engine = replace(
        made.engine,
        network=network,
        objective=Objective(CrossEntropy()),
        optimizer=AdamW(learning_rate=0.01).build(parameter_groups(network)),
    )
    made.batches = Batches(Batch((numbers[:150],), labels[:150]), 32, seed=0)
    held = Batch((numbers[150:],), labels[150:])
    shape = TargetShape(kind, 2 if kind is Task.BINARY else 3)
    made.validation = Validation(held, CrossEntropy(), shape, lambda answers, truth: {})
    return made


MADE: dict[str, Callable[[], Setup]] = {
    "plain": setup,
    "flat": flat,
    "clipped": clipped,
    "averaged": lambda: setup(averaging=True, early_stopping=EarlyStopping(patience=2)),
    "schedule free": lambda: setup(optimizer=ScheduleFreeAdamW(learning_rate=0.01)),
    "muon": lambda: setup(optimizer=Muon(learning_rate=0.01)),
    "two classes": lambda: classes(Task.BINARY),
    "many classes": lambda: classes(Task.MULTICLASS),
    "two classes, members": lambda: classes(Task.BINARY, members=3),
    "many classes, members": lambda: classes(Task.MULTICLASS, members=3),
}


def trained(make: Callable[[], Setup], watched: bool) -> tuple[dict[str, torch.Tensor], Any, Any]:
    made = make()
    clinic = attach(made, budget=None, interval=7) if watched else None
    outcome = fit(made, [] if clinic is None else [clinic.round_ended])
    if clinic is not None:
        clinic.close()
    return made.engine.network.state_dict(), outcome, clinic


@pytest.mark.parametrize(("kind", "least"), [(Task.BINARY, 0.6), (Task.MULTICLASS, 1.0)])
def test_of_several_members_the_mean_is_compared_with_a_constant_answer(kind: Task, least: float) -> None:
    wiring = trained(lambda: classes(kind, members=3), watched=True)[2].record.wiring
    assert least < wiring.expected_loss < 1.2
    assert wiring.initial_loss is not None
    assert wiring.outputs_are_probabilities is not True


@pytest.mark.parametrize("name", list(MADE))
def test_the_weights_are_the_same_and_the_record_is_full(name: str) -> None:
    alone, _, _ = trained(MADE[name], watched=False)
    seen, outcome, clinic = trained(MADE[name], watched=True)
    assert all(torch.equal(alone[key], seen[key]) for key in alone)
    record = clinic.record
    assert record.gaps == []
    assert record.step == outcome.steps
    assert record.finished
    assert [epoch.step for epoch in record.epochs] == [finished.step for finished in outcome.rounds]
    assert [epoch.validation_loss for epoch in record.epochs] == [
        finished.validation["loss"] for finished in outcome.rounds
    ]
    assert record.facts.steps_planned is not None
    assert all(layer.optimized for layer in record.facts.layers)
    assert all(reading.update > 0 for reading in record.observations[3].layers.values())
    assert record.probes[0].step == 0
    assert record.epochs[-1].validation_score is not None
    assert record.wiring.initial_loss is not None
    assert clinic.checked


def test_flat_parameters_show_the_same_as_parameters_of_their_own() -> None:
    _, _, plain = trained(setup, watched=True)
    _, _, together = trained(flat, watched=True)
    assert plain.record.losses == pytest.approx(together.record.losses, rel=1e-4)
    for first, second in zip(plain.record.observations, together.record.observations, strict=True):
        assert first.gradient_norm == pytest.approx(second.gradient_norm, rel=1e-3)
        for name, reading in first.layers.items():
            assert reading.update == pytest.approx(second.layers[name].update, rel=2e-2)


def test_gradients_before_clipping() -> None:
    _, _, clinic = trained(clipped, watched=True)
    _, _, free = trained(setup, watched=True)
    first, unclipped = clinic.record.observations[0], free.record.observations[0]
    assert first.clipped_to == pytest.approx(0.01, rel=1e-3)
    assert first.gradient_norm == pytest.approx(unclipped.gradient_norm, rel=0.2)
    assert first.layers["0"].gradient == pytest.approx(unclipped.layers["0"].gradient, rel=0.2)


def test_answers_are_scored_by_their_kind() -> None:
    two = trained(MADE["two classes"], watched=True)[2].record
    many = trained(MADE["many classes"], watched=True)[2].record
    numbers = trained(setup, watched=True)[2].record
    assert (two.facts.answer, two.facts.loss) == ("two classes", "bcewithlogitsloss")
    assert (many.facts.answer, many.facts.loss) == ("classes", "crossentropyloss")
    assert (numbers.facts.answer, numbers.facts.loss) == ("numbers", "mseloss")
    assert len(many.epochs[-1].validation_recall) == 3
    assert many.probes[-1].normalization_moved is True


def test_whoever_listened_before_goes_on_listening() -> None:
    heard: list[int] = []
    made = setup(epochs=2, on_step=lambda step: heard.append(step.number))
    clinic = attach(made)
    fit(made, [clinic.round_ended])
    clinic.close()
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) == clinic.record.step


def test_a_resumed_training_says_what_was_not_seen(tmp_path: Any) -> None:
    first = setup(epochs=2)
    fit(first, [lambda finished, state: save_state(tmp_path / "state", state)])
    again = setup(epochs=4)
    clinic = attach(again, budget=None)
    outcome = fit(again, [clinic.round_ended], load_state(tmp_path / "state"))
    clinic.close()
    assert clinic.record.step == outcome.steps // 2
    assert clinic.record.gaps == [
        f"The steps before number {outcome.steps // 2 + 1} were made in an earlier sitting."
    ]


def test_a_training_that_goes_back_is_seen_as_it_went_on() -> None:
    made = setup(optimizer=SGD(learning_rate=5.0), epochs=6, on_nonfinite="recover")
    clinic = attach(made, budget=None)
    outcome = fit(made, [clinic.round_ended])
    clinic.close()
    assert outcome.events
    assert clinic.record.step == outcome.steps
    assert clinic.record.breakdown is not None
    assert [seen.step for seen in clinic.record.observations] == sorted(
        {seen.step for seen in clinic.record.observations}
    )


def test_what_is_known_of_the_rows_may_be_given() -> None:
    made = setup(epochs=1)
    facts = DataFacts(rows=200, whole=True, leak=("age", 0.99))
    clinic = attach(made, data=facts)
    fit(made, [clinic.round_ended])
    clinic.close()
    assert clinic.record.facts.data == facts
