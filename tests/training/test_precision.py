from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import netwright as nw
from netwright.errors import RecipeError
from netwright.nets.mlp import MLP
from netwright.recipe.choices import Facts, resolve
from netwright.recipe.recipe import Recipe
from netwright.task import Task
from netwright.training.precision import autocast, deterministic, loss_scaler

CPU = torch.device("cpu")


def table() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(400, 4)).astype(np.float32)
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def facts(rows: int = 100_000, device: str = "cpu") -> Facts:
    return Facts(rows, 20, Task.BINARY, 2, validation=True, device=device, device_reason="")


def test_the_dtype_of_products() -> None:
    layer, rows = nn.Linear(3, 2), torch.zeros(4, 3)
    for precision, expected in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        with autocast(precision, CPU)():
            assert layer(rows).dtype is expected


def test_float16_scales_the_loss_and_the_others_do_not() -> None:
    assert isinstance(loss_scaler("float16", CPU), torch.amp.GradScaler)
    assert loss_scaler("bfloat16", CPU) is None


@pytest.mark.parametrize("own", [False, True])
def test_float64_trains_in_64_bits_and_answers_in_32(own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    backward = torch.Tensor.backward
    monkeypatch.setattr(
        torch.Tensor, "backward", lambda self, *a: (seen.add(self.dtype), backward(self, *a))[1]
    )
    X, y = table()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)) if own else MLP(hidden=(8,))
    model = nw.Classifier(network=network, precision="float64", epochs=2, progress=False).fit(X, y)
    assert seen == {torch.float64}
    assert {parameter.dtype for parameter in model.network_.parameters()} == {torch.float32}
    assert model.predict_proba(X).shape == (400, 2)


def test_all_precisions_learn_the_same() -> None:
    X, y = table()
    settings = {"network": MLP(hidden=(64, 64), dropout=0), "epochs": 30, "progress": False}
    scores = {
        name: nw.Classifier(precision=name, **settings).fit(X, y).score(X, y)
        for name in ("float32", "float64", "bfloat16")
    }
    assert scores["float32"] == pytest.approx(scores["float64"], abs=0.02)
    assert scores["float32"] == pytest.approx(scores["bfloat16"], abs=0.04)


def test_float16_is_refused_where_it_is_not_sound() -> None:
    with pytest.raises(RecipeError, match="float16 trains soundly on CUDA only"):
        resolve(Recipe(precision="float16"), facts())
    assert resolve(Recipe(precision="float16"), facts(device="cuda")).recipe.precision == "float16"
    with pytest.raises(RecipeError, match="mps has no float64"):
        resolve(Recipe(precision="float64"), facts(device="mps"))


@pytest.mark.parametrize(
    ("units", "hidden", "batch", "expected"),
    [
        (True, (256, 256), 256, "bfloat16"),
        (True, (256, 256), 32, "float32"),
        (True, (8,), 1024, "float32"),
        (False, (256, 256), 1024, "float32"),
    ],
)
def test_auto_goes_by_the_processor_and_the_size_of_a_step(
    units: bool, hidden: tuple[int, ...], batch: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netwright.recipe.choices.has_bfloat16", lambda: units)
    resolved = resolve(Recipe(network=MLP(hidden=hidden), batch_size=batch), facts())
    assert resolved.recipe.precision == expected
    assert resolved.reasons["precision"]


def test_a_module_of_ones_own_stays_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.recipe.choices.has_bfloat16", lambda: True)
    resolved = resolve(Recipe(network=nn.Linear(20, 1), batch_size=1024), facts())
    assert resolved.recipe.precision == "float32"


def test_deterministic_holds_inside_the_block_only() -> None:
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    with deterministic(True):
        assert torch.are_deterministic_algorithms_enabled()
    with deterministic(False):
        assert torch.are_deterministic_algorithms_enabled() == before[0]
    assert (torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark) == before
