"""The clinic around loops in which something goes wrong, and wrong use of the clinic."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.clinic.loops import numbers
from tests.clinic.small_loop import loop, small, watch
from torch import nn
from torch.nn import functional

from netwright.errors import UserError


def test_a_network_that_breaks_names_step_and_layer() -> None:
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        loop(clinic, model, optimizer, 3)
        loop(clinic, model, optimizer, 1, scale=float("nan"))
    breakdown = clinic.record.breakdown
    assert breakdown is not None
    assert (breakdown.step, breakdown.what) == (4, "input")


def test_a_break_long_after_the_start() -> None:
    model, optimizer = small()
    with watch(model, optimizer, interval=1000) as clinic:
        loop(clinic, model, optimizer, 63)
        with torch.no_grad():
            model[2].weight[0, 0] = float("inf")
        loop(clinic, model, optimizer, 12)
    breakdown = clinic.record.breakdown
    assert breakdown is not None
    assert breakdown.step == 64
    assert breakdown.what == "weight"


def test_a_loop_that_never_calls_step() -> None:
    model, optimizer = small()
    said: list[str] = []
    with watch(model, optimizer, announce=said.append) as clinic:
        model(torch.zeros(2, 8)).sum().backward()
        optimizer.step()
    assert "clinic.step(loss) was never called" in said[0]
    assert clinic.record.gaps == said
    assert not clinic.record.losses
    assert not clinic.healthy
    assert clinic.diagnosis.verdict.startswith("Not one step of the training was seen")


def test_an_exception_of_the_loop_passes_and_hooks_are_gone() -> None:
    model, optimizer = small()
    clinic = watch(model, optimizer)

    def fail() -> None:
        with clinic:
            loop(clinic, model, optimizer, 3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not clinic.record.finished
    assert clinic.record.step == 3
    assert not model._forward_hooks
    assert not model._forward_pre_hooks
    assert not optimizer._optimizer_step_pre_hooks
    assert torch.overrides._get_current_function_mode() is None


def test_a_fault_of_the_clinic_does_not_stop_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any, **keywords: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("netwright.clinic.sitting.Sitting.sizes", broken)
    monkeypatch.setattr("netwright.clinic.probe.Lens.look", broken)
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        loop(clinic, model, optimizer, 30)
    assert len(clinic.record.losses) == 30
    faults = [gap for gap in clinic.record.gaps if "a fault" in gap]
    assert len(faults) == len(set(faults)) == 2


def test_a_model_of_which_only_parts_are_called() -> None:
    model, optimizer = small()
    batch = numbers()
    with watch(model, optimizer) as clinic:
        for step in range(4):
            inputs, target = batch(step)
            loss = functional.cross_entropy(model[2](model[1](model[0](inputs))), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            clinic.step(loss)
    record = clinic.record
    assert any("Watch the module that the loop calls" in gap for gap in record.gaps)
    assert [layer.name for layer in record.facts.layers] == ["0", "2"]
    assert record.observations[0].gradient_norm
    assert all(reading.update > 0 for reading in record.observations[0].layers.values())


def test_layers_frozen_and_added_on_the_way() -> None:
    model, optimizer = small()
    with watch(model, optimizer) as clinic:
        loop(clinic, model, optimizer, 3)
        model[0].requires_grad_(False)
        loop(clinic, model, optimizer, 3)
        model.append(nn.Linear(3, 3))
        optimizer.add_param_group({"params": list(model[3].parameters())})
        loop(clinic, model, optimizer, 3)
    names = [set(seen.layers) for seen in clinic.record.observations]
    assert names == [{"0", "2"}] * 3 + [{"2"}] * 3 + [{"2", "3"}] * 3


def test_wrapped_models() -> None:
    for wrap in (nn.DataParallel, lambda model: torch.compile(model, backend="eager")):
        model, optimizer = small()
        wrapped = wrap(model)
        with watch(wrapped, optimizer, nn.CrossEntropyLoss()) as clinic:
            batch, loss_function = numbers(), nn.CrossEntropyLoss()
            for step in range(3):
                inputs, target = batch(step)
                loss = loss_function(wrapped(inputs), target)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                clinic.step(loss)
        assert [layer.name for layer in clinic.record.facts.layers] == ["0", "2", "1"]
        assert clinic.record.observations[0].gradient_norm


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interval": 0}, "interval must be 1 or more"),
        ({"accumulation": 0}, "accumulation must be 1 or more"),
        ({"steps_planned": -1}, "steps_planned must be 1 or more"),
        ({"epoch_steps": 0}, "epoch_steps must be 1 or more"),
        ({"budget": 0.0}, "budget must be a share above 0"),
        ({"validation": (torch.zeros(0, 8), torch.zeros(0))}, "validation has no rows"),
        ({"data": (torch.zeros(3, 8), torch.zeros(2))}, "data has 3 rows"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, Any], message: str) -> None:
    model, optimizer = small()
    with pytest.raises(UserError, match=message):
        watch(model, optimizer, **options)


def test_wrong_types_are_refused() -> None:
    model, optimizer = small()
    with pytest.raises(TypeError, match="got a function"):
        watch(lambda x: x, optimizer)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="got a float"):
        watch(model, 0.1)
    with pytest.raises(TypeError, match="got a NoneType"):
        watch(model, None)
    with pytest.raises(TypeError, match="got none"):
        watch(model, [])
