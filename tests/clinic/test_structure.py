"""The order of layers, activations after them, branches around them."""

from __future__ import annotations

import pytest
import torch
from tests.clinic.loops import Convolutional, Recurrent, Tied
from torch import Tensor, nn
from torch.nn import functional

from netwright.clinic.facts import held_by, layer_facts, loss_name, optimizer_facts
from netwright.clinic.probe import Lens
from netwright.clinic.rows import rows_of
from netwright.clinic.structure import Structure
from netwright.clinic.wiring_subject import Call


def structure(model: nn.Module, *inputs: Tensor) -> Structure:
    return Lens(model).structure(rows_of(Call(inputs)))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(4, 4)
        self.inside = nn.Linear(4, 4)
        self.shortcut = nn.Linear(4, 4)
        self.leave = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.enter(x))
        x = x + torch.sigmoid(self.inside(x))
        return self.leave(self.shortcut(x) + functional.gelu(x))


def test_modules_and_functions_count_alike() -> None:
    found = structure(Residual(), torch.randn(3, 4))
    assert found.order == ["enter", "inside", "shortcut", "leave"]
    assert found.after == {"enter": "tanh", "inside": "sigmoid", "shortcut": "gelu"}
    assert found.residual == {"inside", "shortcut"}


def test_normalisations_stand_between_a_layer_and_its_activation() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(72, 2)
    )
    found = structure(model, torch.randn(5, 1, 8, 8))
    assert found.after == {"0": "relu", "1": "relu"}
    assert found.sites == {"2": "relu"}
    assert found.averaged == {"1": 36.0}
    assert found.residual == set()


def test_embeddings_that_are_added_are_no_branch() -> None:
    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(9, 4), nn.Embedding(5, 4)

        def forward(self, codes: Tensor) -> Tensor:
            return self.tokens(codes) + self.places(torch.arange(5))

    assert structure(Sum(), torch.zeros(2, 5, dtype=torch.long)).residual == set()


def test_the_fast_path_of_transformers_is_not_taken() -> None:
    found = structure(Tied(), torch.zeros(2, 5, dtype=torch.long))
    assert {"layer.linear1", "layer.linear2", "layer.self_attn"} <= set(found.order)
    assert found.after["layer.linear1"] == "relu"
    assert {"layer.linear1", "layer.linear2", "layer.self_attn"} <= found.residual
    assert torch.backends.mha.get_fastpath_enabled()


def test_dropout_is_heard_as_a_function_too() -> None:
    assert structure(Convolutional(), torch.randn(2, 1, 8, 8)).dropout == [0.2]


def test_layer_facts() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(50, 40), nn.ReLU(), nn.Linear(40, 3))
    with torch.no_grad():
        model[0].weight[:4] = 0.5
        model[0].bias.fill_(-4.0)
    model[2].weight.requires_grad_(False)
    optimizer = torch.optim.SGD(model[2].parameters(), 0.1)
    facts = layer_facts(model, structure(model, torch.randn(2, 50)), [optimizer])
    first, last, activation = facts
    assert [layer.name for layer in facts] == ["0", "2", "1"]
    assert first.twin_units == pytest.approx(0.1)
    assert first.bias_mean == pytest.approx(-4.0)
    assert first.weight_deviation == pytest.approx(model[0].weight.std(correction=0).item(), rel=1e-5)
    assert (first.inputs, first.parameters, first.activation) == (50, 2040, "relu")
    assert not first.optimized
    assert last.optimized
    assert last.trainable
    assert (activation.kind, activation.activation) == ("activation", "relu")


def test_parameters_inside_a_vector_are_held() -> None:
    vector = nn.Parameter(torch.zeros(10))
    part = vector.data[2:6]
    holds = held_by([torch.optim.SGD([vector], 0.1)])
    assert holds(part)
    assert not holds(torch.zeros(4))


def test_sparse_and_recurrent_kinds() -> None:
    model = Recurrent()
    facts = layer_facts(model, structure(model, torch.zeros(2, 5, dtype=torch.long)), [])
    assert [(layer.kind, layer.sparse) for layer in facts] == [
        ("embedding", True),
        ("recurrent", False),
        ("dense", False),
    ]


def test_optimizers_and_losses_have_names() -> None:
    parameters = [nn.Parameter(torch.zeros(1))]
    adam = optimizer_facts(torch.optim.AdamW(parameters, 1e-3, eps=1e-6, weight_decay=0.1))
    assert (adam.name, adam.momentum, adam.epsilon, adam.weight_decay) == ("AdamW", 0.9, 1e-6, 0.1)
    sgd = optimizer_facts(torch.optim.SGD(parameters, 0.1, momentum=0.8, maximize=True))
    assert (sgd.momentum, sgd.epsilon, sgd.maximize) == (0.8, None, True)
    assert loss_name(functional.binary_cross_entropy_with_logits) == "bcewithlogitsloss"
    assert loss_name(lambda output, target: output) == ""
    assert loss_name(functional.mse_loss) == loss_name(nn.MSELoss()) == "mseloss"


@pytest.mark.parametrize(
    ("model", "bends"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Identity(), nn.Linear(3, 2)), False),
        (nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 2)), False),
        (nn.Sequential(nn.Linear(4, 4), nn.GLU(), nn.Linear(2, 2)), True),
        (nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), True),
        (nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3), nn.Linear(3, 2)), True),
    ],
    ids=["plain", "normalised", "gated", "rectified", "layer norm"],
)
def test_a_network_is_linear_where_nothing_bends(model: nn.Module, bends: bool) -> None:
    assert structure(model, torch.randn(5, 4)).bends is bends
