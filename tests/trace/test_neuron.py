from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest
import torch
from tests.trace.models import KINDS, classifier, frame
from tests.trace.networks import example
from torch import nn

from netwright.errors import UserError
from netwright.trace import Neuron, neuron


def by_hand(unit: Neuron) -> np.ndarray:
    """Return w · x + b."""
    return np.asarray((unit.inputs * unit.weights).sum(-1) + unit.bias)


def values_of(network: nn.Module, layer: str, rows: torch.Tensor) -> np.ndarray:
    """Return what a layer of the network puts out, read with a hook of PyTorch."""
    twin, kept = copy.deepcopy(network).double().eval(), []
    twin.get_submodule(layer).register_forward_hook(lambda part, given, made: kept.append(made))
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        twin(rows.double())
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    made = kept[0][0] if isinstance(kept[0], tuple) else kept[0]
    return np.asarray(made.detach().numpy())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("layer", "unit"), [("hidden.0", 3), ("hidden.1", 7), ("output", 2)])
def test_a_unit_of_the_package_by_hand(kind: str, layer: str, unit: int) -> None:
    settings = KINDS[kind]
    model = classifier(**settings)
    member = 2 if settings.get("members") else None
    looked = neuron(model, layer=layer, unit=unit, rows=frame()[:3], member=member)
    z = by_hand(looked)
    np.testing.assert_allclose(z, looked.pre_activation, rtol=1e-10, atol=1e-12)
    if looked.normalization is not None:
        n = looked.normalization
        z = (z - n.mean) / np.sqrt(n.variance + n.epsilon) * n.scale + n.shift
        np.testing.assert_allclose(z, n.value, rtol=1e-9, atol=1e-12)
    functions = {
        "max(0, z)": lambda z: np.maximum(0, z),
        "z s(z), s the sigmoid": lambda z: z / (1 + np.exp(-z)),
        "z": lambda z: z,
    }
    if looked.function in functions:
        np.testing.assert_allclose(functions[looked.function](z), looked.activation, rtol=1e-9, atol=1e-12)
    else:
        assert looked.function.startswith("z if z > 0 else a z")
        slope = model.network_.hidden[int(layer[-1])].activation.weight.item()
        np.testing.assert_allclose(np.where(z > 0, z, slope * z), looked.activation, rtol=1e-6)


def test_the_output_unit_is_the_networks_answer() -> None:
    model = classifier()
    scores = [neuron(model, layer="output", unit=unit, rows=frame()[:2]).activation for unit in range(3)]
    exponentials = np.exp(np.stack(scores, axis=1))
    shares = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, model.predict_proba(frame()[:2]), atol=2e-5)


def test_inputs_have_the_names_of_columns() -> None:
    looked = neuron(classifier(category_embedding="one_hot"), layer="hidden.0", unit=0, rows=frame()[:1])
    assert looked.input_names[:2] == ("age", "height")
    assert "smith" in " ".join(looked.input_names) or any("job" in name for name in looked.input_names)
    assert neuron(classifier(), layer="hidden.1", unit=0, rows=frame()[:1]).input_names[4] == "hidden.0[4]"


def test_feeds_are_the_weights_of_the_next_layer() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1))
    (reader,) = neuron(network, layer="0", unit=2, rows=torch.randn(1, 3)).feeds
    assert reader.layer == "2"
    np.testing.assert_allclose(reader.weights, network[2].weight[:, 2].detach().double().numpy())
    assert neuron(network, layer="4", unit=0, rows=torch.randn(1, 3)).feeds == ()


def test_feeds_pass_shortcuts_and_members() -> None:
    model = classifier(residual=True, normalization="group", activation="silu")
    names = [reader.layer for reader in neuron(model, layer="hidden.0", unit=1, rows=frame()[:1]).feeds]
    assert names == ["hidden.1", "output"]
    members = classifier(**KINDS["members"])
    (reader,) = neuron(members, layer="hidden.1", unit=1, rows=frame()[:1], member=2).feeds
    weights = members.network_.output.weight[2, :, 1].detach().double().numpy()
    np.testing.assert_allclose(reader.weights, weights, rtol=1e-12)


