from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn

from netwright.nets.activations import ACTIVATIONS, make_activation
from netwright.nets.dropout import Dropout
from netwright.nets.members import MemberLinear, MemberScaling
from netwright.nets.mlp import MLP
from netwright.nets.network import TableShape
from netwright.training.dense_chain import DenseChain
from netwright.training.validation import outputs

WATCHED = (nn.Linear, nn.ReLU, Dropout, MemberScaling, MemberLinear)


def gradients(
    network: nn.Module, answer: Callable[..., Tensor], inputs: tuple[Tensor, ...], autocast: bool = False
) -> dict[str, Tensor]:
    """Return the answer and the gradient of every parameter for one odd loss, with the same dropout."""
    torch.manual_seed(7)
    network.train().zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16) if autocast else nullcontext():
        output = answer(*inputs)
    direction = torch.linspace(-1, 1, output.numel(), dtype=output.dtype).view(output.shape)
    (output * direction + output.square()).sum().backward()
    if isinstance(answer, DenseChain):
        answer.backward()
    found = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    return {"answer": output.detach(), **found}


def assert_same(network: nn.Module, inputs: tuple[Tensor, ...], rtol: float, autocast: bool = False) -> None:
    chain = DenseChain.of(network)
    assert chain is not None
    by_hand = gradients(network, chain, inputs, autocast)
    by_autograd = gradients(network, network, inputs, autocast)
    assert by_hand.keys() == by_autograd.keys()
    for name, expected in by_autograd.items():
        scale = float(expected.abs().max())
        torch.testing.assert_close(by_hand[name], expected, rtol=rtol, atol=rtol * scale, msg=name)


def table(rows: int, dtype: torch.dtype) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(rows, 3, generator=generator, dtype=dtype)
    return numbers, torch.randint(0, 5, (rows, 2), generator=generator)


def dense(inputs: tuple[Tensor, ...], dtype: torch.dtype, **settings: object) -> nn.Module:
    torch.manual_seed(0)
    shape = TableShape(numbers=3, cardinalities=(5, 5))
    network = MLP(**{"hidden": (32, 40), "dropout": 0.3, **settings}).build(shape, 2, inputs)
    return network.to(dtype)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("prelu", "step", "selu")])
def test_every_activation_in_float64(name: str) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Linear(5, 9), make_activation(name), nn.Dropout(0.4), nn.Linear(9, 7, bias=False), nn.Dropout(0.1)
    )
    network.append(nn.Linear(7, 4)).append(make_activation(name)).append(nn.Linear(4, 2))
    assert_same(network.double(), (torch.randn(11, 5, dtype=torch.float64),), rtol=1e-10)


@pytest.mark.parametrize("members", [1, 4])
@pytest.mark.parametrize("number_embedding", ["none", "piecewise_linear", "periodic"])
def test_table_networks_in_float64(members: int, number_embedding: str) -> None:
    inputs = table(50, torch.float64)
    network = dense(
        tuple(tensor.float() if tensor.is_floating_point() else tensor for tensor in inputs),
        torch.float64,
        members=members,
        number_embedding=number_embedding,
        category_embedding="learned",
    )
    assert_same(network, inputs, rtol=1e-10)


@pytest.mark.parametrize("rows", [1, 17, 700])
@pytest.mark.parametrize("members", [1, 3])
def test_float32_and_bfloat16(rows: int, members: int) -> None:
    inputs = table(rows, torch.float32)
    network = dense(inputs, torch.float32, members=members, hidden=(128, 64))
    assert_same(network, inputs, rtol=2e-5)
    assert_same(network, inputs, rtol=3e-2, autocast=True)


def test_large_products_are_exact_to_32_bits() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 7))
    assert_same(network, (torch.randn(512, 64),), rtol=2e-5)


def test_rows_that_are_no_table() -> None:
    network = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), Dropout(0.5), nn.Linear(6, 1)).double()
    assert_same(network, (torch.randn(8, 3, 4, dtype=torch.float64),), rtol=1e-10)


def test_a_number_that_is_none_is_not_hidden() -> None:
    network = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU())
    chain = DenseChain.of(network)
    assert chain is not None
    features = torch.randn(512, 256)
    features[3, 5] = torch.nan
    assert bool(chain(features)[3].isnan().all())


