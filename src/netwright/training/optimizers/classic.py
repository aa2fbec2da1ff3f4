"""The optimizers that PyTorch has, fused where it can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import torch
from pydantic import Field, model_validator

from netwright.training.optimizers.base import LearningRate, Optimizer, Share, as_torch, can_fuse
from netwright.training.optimizers.groups import ParameterGroup


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and Nesterov's look ahead if asked.

        v ← momentum · v + g;   w ← w - rate · v          (Nesterov: w ← w - rate · (g + momentum · v))

    Settings:
        learning_rate: usual 0.01 to 0.1 with momentum 0.9.
        momentum: share of the last direction that is kept, in [0, 1).
        nesterov: look ahead along the momentum; needs momentum.
        weight_decay: w ← (1 - rate · decay) w in the same step, through the momentum.

    Source: Robbins, Monro (1951); Polyak (1964); Sutskever et al. (2013).

    >>> SGD(learning_rate=0.01, momentum=0.9, nesterov=True).nesterov
    True
    """

    summary: ClassVar[str] = "Along the gradient; with momentum the classic for image networks."
    equation: ClassVar[str] = "v ← momentum v + g;  w ← w - rate v"

    learning_rate: LearningRate = 0.01
    momentum: Share = 0.0
    nesterov: bool = False
    weight_decay: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs momentum above 0, such as momentum=0.9")
        return self

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.SGD:
        """Return PyTorch's SGD."""
        return torch.optim.SGD(
            as_torch(groups, self.learning_rate, self.weight_decay),
            momentum=self.momentum,
            nesterov=self.nesterov,
            fused=fused and can_fuse(groups),
        )


class RMSProp(Optimizer):
    """Each weight's step divided by the running size of its gradient.

        s ← smoothing · s + (1 - smoothing) g²;   w ← w - rate · g / (√s + epsilon)

    For recurrent networks and reinforcement learning, where Adam's momentum can hurt.

    Settings:
        learning_rate: usual 0.0003 to 0.01.
        smoothing: how long the average of the squared gradient remembers.
        momentum: share of the last step that is kept.
        epsilon: keeps the division sound.

    Source: Tieleman, Hinton (2012), lecture 6.5.

    >>> RMSProp().smoothing
    0.99
    """

    summary: ClassVar[str] = "Steps divided by the gradient's running size; recurrent networks, agents."
    equation: ClassVar[str] = "s ← smoothing s + (1 - smoothing) g²;  w ← w - rate g / (√s + epsilon)"

    learning_rate: LearningRate = 1e-3
    smoothing: Share = 0.99
    momentum: Share = 0.0
    epsilon: float = Field(default=1e-8, gt=0)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.RMSprop:
        """Return PyTorch's RMSprop, which has no fused kernel."""
        return torch.optim.RMSprop(
            as_torch(groups, self.learning_rate),
            alpha=self.smoothing,
            momentum=self.momentum,
            eps=self.epsilon,
        )


class Adagrad(Optimizer):
    """Each weight's step divided by the size of all its gradients so far.

        s ← s + g²;   w ← w - rate · g / (√s + epsilon)

    For sparse inputs, whose rare weights should move far; steps only ever shrink.

    Settings:
        learning_rate: usual 0.01 to 0.1.
        epsilon: keeps the division sound.

    Source: Duchi, Hazan, Singer (2011).

    >>> Adagrad().learning_rate
    0.01
    """

    summary: ClassVar[str] = "Steps divided by all gradients so far; sparse inputs."
    equation: ClassVar[str] = "s ← s + g²;  w ← w - rate g / (√s + epsilon)"

    learning_rate: LearningRate = 0.01
    epsilon: float = Field(default=1e-10, gt=0)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.Adagrad:
        """Return PyTorch's Adagrad."""
        return torch.optim.Adagrad(
            as_torch(groups, self.learning_rate), eps=self.epsilon, fused=fused and can_fuse(groups)
        )


class Adam(Optimizer):
    """Momentum divided by the running size of the gradient, both freed of their start at zero.

        m ← b1 m + (1 - b1) g;   s ← b2 s + (1 - b2) g²
        w ← w - rate · (m / (1 - b1^t)) / (√(s / (1 - b2^t)) + epsilon)

    AdamW without weight decay.

    Settings:
        learning_rate: usual 0.0003 to 0.003.
        betas: (b1, b2), how long the averages of gradient and squared gradient remember.
        epsilon: keeps the division sound.

    Source: Kingma, Ba (2015).

    >>> Adam().betas
    (0.9, 0.999)
    """

    summary: ClassVar[str] = "Momentum divided by the gradient's running size."
    equation: ClassVar[str] = "w ← w - rate m̂ / (√ŝ + epsilon)"

    learning_rate: LearningRate = 1e-3
    betas: tuple[Share, Share] = (0.9, 0.999)
    epsilon: float = Field(default=1e-8, gt=0)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.Adam:
        """Return PyTorch's Adam."""
        return torch.optim.Adam(
            as_torch(groups, self.learning_rate),
            betas=self.betas,
            eps=self.epsilon,
            fused=fused and can_fuse(groups),
        )


class AdamW(Optimizer):
    """Adam with weight decay beside the gradient instead of in it.

        m ← b1 m + (1 - b1) g;   s ← b2 s + (1 - b2) g²
        w ← (1 - rate · decay) w - rate · (m / (1 - b1^t)) / (√(s / (1 - b2^t)) + epsilon)

    The safe first choice.

    Settings:
        learning_rate: usual 0.0003 to 0.003.
        betas: (b1, b2), how long the averages of gradient and squared gradient remember.
        epsilon: keeps the division sound.
        weight_decay: decoupled decay, on weights only.

    Source: Loshchilov, Hutter (2019).

    >>> AdamW().learning_rate
    0.001
    """

    summary: ClassVar[str] = "Adam with decoupled weight decay; the safe first choice."
    equation: ClassVar[str] = "w ← (1 - rate decay) w - rate m̂ / (√ŝ + epsilon)"

    learning_rate: LearningRate = 1e-3
    betas: tuple[Share, Share] = (0.9, 0.999)
    epsilon: float = Field(default=1e-8, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)

    def build(self, groups: Sequence[ParameterGroup], *, fused: bool = True) -> torch.optim.AdamW:
        """Return PyTorch's AdamW."""
        return torch.optim.AdamW(
            as_torch(groups, self.learning_rate, self.weight_decay),
            betas=self.betas,
            eps=self.epsilon,
            fused=fused and can_fuse(groups),
        )
