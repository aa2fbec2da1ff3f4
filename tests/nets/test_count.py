from typing import Any

import pytest
import torch
from torch import nn

from netwright.nets import MLP, TableShape
from netwright.nets.count import (
    activation_bytes,
    count_flops,
    count_parameters,
    outline,
    training_bytes,
)

EXAMPLE = (torch.zeros(1, 10),)


def dense() -> nn.Sequential:
    return nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))


def test_parameters_are_weights_and_biases() -> None:
    assert count_parameters(dense()) == 10 * 20 + 20 + 20 * 3 + 3


def test_frozen_and_shared_parameters_do_not_count_and_count_once() -> None:
    layer = nn.Linear(4, 4)
    assert count_parameters(nn.Sequential(layer, layer)) == 20
    assert count_parameters(layer.requires_grad_(False)) == 0


def test_flops_of_dense_layers() -> None:
    assert count_flops(dense(), EXAMPLE, rows=7) == 7 * 2 * (10 * 20 + 20 * 3)


def test_flops_of_the_backward_pass_leave_out_the_gradient_of_the_input() -> None:
    forward = 2 * (10 * 20 + 20 * 3)
    backward = 2 * (10 * 20 + 2 * 20 * 3)
    assert count_flops(dense(), EXAMPLE, rows=7, backward=True) == 7 * (forward + backward)


def test_flops_of_a_convolution() -> None:
    module = nn.Conv2d(3, 8, 5, padding=2)
    assert count_flops(module, (torch.zeros(1, 3, 12, 12),), rows=2) == 2 * 2 * 12 * 12 * 8 * 3 * 25


def test_activations_are_what_the_backward_pass_needs() -> None:
    # The batch for the first weight, the output of the ReLU for itself and the second weight.
    assert activation_bytes(dense(), EXAMPLE, rows=100) == 100 * 4 * (10 + 20)


def test_training_holds_parameters_gradients_states_batch_and_activations() -> None:
    parameters = 4 * count_parameters(dense())
    rows = 100 * 4 * 10
    activations = 100 * 4 * (10 + 20)
    assert training_bytes(dense(), EXAMPLE, 100) == 4 * parameters + rows + activations
    assert training_bytes(dense(), EXAMPLE, 100, optimizer_states=0) == 2 * parameters + rows + activations


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {
            "normalization": "batch",
            "number_embedding": "piecewise_linear",
            "initialization": "data_dependent",
        },
        {"normalization": "group", "number_embedding": "periodic", "category_embedding": "learned"},
        {"members": 4, "initialization": "orthogonal", "residual": True, "stochastic_depth": 0.1},
    ],
)
def test_an_outline_costs_the_same_as_the_network(settings: dict[str, Any]) -> None:
    sample = (torch.randn(200, 3), torch.randint(0, 4, (200, 2)))
    part = MLP(hidden=(16, 16), **settings)

    def build() -> nn.Module:
        return part.build(TableShape(3, (4, 50)), 2, sample)

    real, shape_only = build(), outline(build)
    assert all(tensor.is_meta for tensor in shape_only.state_dict().values())
    assert count_parameters(shape_only) == count_parameters(real)
    for cost in (count_flops, activation_bytes, training_bytes):
        assert cost(shape_only, sample, 256) == cost(real, sample, 256)  # type: ignore[operator]


def test_a_network_too_large_for_any_memory_can_be_estimated() -> None:
    giant = outline(lambda: MLP(hidden=(1_000_000, 1_000_000)).build(TableShape(10), 1))
    assert count_parameters(giant) > 1e12
    assert training_bytes(giant, EXAMPLE, 256) > 16e12


def test_measuring_changes_nothing() -> None:
    module = nn.Sequential(nn.Linear(10, 4), nn.BatchNorm1d(4), nn.Dropout(0.5).eval())
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = torch.get_rng_state()
    training_bytes(module, EXAMPLE, 64)
    count_flops(module, EXAMPLE, 64, backward=True)
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())
    assert [part.training for part in module.modules()] == [True, True, True, False]
    assert all(tensor.grad is None for tensor in module.parameters())


class Answers(nn.Module):
    """Recurrent cells both ways, of which the last state is looked at as well."""

    def __init__(self, cells: type[nn.RNNBase]) -> None:
        super().__init__()
        self.cells = cells(3, 5, batch_first=True, bidirectional=True)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        answers, state = self.cells(values)
        last = state[0] if isinstance(state, tuple) else state
        assert last.shape == (2, len(values), 5)
        return answers


@pytest.mark.parametrize(("cells", "gates"), [(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)])
def test_recurrent_cells_multiply_at_every_step(cells: type[nn.RNNBase], gates: int) -> None:
    steps, rows, inputs, hidden = 2_000, 6, 3, 5
    example, network = (torch.zeros(1, steps, inputs),), Answers(cells)
    products = 2 * 2 * gates * hidden * (inputs + hidden)
    assert count_flops(network, example, rows) == rows * steps * products
    assert count_flops(outline(lambda: Answers(cells)), example, rows) == rows * steps * products
    kept = activation_bytes(network, example, rows) / (4 * rows * steps)
    assert inputs + 2 * (gates + 1) * hidden <= kept <= inputs + 2 * (gates + 4) * hidden
    assert "forward" not in vars(network.cells), "the cells are as they were"
    assert network(example[0]).abs().max() < 1
