import copy
from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from netwright.errors import RecipeError
from netwright.nets import MLP, Network, TableShape
from netwright.parts import parse_part

SHAPE = TableShape(3, (4, 50))


def rows(count: int = 40) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    codes = [torch.randint(0, size, (count,), generator=generator) for size in SHAPE.cardinalities]
    return torch.randn(count, SHAPE.numbers, generator=generator), torch.stack(codes, dim=1)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


VARIANTS: list[dict[str, Any]] = [
    {},
    {"hidden": ()},
    {"activation": "tanh", "normalization": "batch", "dropout": 0.0},
    {"normalization": "layer", "category_embedding": "one_hot"},
    {"normalization": "group", "number_embedding": "piecewise_linear"},
    {"normalization": "rms", "number_embedding": "periodic", "category_embedding": "learned"},
    {"residual": True, "stochastic_depth": 0.3, "initialization": "orthogonal"},
    {"members": 3, "normalization": "batch", "number_embedding": "piecewise_linear"},
    {"members": 3, "initialization": "data_dependent", "activation": "prelu"},
    {"initialization": "data_dependent", "number_embedding": "piecewise_linear", "zero_output": True},
]


@pytest.mark.parametrize("settings", VARIANTS)
def test_every_variant_gives_outputs_and_a_gradient_for_every_parameter(settings: dict[str, Any]) -> None:
    part = MLP(**{"hidden": (16, 16), **settings})
    network = part.build(SHAPE, 2, rows(), seeded())
    output = network(*rows())
    members = (part.members,) if part.members > 1 else ()
    assert output.shape == (40, *members, 2)
    assert network.members == part.members
    assert output.dtype == torch.float32
    (output * torch.randn(output.shape, generator=seeded())).sum().backward()
    assert [name for name, tensor in network.named_parameters() if tensor.grad is None] == []


@pytest.mark.parametrize("settings", VARIANTS)
def test_one_row_is_predicted_as_in_company(settings: dict[str, Any]) -> None:
    network = MLP(**{"hidden": (16, 16), **settings}).build(SHAPE, 2, rows(), seeded()).eval()
    together = network(*rows())
    alone = network(*(tensor[:1] for tensor in rows()))
    torch.testing.assert_close(alone, together[:1])


@pytest.mark.parametrize("settings", VARIANTS)
def test_the_same_generator_builds_the_same_network(settings: dict[str, Any]) -> None:
    part = MLP(**{"hidden": (16, 16), **settings})
    first, second = (part.build(SHAPE, 2, rows(), seeded(3)).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = part.build(SHAPE, 2, rows(), seeded(4)).state_dict()
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_a_plain_network_equals_pytorchs_layers() -> None:
    network = MLP(hidden=(8, 5), dropout=0.0).build(TableShape(3), 2, (), seeded())
    first, second = network.hidden[0].linear, network.hidden[1].linear
    plain = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 2))
    for target, source in ((0, first), (2, second), (4, network.output)):
        plain[target].load_state_dict(source.state_dict())
    numbers = rows()[0]
    torch.testing.assert_close(network(numbers), plain(numbers))


def test_a_block_is_linear_then_normalisation_then_activation_then_dropout() -> None:
    network = MLP(hidden=(8,), normalization="layer", activation="gelu", dropout=0.3).build(TableShape(3), 1)
    block = network.hidden[0]
    assert list(OrderedDict(block.named_children())) == [
        "linear",
        "normalization",
        "activation",
        "dropout",
        "depth",
    ]
    numbers = rows()[0]
    expected = nn.functional.gelu(nn.functional.layer_norm(block.linear(numbers), (8,)))
    torch.testing.assert_close(block.eval()(numbers), expected)
    dropped = block.train()(numbers)
    assert 0.1 < float((dropped == 0).float().mean()) < 0.5


def test_layers_have_readable_names() -> None:
    network = MLP(hidden=(8, 4)).build(SHAPE, 1, rows())
    names = dict(network.named_modules())
    for name in ("embedding", "hidden.0.linear", "hidden.1.normalization", "hidden.1.activation", "output"):
        assert name in names
    assert isinstance(names["hidden.0.linear"], nn.Linear)
    assert names["hidden.0.linear"].in_features == network.embedding.width


def test_columns_may_be_permuted_together_with_their_weights() -> None:
    settings: dict[str, Any] = {"hidden": (8,), "dropout": 0.0, "category_embedding": "one_hot"}
    network = MLP(**settings).build(TableShape(3, (3, 5)), 1, (), seeded())
    swapped = MLP(**settings).build(TableShape(3, (5, 3)), 1, (), seeded())
    state = network.state_dict()
    weight = state["hidden.0.linear.weight"]
    numbers, first, second = weight[:, [2, 0, 1]], weight[:, 3:5], weight[:, 5:9]
    state["hidden.0.linear.weight"] = torch.cat([numbers, second, first], dim=1)
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("embedding")}
    swapped.load_state_dict(kept, strict=False)
    values, codes = torch.randn(20, 3), torch.stack([torch.arange(20) % 3, torch.arange(20) % 5], dim=1)
    torch.testing.assert_close(swapped(values[:, [2, 0, 1]], codes[:, [1, 0]]), network(values, codes))