@pytest.mark.parametrize("position", [None, (1, 3), (0, 0)])
def test_a_channel_of_a_convolution(position: tuple[int, int] | None) -> None:
    given = example("convolution")
    looked = neuron(given.network, layer="0", unit=3, rows=given.rows, position=position)
    expected = values_of(given.network, "0", given.rows)[:, 3]
    if position is not None:
        expected = expected[:, position[0], position[1]]
    np.testing.assert_allclose(by_hand(looked), expected, rtol=1e-9, atol=1e-12)
    assert looked.weights.shape == (9,)
    assert looked.input_names[0] == "x[1] at (0, 0)"
    (reader,) = looked.feeds
    assert reader.layer == "5"


def test_circular_padding_and_one_dimension() -> None:
    network = nn.Conv1d(2, 3, 3, padding=2, padding_mode="circular", bias=False)
    rows = torch.randn(2, 2, 7)
    looked = neuron(network, layer="conv1d", unit=1, rows=rows)
    np.testing.assert_allclose(by_hand(looked), values_of(network, "", rows)[:, 1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("time", [None, 0, 3])
def test_a_recurrent_unit_gate_by_gate(name: str, time: int | None) -> None:
    given = example(name)
    unit = 7 if name == "lstm" else 2
    looked = neuron(given.network, layer="layer", unit=unit, rows=given.rows, position=time)
    functions = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(0, z),
    }
    gates = {key: functions[g.function](g.inputs @ g.weights + g.bias) for key, g in looked.gates.items()}
    if name == "rnn":
        h = gates["hidden"]
    elif name == "lstm":
        c = gates["forget"] * looked.memory["c_before"] + gates["input"] * gates["candidate"]
        np.testing.assert_allclose(c, looked.memory["c"], rtol=1e-9)
        h = gates["output"] * np.tanh(c)
    else:
        h = (1 - gates["update"]) * gates["candidate"] + gates["update"] * looked.memory["h_before"]
    expected = values_of(given.network, "layer", given.rows)[:, 5 if time is None else time, unit]
    np.testing.assert_allclose(h, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(looked.activation, expected, rtol=1e-9, atol=1e-12)


def test_levels_of_stacked_layers() -> None:
    given = example("lstm")
    looked = neuron(given.network, layer="layer", unit=1, rows=given.rows, level=0)
    alone = nn.LSTM(3, 5, batch_first=True, bidirectional=True)
    stacked = given.network.layer.state_dict()
    alone.load_state_dict({key: value for key, value in stacked.items() if "l0" in key})
    expected = values_of(alone, "", given.rows)[:, -1, 1]
    np.testing.assert_allclose(looked.activation, expected, rtol=1e-9)
    with pytest.raises(UserError, match="2 levels"):
        neuron(given.network, layer="layer", unit=1, rows=given.rows, level=2)


def test_a_cell_says_that_it_is_used_several_times() -> None:
    given = example("cell")
    with pytest.raises(UserError, match="used 3 times in one pass"):
        neuron(given.network, layer="cell", unit=0, rows=given.rows)
    last = neuron(given.network, layer="cell", unit=0, rows=given.rows, use=2)
    twin = copy.deepcopy(given.network).double()
    np.testing.assert_allclose(last.activation, twin(given.rows.double())[:, 0].detach().numpy(), rtol=1e-9)


@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_by_hand(batch_first: bool) -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=batch_first)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.attention(x, x, x)[0]

    network = Block()
    nn.init.normal_(network.attention.in_proj_bias)
    nn.init.normal_(network.attention.out_proj.bias)
    rows = torch.randn(3, 5, 8)
    looked = neuron(network, layer="attention", unit=6, rows=rows)
    expected = values_of(network, "attention", rows)[..., 6]
    expected = expected if batch_first else expected.T
    np.testing.assert_allclose(by_hand(looked), expected, rtol=1e-9, atol=1e-12)
    heads = looked.attention
    assert heads is not None
    np.testing.assert_allclose(heads.weights.sum(-1), 1, rtol=1e-12)
    brought = np.einsum("nhls,nhsd->nlhd", heads.weights, heads.values).reshape(looked.inputs.shape)
    np.testing.assert_allclose(brought, looked.inputs, rtol=1e-9, atol=1e-12)
    one = neuron(network, layer="attention", unit=6, rows=rows, position=2)
    np.testing.assert_allclose(one.activation, expected[:, 2], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "rows"),
    [
        (nn.BatchNorm2d(4), torch.randn(3, 4, 5, 5)),
        (nn.BatchNorm1d(4, track_running_stats=False), torch.randn(6, 4)),
        (nn.LayerNorm(4), torch.randn(3, 6, 4)),
        (nn.GroupNorm(2, 4), torch.randn(3, 4, 5, 5)),
        (nn.InstanceNorm2d(4, affine=True), torch.randn(3, 4, 5, 5)),
        (nn.RMSNorm(4), torch.randn(3, 4)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_normalisation_by_hand(layer: nn.Module, rows: torch.Tensor) -> None:
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    looked = neuron(nn.Sequential(layer, nn.Flatten()), layer="0", unit=3, rows=rows)
    made = values_of(layer, "", rows)
    channel = made[..., 3] if isinstance(layer, (nn.LayerNorm, nn.RMSNorm)) else made[:, 3]
    np.testing.assert_allclose(by_hand(looked), channel, rtol=1e-9, atol=1e-11)


def test_activations_and_layers_of_other_kinds() -> None:
    network = nn.Sequential(nn.ConvTranspose1d(2, 3, 2), nn.Softplus())
    rows = torch.randn(2, 2, 4)
    looked = neuron(network, layer="0", unit=1, rows=rows, position=2)
    np.testing.assert_allclose(by_hand(looked), values_of(network, "0", rows)[:, 1, 2], rtol=1e-9)
    np.testing.assert_allclose(looked.activation, np.logaddexp(0, by_hand(looked)), rtol=1e-9)
    with pytest.raises(UserError, match="Give position"):
        neuron(network, layer="0", unit=1, rows=rows)
    shape = nn.Sequential(nn.Tanh(), nn.Linear(3, 1))
    unit = neuron(shape, layer="0", unit=1, rows=torch.ones(1, 3))
    assert unit.activation[0] == pytest.approx(math.tanh(1))
    assert unit.pre_activation[0] == 1


def test_text_figure_and_plain_data() -> None:
    looked = neuron(classifier(normalization="batch"), layer="hidden.1", unit=7, rows=frame()[:2])
    text = str(looked)
    assert text.startswith("hidden.1[7] (dense): z = w · x + b")
    for part in ("bias", "sum z", "normalised", "activation", "output"):
        assert part in text
    assert looked.table(row=1) != text
    assert looked.figure(row=1).axes
    plain = json.loads(json.dumps(looked.to_json()))
    assert plain["feeds"][0]["layer"] == "output"
    np.testing.assert_array_equal(plain["weights"], looked.weights)
    for name in ("lstm", "attention"):
        given = example(name)
        layer = "layer" if name == "lstm" else "layers.0.self_attn"
        assert "activation" in str(neuron(given.network, layer=layer, unit=0, rows=given.rows))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layer": "hiden.1"}, "Did you mean 'hidden.1'"),
        ({"layer": "hidden"}, "holds several layers. Say which: hidden.0.linear, hidden.1.linear"),
        ({"layer": "hidden.1", "unit": 8}, "units, numbered 0 to 7; there is no unit 8"),
        ({"layer": "hidden.1", "member": 0}, "a single one"),
        ({"layer": "hidden.1", "position": 3}, "0 axes of positions"),
    ],
)
def test_mistakes_are_explained(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        neuron(classifier(), **{"unit": 0, "rows": frame()[:1], **settings})


def test_members_must_be_named() -> None:
    model = classifier(**KINDS["members"])
    with pytest.raises(UserError, match="member=0 to member=2"):
        neuron(model, layer="hidden.0", unit=0, rows=frame()[:1])
    with pytest.raises(UserError, match="got member=3"):
        neuron(model, layer="hidden.0", unit=0, rows=frame()[:1], member=3)


def test_shared_layers_must_be_told_apart() -> None:
    given = example("shared")
    with pytest.raises(UserError, match="used 2 times in one pass, with the same weights"):
        neuron(given.network, layer="twice", unit=0, rows=given.rows)
    first, second = (neuron(given.network, layer="twice", unit=0, rows=given.rows, use=use) for use in (0, 1))
    np.testing.assert_array_equal(first.weights, second.weights)
    assert not np.allclose(first.inputs, second.inputs)
