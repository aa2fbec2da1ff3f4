"""Hears which loss a training loop computes between a forward and a backward pass, whoever calls it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode, _get_current_function_mode

LOSSES: dict[Callable[..., Tensor], str] = {
    functional.cross_entropy: "crossentropyloss",
    functional.nll_loss: "nllloss",
    functional.binary_cross_entropy: "bceloss",
    functional.binary_cross_entropy_with_logits: "bcewithlogitsloss",
    functional.mse_loss: "mseloss",
    functional.l1_loss: "l1loss",
    functional.smooth_l1_loss: "smoothl1loss",
    functional.huber_loss: "huberloss",
    functional.poisson_nll_loss: "poissonnllloss",
    functional.kl_div: "kldivloss",
    functional.multi_margin_loss: "multimarginloss",
    functional.soft_margin_loss: "softmarginloss",
    functional.multilabel_soft_margin_loss: "multilabelsoftmarginloss",
}
"""PyTorch's losses of an output and a target, with their names."""


class LossCalls(TorchFunctionMode):
    """Tells of every loss that is computed while it listens.

    Args:
        told: gets the loss as a function of output and target, its name, the output and the target.
    """

    def __init__(self, told: Callable[[Callable[..., Tensor], str, Any, Any], None]) -> None:
        super().__init__()
        self._told = told
        self._listening = False

    def listen(self) -> None:
        """Begin to listen, unless another mode is at work: the two would have to end in order."""
        if not self._listening and _innermost() is None and not torch.compiler.is_compiling():
            self.__enter__()  # type: ignore[no-untyped-call]
            self._listening = True

    def rest(self) -> None:
        """Stop listening; where a mode of the loop itself began in between, after that has ended."""
        if self._listening and _innermost() is self:
            self._listening = False
            self.__exit__(None, None, None)  # type: ignore[no-untyped-call]

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        keywords = keywords or {}
        name = LOSSES.get(function)
        if name is not None:
            given = dict(zip(("input", "target"), arguments, strict=False)) | keywords
            rest = {key: value for key, value in keywords.items() if key not in ("input", "target")}
            again = partial(_again, function, arguments[2:], rest)
            self._told(again, name, given.get("input"), given.get("target"))
        return function(*arguments, **keywords)


def _innermost() -> object:
    return _get_current_function_mode()  # type: ignore[no-untyped-call]


def _again(
    function: Callable[..., Tensor], rest: tuple[Any, ...], named: dict[str, Any], output: Any, target: Any
) -> Tensor:
    return function(output, target, *rest, **named)
