"""The check-up before training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import Tensor, nn

import netwright as nw
from netwright.clinic.causes import Cause
from netwright.clinic.preflight import Checkup, checkup
from netwright.errors import DataError


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype(np.float32), y


def network(
    inputs: int, outputs: int, *after: nn.Module, layers: int = 1, activation: type = nn.ReLU
) -> nn.Module:
    torch.manual_seed(0)
    parts: list[nn.Module] = [nn.Linear(inputs, 64), activation()]
    for _ in range(layers - 1):
        parts += [nn.Linear(64, 64), activation()]
    return nn.Sequential(*parts, nn.Linear(64, outputs), *after)


def causes(found: Checkup, severity: str) -> set[str]:
    return {finding.cause for finding in found.findings if finding.severity == severity}


def test_a_healthy_start(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = digits
    found = checkup(network(64, 10), nn.CrossEntropyLoss(), x[:1400], y[:1400], (x[1400:], y[1400:]))
    assert found.healthy
    assert found.findings == ()
    assert found.record.gaps == []
    assert found.record.wiring.overfits_one_batch is not None
    assert found.record.wiring.overfits_one_batch < 0.05
    assert len(found.checked) > 15
    assert str(found).startswith("Healthy: ")
    assert found.to_json()["healthy"] is True


def test_the_model_stays_as_it_is(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = digits
    model = network(64, 10, nn.BatchNorm1d(10), nn.Dropout(0.3))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    checkup(model, nn.CrossEntropyLoss(), x[:200], y[:200])
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def softmax(x: np.ndarray, y: np.ndarray) -> Checkup:
    return checkup(network(64, 10, nn.Softmax(1)), nn.CrossEntropyLoss(), x, y)


def relu_at_the_end(x: np.ndarray, y: np.ndarray) -> Checkup:
    return checkup(network(64, 10, nn.ReLU()), nn.CrossEntropyLoss(), x, y)


def deep_sigmoid(x: np.ndarray, y: np.ndarray) -> Checkup:
    return checkup(network(64, 10, layers=10, activation=nn.Sigmoid), nn.CrossEntropyLoss(), x, y)


def zeros(x: np.ndarray, y: np.ndarray) -> Checkup:
    model = network(64, 10)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    return checkup(model, nn.CrossEntropyLoss(), x, y)


def spread_out(x: np.ndarray, y: np.ndarray) -> Checkup:
    return checkup(network(64, 1), nn.MSELoss(), x, y.astype(np.float32))


def not_finite(x: np.ndarray, y: np.ndarray) -> Checkup:
    x = x.copy()
    x[3, 5] = np.nan
    return checkup(network(64, 10), nn.CrossEntropyLoss(), x, y)


def shared(x: np.ndarray, y: np.ndarray) -> Checkup:
    return checkup(network(64, 10), nn.CrossEntropyLoss(), x, y, (x[:300], y[:300]))


def not_held(x: np.ndarray, y: np.ndarray) -> Checkup:
    model = network(64, 10)
    head = torch.optim.Adam(model[2].parameters())  # type: ignore[index]
    return checkup(model, nn.CrossEntropyLoss(), x, y, optimizer=head)


@pytest.mark.parametrize(
    ("examined", "cause"),
    [
        (softmax, Cause.PAIRING),
        (relu_at_the_end, Cause.PAIRING),
        (deep_sigmoid, Cause.VANISHING),
        (zeros, Cause.CONSTANT_WEIGHTS),
        (spread_out, Cause.BROADCAST),
        (not_finite, Cause.NONFINITE_DATA),
        (shared, Cause.SHARED_ROWS),
        (not_held, Cause.NOT_OPTIMIZED),
    ],
)
def test_what_is_wrong_is_named(
    examined: object, cause: Cause, digits: tuple[np.ndarray, np.ndarray]
) -> None:
    found = examined(*digits)  # type: ignore[operator]
    assert not found.healthy
    assert found.findings[0].cause == cause
    assert "alarm" in str(found)


def test_what_does_no_harm_is_a_note() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    found = checkup(network(30, 2), nn.CrossEntropyLoss(), x, y)
    assert found.healthy
    assert Cause.UNSCALED_INPUTS in causes(found, "note")


class TwoInputs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(20, 4), nn.Linear(6, 2)

    def forward(self, numbers: Tensor, words: Tensor) -> Tensor:
        return self.head(torch.cat([numbers, self.words(words)], 1))


def test_several_inputs() -> None:
    generator = np.random.default_rng(0)
    inputs = (generator.normal(size=(120, 2)).astype(np.float32), generator.integers(0, 20, 120))
    y = (inputs[0][:, 0] + inputs[1] / 10 > 1).astype(np.int64)
    found = checkup(TwoInputs(), nn.CrossEntropyLoss(), inputs, y)
    assert found.healthy
    assert found.record.gaps == []


def test_a_loss_that_may_rise_is_not_learnt_by_heart() -> None:
    x = torch.randn(40, 3)
    found = checkup(nn.Linear(3, 1), lambda out, y: -out.mean(), x, x[:, :1], loss_may_rise=True)
    assert found.record.wiring.overfits_one_batch is None
    assert found.healthy


def test_what_cannot_be_copied_is_said() -> None:
    class Uncopied(nn.Linear):
        def __deepcopy__(self, memory: object) -> nn.Module:
            raise RuntimeError("holds a file")

    found = checkup(Uncopied(3, 2), nn.CrossEntropyLoss(), torch.randn(40, 3), torch.arange(40) % 2)
    assert any("holds a file" in gap for gap in found.unchecked)


def test_the_page(tmp_path: object, digits: tuple[np.ndarray, np.ndarray]) -> None:
    place = tmp_path / "checkup.html"  # type: ignore[operator]
    relu_at_the_end(*digits).report(place)
    page = place.read_text(encoding="utf-8")
    assert "<h1>Check-up</h1>" in page
    assert "Before training." in page


def test_the_public_name() -> None:
    assert nw.clinic.checkup is checkup
    with pytest.raises(AttributeError, match="no attribute 'chekup'"):
        nw.clinic.chekup  # noqa: B018


def test_rows_that_do_not_match() -> None:
    with pytest.raises(DataError, match="The inputs have 4 rows, the target 3"):
        checkup(nn.Linear(2, 1), nn.MSELoss(), torch.randn(4, 2), torch.randn(3, 1))
