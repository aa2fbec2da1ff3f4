"""A chain of dense layers with its gradient written by hand: autograd's numbers for less time.

Autograd keeps a node for every operation, and the products of its layers come from a library that leaves
part of many processors unused. Here the whole chain is gone through forth and back, see `dense_links`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook

from netwright.nets.dropout import Dropout
from netwright.nets.members import MemberLinear, MemberScaling
from netwright.nets.mlp import DenseBlock, DenseNetwork
from netwright.training.dense_links import (
    DERIVATIVES,
    LayerLink,
    Link,
    MemberOutputLink,
    Memo,
    ScalingLink,
    Tell,
    nobody,
)

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class DenseChain:
    """Called like a network in training, with the same answers; their gradient is written by hand.

    The results equal autograd's but for the rounding of the last bits, and are the same, bit for bit,
    every time. Forward hooks that are registered on a layer later, to watch it, are told what the network
    would tell them; a network that has hooks before is no chain.

    Args:
        network: answers where the features are no table.
        front: turns the tensors of a batch into features (rows, inputs); autograd takes care of it.
        links: what follows, the output last.
    """

    def __init__(self, network: nn.Module, front: Callable[..., Tensor], links: Sequence[Link]) -> None:
        self._network = network
        self._front = front
        self._links = tuple(links)
        self._hooks = [module._forward_hooks for module in network.modules()]
        self._way_back: Callable[[], None] | None = None

    @staticmethod
    def of(network: nn.Module) -> DenseChain | None:
        """Return the chain of a network, or None where it holds anything that a chain does not know.

        A chain is a `DenseNetwork` without normalisation and shortcuts, or an `nn.Sequential` of linear
        layers, each followed by an activation, dropout, both or neither; on a CPU.

        >>> DenseChain.of(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1))) is not None
        True
        >>> DenseChain.of(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))) is None
        True
        """
        if not all(map(_is_plain, network.modules())) or not all(map(_is_free, network.parameters())):
            return None
        if _has_any_global_hook():  # type: ignore[no-untyped-call]
            return None
        if type(network) is DenseNetwork:
            return _of_dense_network(network)
        layers = _layers(list(network)) if type(network) is nn.Sequential else []
        return DenseChain(network, _as_features, layers) if layers else None

    def __call__(self, *inputs: Tensor) -> Tensor:
        """Return what the network answers; after the gradient of that is known, call `backward`."""
        features = self._front(*inputs)
        if features.dim() != 2:
            self._way_back = None
            return self._network(*inputs)  # type: ignore[no-any-return]
        arithmetic = _arithmetic(features)
        tell = _teller(len(features)) if any(self._hooks) else nobody
        memos, hidden = [], features.detach()
        with torch.no_grad():
            for link in self._links:
                hidden, memo = link.forward(hidden, arithmetic, tell)
                memos.append(memo)
        answer = hidden.detach().requires_grad_()
        self._way_back = partial(self._backward, features, answer, memos)
        return answer

    def infer(self, *inputs: Tensor) -> Tensor:
        """Return what the network answers, with nothing kept for a gradient."""
        features = self._front(*inputs)
        if features.dim() != 2 or any(self._hooks):
            return self._network(*inputs)  # type: ignore[no-any-return]
        for link in self._links:
            features, _ = link.forward(features, _arithmetic(features), nobody)
        return features

    def backward(self) -> None:
        """Add the gradients of the parameters, from that of the last answer."""
        if self._way_back is not None:
            self._way_back()
            self._way_back = None

    def _backward(self, features: Tensor, answer: Tensor, memos: list[Memo]) -> None:
        gradient = answer.grad
        with torch.no_grad():
            for link in reversed(self._links):
                assert gradient is not None, "only the first link may leave out the gradient of its input"
                gradient = link.backward(gradient, memos.pop(), features.requires_grad or bool(memos))
        if features.requires_grad:
            assert gradient is not None
            # The gradient of this sum is `gradient`, to the bit. `features.backward(gradient)` would import
            # the symbolic shapes of PyTorch's compiler first, which takes half a second.
            (features * gradient).sum().backward()  # type: ignore[no-untyped-call]


def _arithmetic(features: Tensor) -> torch.dtype:
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else features.dtype


def _as_features(inputs: Tensor) -> Tensor:
    return inputs


def _of_dense_network(network: DenseNetwork) -> DenseChain | None:
    links: list[Link] = []
    if isinstance(network.scaling, MemberScaling):
        links.append(ScalingLink(network.scaling))
    for block in network.hidden:
        assert isinstance(block, DenseBlock)
        layers = _layers([block.linear, block.activation, block.dropout], network.members)
        if block.residual or type(block.normalization) is not nn.Identity or not layers:
            return None
        links += layers
    if isinstance(network.output, MemberLinear):
        return DenseChain(network, network.embedding, [*links, MemberOutputLink(network.output)])
    return DenseChain(network, network.embedding, [*links, *_layers([network.output])])


def _layers(modules: Sequence[nn.Module], members: int = 1) -> list[LayerLink]:
    """Return modules one after another as layers; none if they do not follow the pattern."""
    found: list[list[nn.Module]] = []
    for module in modules:
        kind = type(module)
        if kind is nn.Linear:
            found.append([module])
        elif found and len(found[-1]) == 1 and kind in DERIVATIVES and _keeps_input(module):
            found[-1].append(module)
        elif found and len(found[-1]) <= 2 and kind in (nn.Dropout, Dropout, nn.Identity):
            found[-1] += [nn.Identity()] * (2 - len(found[-1])) + [module]
        else:
            return []
    filled = [layer + [nn.Identity()] * (3 - len(layer)) for layer in found]
    return [LayerLink(linear, activation, dropout, members) for linear, activation, dropout in filled]  # type: ignore[arg-type]


def _keeps_input(activation: nn.Module) -> bool:
    return type(activation) is nn.ReLU or not getattr(activation, "inplace", False)


def _is_plain(module: nn.Module) -> bool:
    """Return whether calling a module does what its class says, and nothing else."""
    return "forward" not in vars(module) and not any(getattr(module, name) for name in _HOOKS)


def _is_free(parameter: Tensor) -> bool:
    """Return whether the gradient of a parameter may be put in place without telling anyone."""
    watched = parameter._backward_hooks or getattr(parameter, "_post_accumulate_grad_hooks", None)
    return parameter.device.type == "cpu" and not watched


def _teller(rows: int) -> Tell:
    """Return what calls the forward hooks of a module; for them members are the second axis."""

    def tell(module: nn.Module, came: Tensor, went: Tensor) -> None:
        shown = (
            tensor if len(tensor) == rows else tensor.view(-1, rows, tensor.shape[1]).transpose(0, 1)
            for tensor in (came, went)
        )
        features, answer = shown
        for hook in list(module._forward_hooks.values()):
            hook(module, (features,), answer)

    return tell