def test_members_with_equal_scalings_and_heads_equal_the_plain_network() -> None:
    plain = MLP(hidden=(8, 8), dropout=0.0).build(SHAPE, 2, rows(), seeded())
    several = MLP(hidden=(8, 8), dropout=0.0, members=4).build(SHAPE, 2, rows(), seeded())
    several.embedding, several.hidden = copy.deepcopy(plain.embedding), copy.deepcopy(plain.hidden)
    with torch.no_grad():
        several.scaling.scaling.fill_(1)
        several.output.weight.copy_(plain.output.weight.expand(4, 2, 8))
        several.output.bias.copy_(plain.output.bias.expand(4, 2))
    expected = plain(*rows())
    for member in several(*rows()).unbind(1):
        torch.testing.assert_close(member, expected)


def test_members_differ_from_the_first_step() -> None:
    network = MLP(hidden=(8, 8), dropout=0.0, members=4).build(SHAPE, 1, rows(), seeded())
    output = network(*rows()).squeeze(2).detach()
    assert float((output[:, 0] - output[:, 1]).abs().max()) > 0.01


def test_residual_layers_add_their_input() -> None:
    network = MLP(hidden=(6, 8, 8), residual=True, dropout=0.0).build(TableShape(3), 1, (), seeded())
    assert [block.residual for block in network.hidden] == [False, False, True]
    block, features = network.hidden[2], torch.randn(5, 8)
    torch.testing.assert_close(block(features), features + block.linear(features).relu())


def test_later_residual_layers_are_left_out_more_often() -> None:
    part = MLP(hidden=(8, 8, 8, 8), residual=True, stochastic_depth=0.3)
    blocks = part.build(TableShape(3), 1).hidden
    assert [getattr(block.depth, "rate", 0.0) for block in blocks] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_zero_output_starts_from_the_bias() -> None:
    network = MLP(hidden=(8,), zero_output=True).build(SHAPE, 2, rows(), seeded())
    assert not network(*rows()).any()


def test_numbers_are_never_changed_in_place() -> None:
    numbers, codes = rows()
    for embedding in ("none", "piecewise_linear", "periodic"):
        network = MLP(hidden=(8,), number_embedding=embedding).build(SHAPE, 1, rows(), seeded())
        given = numbers.clone(), codes.clone()
        network(*given)
        assert torch.equal(given[0], numbers)
        assert torch.equal(given[1], codes)


def test_a_network_keeps_its_answers_when_saved_as_tensors() -> None:
    part = MLP(hidden=(8,), number_embedding="piecewise_linear", normalization="batch", members=2)
    network = part.build(SHAPE, 1, rows(), seeded()).eval()
    other = part.build(SHAPE, 1, rows(), seeded(1)).eval()
    other.load_state_dict({name: tensor.clone() for name, tensor in network.state_dict().items()})
    assert torch.equal(other(*rows()), network(*rows()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": (8, 0)}, r"MLP\.hidden: every hidden layer needs at least 1 unit, got \(8, 0\)"),
        ({"activation": "leaky"}, r"Unknown activation 'leaky'"),
        ({"initialization": "xavier"}, r"Unknown initialization 'xavier'"),
        ({"normalization": "batchnorm"}, r"MLP\.normalization: expected 'none', 'batch'"),
        ({"dropout": 1.0}, r"MLP\.dropout: expected a number less than 1, got 1\.0"),
        ({"dropout": -0.1}, r"MLP\.dropout"),
        ({"dropout": float("nan")}, r"MLP\.dropout"),
        ({"members": 0}, r"MLP\.members"),
        ({"bins": 1}, r"MLP\.bins"),
        ({"hidden": (4, 5), "residual": True}, "residual needs a hidden layer as wide as the one before it"),
        ({"stochastic_depth": 0.1}, "stochastic_depth leaves residual layers out"),
        ({"hidden": (1,), "normalization": "layer"}, r"hidden\.0 with 1 unit"),
        ({"layers": (4,)}, r"MLP\.layers: unknown setting"),
    ],
)
def test_impossible_settings_are_refused_by_name(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        MLP(**settings)


def test_a_recipe_names_it_in_plain_data() -> None:
    part = MLP(hidden=(8,), activation="silu")
    assert parse_part(Network, part.to_plain()) == part
    assert parse_part(Network, "mlp") == MLP()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("settings", [VARIANTS[4], VARIANTS[5], VARIANTS[7]])
def test_forward_is_a_graph_of_tensor_operations_for_any_number_of_rows(settings: dict[str, Any]) -> None:
    network = MLP(**{"hidden": (8, 8), **settings}).build(SHAPE, 2, rows(), seeded()).eval()
    any_rows = torch.export.Dim("rows")
    program = torch.export.export(network, rows(8), dynamic_shapes=({0: any_rows}, {0: any_rows}))
    torch.testing.assert_close(program.module()(*rows(40)), network(*rows(40)))
