"""The clinic around loops of many kinds, good and bad."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from tests.clinic.loops import STEPS, Case, numbers, perceptron, tokens, train
from tests.clinic.small_loop import loop, small, watch
from torch import Tensor, nn
from torch.nn import functional


def test_losses_are_exact_and_complete() -> None:
    model, optimizer = small()
    seen, batch = [], numbers()
    with watch(model, optimizer, interval=50) as clinic:
        for step in range(137):
            inputs, target = batch(step)
            loss = functional.cross_entropy(model(inputs), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clinic.step(loss)
            seen.append(loss.item())
    assert clinic.record.losses == seen
    assert clinic.record.finished
    assert clinic.record.progress == 1.0


def test_the_loss_function_need_not_be_named() -> None:
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        loop(clinic, model, optimizer, 30)
    record = clinic.record
    assert (record.facts.loss, record.facts.answer) == ("crossentropyloss", "classes")
    assert record.probes[0].accuracy is not None
    assert record.wiring.initial_loss is not None
    assert record.observations[5].batch_entropy is not None
    assert torch.overrides._get_current_function_mode() is None


@pytest.mark.parametrize("named", [True, False])
def test_targets_of_modules_and_functions_are_the_same(named: bool) -> None:
    model, optimizer = small()
    loss_function = nn.CrossEntropyLoss() if named else None
    with watch(model, optimizer, loss_function) as clinic:
        batch = numbers()
        for step in range(12):
            inputs, target = batch(step)
            loss = (loss_function or nn.CrossEntropyLoss())(model(inputs), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clinic.step(loss)
    assert clinic.record.facts.data.class_counts == tuple(
        sorted(torch.cat([numbers()(step)[1] for step in range(12)]).bincount().tolist(), reverse=True)
    )


def test_a_loss_of_ones_own_is_helped_by_naming_the_target() -> None:
    def own(output: Tensor, target: Tensor) -> Tensor:
        return (output - target).abs().pow(1.5).mean()

    model, optimizer = small()
    with watch(model, optimizer, own) as clinic:
        for _ in range(3):
            inputs, target = torch.randn(9, 8), torch.randn(9, 3)
            output = model(inputs)
            loss = own(output, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clinic.step(loss, target=target, output=output)
    assert clinic.record.probes[-1].loss is not None
    assert clinic.record.facts.loss == "own"


def test_observations_of_the_first_steps_and_of_every_interval() -> None:
    model, optimizer = small()
    with watch(model, optimizer, interval=30) as clinic:
        loop(clinic, model, optimizer, 120)
    assert [seen.step for seen in clinic.record.observations] == [*range(1, 21), 50, 80, 110]
    first = clinic.record.observations[0]
    assert first.loss == clinic.record.losses[0]
    assert first.learning_rate == 0.1
    assert first.batch_rows == 16
    assert set(first.layers) == {"0", "2"}


def test_gradients_that_are_never_set_to_zero() -> None:
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        loop(clinic, model, optimizer, 5, keep=True)
    assert [seen.stale_gradients for seen in clinic.record.observations] == [False, True, True, True, True]


def test_declared_accumulation_is_no_fault() -> None:
    clinic = train(perceptron(accumulation=3), watched=True)
    assert clinic.record.step == STEPS
    assert not any(seen.stale_gradients for seen in clinic.record.observations)
    assert clinic.record.gaps == []


def test_accumulation_that_was_not_declared_is_noticed() -> None:
    model, optimizer = small()
    batch = numbers()
    with watch(model, optimizer) as clinic:
        for step in range(60):
            inputs, target = batch(step)
            loss = functional.cross_entropy(model(inputs), target)
            loss.backward()
            if step % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
            clinic.step(loss)
    assert clinic.record.facts.accumulation == 4
    assert any("accumulation=4" in gap for gap in clinic.record.gaps)


def test_training_in_evaluation_mode_is_seen() -> None:
    case = perceptron()
    case.model.eval()
    clinic = train(case, watched=True)
    assert not any(seen.training_mode for seen in clinic.record.observations)
    assert clinic.record.probes[-1].normalization_moved is False


def test_statistics_of_batch_normalisation_move_in_training() -> None:
    clinic = train(perceptron(), watched=True)
    assert clinic.record.probes[-1].normalization_moved is True
    assert clinic.record.observations[-1].rows_per_normalization == 16
    assert clinic.record.facts.dropout == 0.3


def test_the_loops_own_evaluation_in_training_mode() -> None:
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        for _ in range(2):
            loop(clinic, model, optimizer, 10)
            with torch.no_grad():
                model(torch.zeros(2, 8))
    assert [epoch.step for epoch in clinic.record.epochs] == [10, 20]
    assert [epoch.training_mode for epoch in clinic.record.epochs] == [True, True]


def test_told_epochs_and_their_validation_loss() -> None:
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        for _ in range(3):
            loop(clinic, model, optimizer, 7)
            clinic.epoch_ended(validation_loss=0.5)
    epochs = clinic.record.epochs
    assert [(epoch.step, epoch.epoch) for epoch in epochs] == [(7, 1.0), (14, 2.0), (21, 3.0)]
    assert all(epoch.validation_loss == 0.5 for epoch in epochs)
    assert epochs[1].train_loss == pytest.approx(math.fsum(clinic.record.losses[7:14]) / 7)


def test_held_out_rows_are_measured() -> None:
    clinic = train(perceptron(), watched=True)
    assert len(clinic.record.epochs) == 2
    last = clinic.record.epochs[-1]
    assert last.validation_loss is not None
    assert last.validation_score is not None
    assert last.validation_score > last.validation_trivial
    assert len(last.validation_recall) == 3


def test_several_optimizers_of_which_one_rests() -> None:
    generator, judge = nn.Linear(4, 4), nn.Linear(4, 1)
    both = nn.ModuleDict({"generator": generator, "judge": judge})
    optimizers = [torch.optim.Adam(part.parameters(), 0.01) for part in (judge, generator)]
    with watch(both, optimizers, loss_may_rise=True) as clinic:
        for step in range(6):
            optimizers[0].zero_grad()
            loss = judge(torch.randn(5, 4)).mean() - judge(generator(torch.randn(5, 4)).detach()).mean()
            loss.backward()
            optimizers[0].step()
            if step % 2:
                optimizers[1].zero_grad()
                judge(generator(torch.randn(5, 4))).mean().backward()
                optimizers[1].step()
            clinic.step(loss)
    updates = [seen.layers["generator"].update > 0 for seen in clinic.record.observations]
    assert updates == [False, True] * 3
    assert clinic.record.facts.loss_may_rise
    assert len(clinic.record.facts.optimizers) == 2
    assert not any(seen.stale_gradients for seen in clinic.record.observations)


def test_an_optimizer_that_calls_a_closure() -> None:
    model, _ = small()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=4)
    inputs, target = numbers()(0)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(inputs), target)
        loss.backward()
        return loss

    with watch(model, optimizer) as clinic:
        for _ in range(3):
            clinic.step(optimizer.step(closure))
    assert len(clinic.record.losses) == 3
    assert all(seen.layers["0"].update > 0 for seen in clinic.record.observations)


def test_the_worst_alarm_is_told_once() -> None:
    model, optimizer = small()
    said: list[str] = []
    with watch(model, optimizer, announce=said.append, epoch_steps=10) as clinic:
        loop(clinic, model, optimizer, 60, scale=float("nan"))
    assert not clinic.healthy
    assert clinic.findings[0].severity == "alarm"
    assert len(said) == len(set(said))
    assert any("NaN" in sentence for sentence in said)


def test_a_healthy_training(tmp_path: Any) -> None:
    model, optimizer = small()
    optimizer.param_groups[0]["lr"] = 0.5
    with watch(model, optimizer, validation=numbers(200)(10**6), epoch_steps=40) as clinic:
        loop(clinic, model, optimizer, 400)
    assert clinic.healthy, clinic.findings
    assert clinic.checked
    assert clinic.overhead > 0
    clinic.report(tmp_path / "clinic.html")
    assert "<html" in (tmp_path / "clinic.html").read_text(encoding="utf-8")


def test_all_rows_may_be_shown() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(300, 8, generator=generator)
    target = inputs[:, :3].argmax(1)
    model, optimizer = small()
    shared = (inputs[:60], target[:60])
    with watch(model, optimizer, nn.CrossEntropyLoss(), data=(inputs, target), validation=shared) as clinic:
        loop(clinic, model, optimizer, 3)
    data = clinic.record.facts.data
    assert (data.rows, data.whole, data.validation_rows) == (300, True, 60)
    assert data.duplicate_rows is not None
    assert data.duplicate_rows[0] == 1.0


def test_a_long_record_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.clinic.watching.MOST_OBSERVATIONS", 40)
    model, optimizer = small()
    with watch(model, optimizer, interval=2) as clinic:
        loop(clinic, model, optimizer, 200)
    steps = [seen.step for seen in clinic.record.observations]
    assert len(steps) <= 41
    assert steps[:20] == list(range(1, 21))
    assert steps[-1] > 190


def test_heavy_models_see_no_more_rows_than_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.clinic.examiner.HEAVY_PARAMETERS", 50)
    monkeypatch.setattr("netwright.clinic.examiner.COPIED_PARAMETERS", 60)
    model, optimizer = small()
    most: list[int] = []
    with watch(model, optimizer, validation=numbers(400)(7)) as clinic:
        model.register_forward_pre_hook(lambda module, inputs: most.append(len(inputs[0])))
        plain = model.forward
        model.forward = lambda inputs: (most.append(len(inputs)), plain(inputs))[1]
        loop(clinic, model, optimizer, 25)
    assert max(most) == 16
    assert clinic.record.epochs[-1].validation_score is not None
    assert any("takes a copy of the model" in gap for gap in clinic.record.gaps)
    assert clinic.record.wiring.initial_loss is None


def test_scaled_losses() -> None:
    gradients, weights = [], []
    for scaled in (False, True):
        model, optimizer = small()
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, enabled=scaled)
        with watch(model, optimizer, scaler=scaler) as clinic:
            for step in range(3):
                inputs, target = numbers()(step)
                loss = functional.cross_entropy(model(inputs), target)
                optimizer.zero_grad()
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
                clinic.step(loss)
        gradients.append([seen.gradient_norm for seen in clinic.record.observations])
        weights.append(model[0].weight.detach())
        assert clinic.record.facts.loss_scaled is scaled
        assert all(seen.clipped_to is None for seen in clinic.record.observations)
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-4)
    assert torch.allclose(*weights)


def test_tokens_and_sparse_gradients() -> None:
    model = nn.Sequential(nn.EmbeddingBag(40, 8, sparse=True, mode="mean"), nn.Linear(8, 2))
    case = Case(model, [torch.optim.SGD(model.parameters(), 0.1)], nn.CrossEntropyLoss(), tokens())
    clinic = train(case, watched=True)
    assert clinic.record.facts.layer("0").sparse
    assert all(seen.layers["0"].update > 0 for seen in clinic.record.observations)


def test_where_watching_has_taken_a_tenth_the_last_look_is_brief_and_that_is_said() -> None:
    ticks = iter(range(1_000_000))
    model, optimizer = small()
    held_out = (torch.randn(300, 8), torch.randint(3, (300,)))
    options = {"validation": held_out, "steps_planned": 30, "epoch_steps": 10}
    with watch(
        model, optimizer, nn.CrossEntropyLoss(), budget=0.02, clock=lambda: 0.01 * next(ticks), **options
    ) as clinic:
        loop(clinic, model, optimizer, 30)
    assert any("The last look was taken at few rows" in sentence for sentence in clinic.checked)
    assert clinic.record.epochs[-1].validation_loss is not None
    patient_model, patient = small()
    with watch(patient_model, patient, nn.CrossEntropyLoss(), **options) as unhurried:
        loop(unhurried, patient_model, patient, 30)
    assert not any("The last look" in sentence for sentence in unhurried.checked)
