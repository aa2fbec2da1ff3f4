from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from tests.trace.models import KINDS, classifier, frame
from tests.trace.networks import EXAMPLES, example
from torch import nn

from netwright.errors import UserError
from netwright.trace import forward


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_output_is_the_networks_and_the_replay_gives_it(name: str) -> None:
    given = example(name)
    trace = forward(given.network, given.inputs)
    expected = copy.deepcopy(given.network).double().eval()(*(tensor.double() for tensor in given.inputs))
    np.testing.assert_allclose(trace.output, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(trace.replay(), trace.output)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_model_is_not_disturbed(name: str) -> None:
    given = example(name)
    given.network.train()
    before = copy.deepcopy(given.network.state_dict())
    random_state = torch.get_rng_state()
    forward(given.network, given.inputs)
    assert given.network.training
    assert all(torch.equal(tensor, before[key]) for key, tensor in given.network.state_dict().items())
    assert all(parameter.grad is None for parameter in given.network.parameters())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert torch.get_default_dtype() is torch.float32
    assert all("forward" not in vars(part) for part in given.network.modules())


@pytest.mark.parametrize("kind", KINDS)
def test_every_network_of_the_package(kind: str) -> None:
    model = classifier(**KINDS[kind])
    trace = forward(model, frame()[:4])
    output = torch.from_numpy(trace.replay())
    answers = torch.softmax(output, dim=-1)
    answers = answers.mean(1) if answers.dim() == 3 else answers
    np.testing.assert_allclose(answers.numpy(), model.predict_proba(frame()[:4]), atol=2e-5)


def test_layers_are_what_they_are_called() -> None:
    trace = forward(classifier(normalization="batch"), frame()[:4])
    names = [layer.name for layer in trace.layers]
    assert names[-3:] == ["hidden.0", "hidden.1", "output"]
    assert trace["hidden.0"].operations == ("Linear", "BatchNormalization", "ReLU")
    assert trace["hidden.1"].input is not trace["hidden.0"].output
    np.testing.assert_array_equal(trace["hidden.1"].input, trace["hidden.0"].output)


def test_pre_activation_lies_before_the_activation() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    trace = forward(network, torch.randn(5, 3))
    first = trace["0"]
    np.testing.assert_array_equal(np.maximum(first.pre_activation, 0), first.output)
    weight, bias = network[0].weight.detach().double().numpy(), network[0].bias.detach().double().numpy()
    np.testing.assert_allclose(first.pre_activation, first.input @ weight.T + bias, rtol=1e-12)


def test_a_layer_whose_output_is_read_twice_is_no_chain() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            z = self.linear(x)
            return z * torch.sigmoid(z)

    trace = forward(Both(), torch.randn(2, 3))
    assert [layer.name for layer in trace.layers] == ["linear", "sigmoid", "mul"]


def test_several_inputs_and_whole_numbers() -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(5, 3)

        def forward(self, x: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
            return x * self.table(codes)

    trace = forward(Pair(), (np.ones((2, 3), dtype=np.float32), np.array([1, 4])))
    assert trace["table"].input.dtype == np.int64
    assert trace.output.shape == (2, 3)


def test_text_figure_and_plain_data() -> None:
    trace = forward(classifier(), frame()[:4])
    assert "hidden.1" in str(trace)
    assert trace.figure().axes[0].get_title(loc="left")
    plain = json.loads(json.dumps(trace.to_json()))
    np.testing.assert_array_equal(plain["layers"][-1]["output"], trace.output)


def test_wrong_rows_are_explained() -> None:
    with pytest.raises(UserError, match=r"cannot process rows of shape \(2, 4\)"):
        forward(nn.Linear(3, 1), torch.ones(2, 4))
    with pytest.raises(UserError, match="there are no rows"):
        forward(nn.Linear(3, 1), torch.ones(0, 3))
    with pytest.raises(TypeError, match="got str"):
        forward("model.nw", torch.ones(1, 3))


def test_hidden_changes_are_refused() -> None:
    class Sneaky(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = x * 1.0
            part = x[:, 0]
            part += 1
            return x * 2.0

    with pytest.raises(UserError, match="in place"):
        forward(Sneaky(), torch.ones(2, 3))


def test_layers_that_draw_lots_are_traced() -> None:
    class Lots(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return nn.functional.dropout(x, 0.5) + 1

    trace = forward(Lots(), torch.ones(8, 3))
    np.testing.assert_array_equal(trace.replay(), trace.output)


def test_a_table_gathers_what_happens_between_layers() -> None:
    class Waiting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 2)

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            hidden = self.first(rows)
            for _ in range(3):
                hidden = hidden.transpose(0, 1).transpose(0, 1)
            return self.last(hidden.masked_fill(hidden < 0, -torch.inf).clamp(min=-1.0))

    trace = forward(Waiting(), torch.ones(5, 3))
    lines = trace.table().splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["first", "(9", "last"]
    assert "transpose → transpose → 5 more → masked_fill → clamp" in lines[2]
    each = trace.table(operations=True).splitlines()
    assert len(each) == 1 + len(trace.layers) == 12
    assert "nan" not in trace.table(operations=True)
