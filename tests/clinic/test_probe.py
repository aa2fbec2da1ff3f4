"""What fixed rows show: silent and saturated units, losses, scores."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.clinic.probe import Lens, behaves_differently
from netwright.clinic.rows import rows_of
from netwright.clinic.wiring_subject import Call


def rows(inputs: Tensor, target: Tensor | None = None):
    return rows_of(Call((inputs,)), target)


def readings(model: nn.Module, inputs: Tensor):
    return Lens(model).look(rows(inputs), 0).units


def test_dead_units_of_a_rectifier() -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU())
    nn.init.zeros_(model[0].weight)
    model[0].bias.data = torch.tensor([-1.0, -1, 1, 1, 1, 1, 1, 1])
    reading = readings(model, torch.randn(20, 3))["1"]
    assert (reading.dead, reading.saturated) == (0.25, 0.0)
    assert reading.deviation == pytest.approx(float(model(torch.zeros(1, 3)).std(correction=0).detach()))


def test_a_channel_is_one_unit() -> None:
    model = nn.Sequential(nn.Conv1d(2, 4, 1), nn.ReLU())
    nn.init.zeros_(model[0].weight)
    model[0].bias.data = torch.tensor([-1.0, 1.0, 1.0, 1.0])
    assert readings(model, torch.randn(5, 2, 9))["1"].dead == 0.25


@pytest.mark.parametrize(("activation", "z"), [(nn.Sigmoid(), 5.0), (nn.Tanh(), 3.0), (nn.Hardtanh(), 2.0)])
def test_saturated_entries(activation: nn.Module, z: float) -> None:
    model = nn.Sequential(nn.Identity(), activation)
    inputs = torch.zeros(4, 2)
    inputs[0, 0] = z
    assert readings(model, inputs)["1"].saturated == pytest.approx(1 / 8)
    inputs[:, 1] = -z
    assert readings(model, inputs)["1"].dead == 0.5


@pytest.mark.parametrize("activation", [nn.LeakyReLU(), nn.PReLU()])
def test_leaky_units_never_die(activation: nn.Module) -> None:
    reading = readings(nn.Sequential(nn.Identity(), activation), -torch.ones(4, 3))["1"]
    assert (reading.dead, reading.saturated) == (0.0, 0.0)


@pytest.mark.parametrize("activation", [nn.GELU(), nn.SiLU(), nn.ELU(), nn.Mish()])
def test_smooth_rectifiers_die_on_their_tail(activation: nn.Module) -> None:
    model = nn.Sequential(nn.Identity(), activation)
    assert readings(model, torch.full((4, 3), -20.0))["1"].dead == 1.0
    assert readings(model, torch.randn(40, 3))["1"].dead == 0.0


def test_functions_and_inplace_activations_are_read_as_well() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 4)
            nn.init.zeros_(self.layer.weight)
            nn.init.constant_(self.layer.bias, -1.0)

        def forward(self, x: Tensor) -> Tensor:
            return functional.relu_(self.layer(x))

    assert readings(Functional(), torch.randn(4, 2))["layer"].dead == 1.0


def test_plain_recurrent_layers_are_read_from_their_answers() -> None:
    class Plain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(2, 3, batch_first=True)
            nn.init.constant_(self.rnn.bias_ih_l0, 50.0)

        def forward(self, x: Tensor) -> Tensor:
            return self.rnn(x)[0]

    assert readings(Plain(), torch.randn(4, 5, 2))["rnn"].saturated == 1.0


def test_scores_losses_and_shuffled_pairs() -> None:
    inputs = torch.eye(3).repeat(10, 1)
    target = inputs.argmax(1)
    model = nn.Linear(3, 3, bias=False)
    model.weight.data = 5 * torch.eye(3)
    lens = Lens(model, nn.CrossEntropyLoss(), answer="classes")
    probe = lens.look(rows(inputs, target), 7)
    assert probe.step == 7
    assert probe.accuracy == 1.0
    assert probe.trivial_accuracy == pytest.approx(1 / 3)
    assert probe.class_recall == (1.0, 1.0, 1.0)
    assert probe.loss == pytest.approx(float(functional.cross_entropy(model(inputs).detach(), target)))
    assert probe.shuffled_loss is not None
    assert probe.shuffled_loss > 10 * probe.loss
    assert probe.training_mode_loss is None
    assert probe.constant_outputs is False


def test_the_loss_in_training_mode_is_that_of_the_modes_in_training() -> None:
    model = nn.Sequential(nn.Dropout(0.9), nn.Linear(50, 1))
    inputs, target = torch.randn(40, 50), torch.randn(40, 1)
    both = Lens(model, nn.MSELoss(), answer="numbers").look(rows(inputs, target), 0)
    assert both.training_mode_loss != both.loss
    asleep = Lens(model, nn.MSELoss(), answer="numbers", in_training=frozenset()).look(
        rows(inputs, target), 0
    )
    assert asleep.training_mode_loss == asleep.loss


def test_measuring_in_chunks_gives_the_same() -> None:
    model = nn.Linear(2, 1)
    inputs, target = torch.randn(2500, 2), torch.randn(2500, 1)
    loss, scores = Lens(model, nn.MSELoss(), answer="numbers").measure(rows(inputs, target))
    residual = ((model(inputs) - target) ** 2).mean().item()
    assert loss == pytest.approx(residual, rel=1e-5)
    variance = float(target.var(correction=0))
    assert scores.score == pytest.approx(1 - residual / variance, rel=1e-4)


def test_models_that_behave_alike_in_both_modes() -> None:
    assert not behaves_differently(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2), nn.Dropout(0.0)))
    assert behaves_differently(nn.Sequential(nn.BatchNorm1d(2)))
    assert behaves_differently(nn.TransformerEncoderLayer(4, 2, 4, dropout=0.1))
