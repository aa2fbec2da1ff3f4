"""A training followed in TensorBoard."""

from __future__ import annotations

import builtins
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import netwright as nw
from netwright.clinic.diagnosis import Diagnosis
from netwright.clinic.record import Record
from netwright.clinic.tensorboard import TensorBoard, as_markdown
from netwright.errors import MissingExtraError
from netwright.findings import Finding

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.filterwarnings("ignore")


def events(folder: Path) -> Any:
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def train(rate: float, **options: Any) -> Any:
    torch.manual_seed(0)
    x = torch.randn(320, 6)
    y = (x[:, 0] > 0).long()
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer, loss_function = torch.optim.SGD(model.parameters(), lr=rate), nn.CrossEntropyLoss()
    with nw.watch(
        model, optimizer, loss_function, validation=(x, y), announce=None, budget=None, **options
    ) as clinic:
        for _ in range(6):
            for rows in torch.arange(320).split(32):
                loss = loss_function(model(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                clinic.step(loss)
            clinic.epoch_ended()
    return clinic


def test_curves_health_and_verdict(tmp_path: Path) -> None:
    clinic = train(0.1, tensorboard=tmp_path)
    assert clinic.record.gaps == []
    found = events(tmp_path)
    losses = found.Scalars("loss/training")
    assert losses[0].value == pytest.approx(clinic.record.losses[0], rel=1e-5)
    assert losses[-1].step == 60
    held_out = [event.value for event in found.Scalars("loss/validation")]
    assert held_out == pytest.approx([epoch.validation_loss for epoch in clinic.record.epochs], rel=1e-5)
    seen = {observation.step: observation for observation in clinic.record.observations}
    for name in ("0", "2"):
        read = {event.step: event.value for event in found.Scalars(f"gradient/{name}")}
        expected = {step: one.layers[name].gradient for step, one in seen.items()}
        assert read == pytest.approx(expected, rel=1e-5)
    assert {"learning rate", "update over weight/0", "silent units/1"} <= set(found.Tags()["scalars"])
    verdicts = [event.tensor_proto.string_val[0].decode() for event in found.Tensors("verdict/text_summary")]
    assert verdicts[-1] == clinic.diagnosis.verdict


def test_findings_are_told_as_they_appear(tmp_path: Path) -> None:
    clinic = train(300.0, tensorboard=tmp_path)
    rule = clinic.findings[0].rule
    (event,) = events(tmp_path).Tensors(f"findings/{rule}/text_summary")
    assert event.step <= 20
    assert b"**alarm**" in event.tensor_proto.string_val[0]
    assert b"Cause: learning rate too high (confidence " in event.tensor_proto.string_val[0]
    open_alarms = [event.value for event in events(tmp_path).Scalars("alarms")]
    assert open_alarms[-1] == len(clinic.diagnosis.alarms) > 0


def test_the_weights_are_those_of_an_unfollowed_training(tmp_path: Path) -> None:
    followed, alone = train(0.1, tensorboard=tmp_path), train(0.1)
    assert followed.record.losses == alone.record.losses


def test_numbers_that_are_not_finite_are_left_out(tmp_path: Path) -> None:
    board = TensorBoard(tmp_path)
    board.look(Record(losses=[float("nan"), 1.0, 3.0]))
    board.diagnosed(Record(), Diagnosis())
    board.close()
    (event,) = events(tmp_path).Scalars("loss/training")
    assert (event.step, event.value) == (3, 2.0)


def test_a_finding_as_text() -> None:
    text = as_markdown(Finding("a", "note", "This.", cause="leak", remedy="That.", change="- x: 1\n+ x: 2"))
    assert text == "**note**: This.\n\nCause: leak.\n\nThat.\n\n    - x: 1\n    + x: 2"


def test_without_tensorboard_the_line_to_install_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "torch.utils.tensorboard":
            raise ImportError(name)
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'netwright\[tensorboard\]'"):
        TensorBoard(tmp_path)