@pytest.mark.parametrize("rows", [10, 600])
@pytest.mark.parametrize("members", [1, 3])
def test_answers_without_gradient(rows: int, members: int) -> None:
    inputs = table(rows, torch.float32)
    network = dense(inputs, torch.float32, members=members, hidden=(128, 64)).eval()
    chain = DenseChain.of(network)
    assert chain is not None
    with torch.inference_mode():
        torch.testing.assert_close(chain.infer(*inputs), network(*inputs), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(outputs(network, inputs), network(*inputs), rtol=1e-4, atol=1e-5)


def test_gradients_add_up_and_frozen_weights_get_none() -> None:
    network = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1)).double()
    network[0].bias.requires_grad_(False)
    chain = DenseChain.of(network)
    assert chain is not None
    features = torch.randn(8, 4, dtype=torch.float64)
    once = gradients(network, chain, (features,))
    once = {name: gradient.clone() for name, gradient in once.items()}
    output = chain(features)
    (output * torch.linspace(-1, 1, 8).double().view(8, 1) + output.square()).sum().backward()
    chain.backward()
    assert network[0].bias.grad is None
    torch.testing.assert_close(network[2].weight.grad, 2 * once["2.weight"])


def test_a_layer_used_twice_gets_both_gradients() -> None:
    shared = nn.Linear(6, 6)
    assert_same(
        nn.Sequential(shared, nn.Tanh(), shared, nn.Tanh(), nn.Linear(6, 2)).double(),
        (torch.randn(5, 6, dtype=torch.float64),),
        rtol=1e-10,
    )


def test_watching_hooks_see_what_the_network_would_show_and_change_nothing() -> None:
    inputs = table(20, torch.float32)
    network = dense(inputs, torch.float32, members=3)
    chain = DenseChain.of(network)
    assert chain is not None
    plain = gradients(network, chain, inputs)

    def watched(answer: Callable[..., Tensor]) -> dict[str, Tensor]:
        seen: dict[str, Tensor] = {}
        handles = [
            module.register_forward_hook(lambda m, i, o, name=name: seen.update({name: o.detach().clone()}))
            for name, module in network.named_modules()
            if not name.startswith("embedding") and isinstance(module, WATCHED)
        ]
        found = gradients(network, answer, inputs)
        for handle in handles:
            handle.remove()
        assert answer is network or all(torch.equal(found[name], plain[name]) for name in plain)
        return seen

    by_hand, by_network = watched(chain), watched(network)
    assert {
        "hidden.0.linear",
        "hidden.0.activation",
        "hidden.1.dropout",
        "scaling",
        "output",
    } <= by_hand.keys()
    for name, seen in by_hand.items():
        torch.testing.assert_close(seen, by_network[name], rtol=1e-4, atol=1e-5, msg=name)


def test_answers_do_not_stay_in_memory() -> None:
    import gc
    import weakref

    network = nn.Sequential(nn.Linear(4, 2), nn.Sigmoid())
    chain = DenseChain.of(network)
    assert chain is not None
    gc.disable()
    try:
        output = chain(torch.randn(3, 4))
        output.sum().backward()
        chain.backward()
        gone = weakref.ref(output)
        del output
        assert gone() is None
    finally:
        gc.enable()


def _hooked() -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 2))
    network[0].register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2,))
    return network


def _tensor_hooked() -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 2))
    network[0].weight.register_hook(lambda gradient: gradient * 2)
    return network


def _replaced() -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 2))
    network[0].forward = lambda features: features[:, :2]  # type: ignore[method-assign]
    return network


class _OwnSequential(nn.Sequential):
    pass


@pytest.mark.parametrize(
    "network",
    [
        nn.Linear(3, 2),
        nn.Sequential(),
        nn.Sequential(nn.ReLU(), nn.Linear(3, 2)),
        nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)),
        nn.Sequential(nn.Linear(3, 2), nn.PReLU()),
        nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.1), nn.ReLU()),
        nn.Sequential(nn.Linear(3, 2), nn.ELU(inplace=True)),
        nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))),
        _OwnSequential(nn.Linear(3, 2)),
        _hooked(),
        _tensor_hooked(),
        _replaced(),
        MLP(normalization="layer").build(TableShape(3, ()), 1),
        MLP(hidden=(8, 8), residual=True).build(TableShape(3, ()), 1),
        MLP(activation="prelu").build(TableShape(3, ()), 1),
    ],
)
def test_what_is_no_chain_is_left_to_autograd(network: nn.Module) -> None:
    assert DenseChain.of(network) is None


def test_members_share_the_mask_that_the_network_would_draw() -> None:
    dropout = Dropout(0.5).train()
    torch.manual_seed(0)
    expected = dropout(torch.ones(4, 3, 6))
    torch.manual_seed(0)
    assert torch.equal(dropout.mask(torch.ones(1, 4, 6)).expand(3, 4, 6).transpose(0, 1), expected)
