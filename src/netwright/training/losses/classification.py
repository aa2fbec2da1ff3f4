"""Losses for classes that give probabilities: cross-entropy and focal."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import torch
from pydantic import Field, PositiveFloat
from torch import Tensor
from torch.nn import functional

from netwright.errors import RecipeError
from netwright.task import Task
from netwright.training.losses.base import (
    Loss,
    TargetShape,
    column_means,
    constants,
    full_precision,
    weighted_mean,
)


class _ProbabilityLoss(Loss):
    """Logits in, probabilities out, with the base rates as the first answer."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.BINARY, Task.MULTICLASS, Task.MULTILABEL})
    standardize_target: ClassVar[bool] = False
    probabilities: ClassVar[bool] = True

    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return probabilities: (n, classes), for several labels (n, k), each on its own."""
        scores = full_precision(output)
        if shape is not None and shape.task is Task.MULTILABEL:
            return torch.sigmoid(scores)
        if scores.shape[1] == 1:
            return torch.cat([torch.sigmoid(-scores), torch.sigmoid(scores)], dim=1)
        return torch.softmax(scores, dim=1)

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the logits of the base rates: training starts from them, so that no class floods it."""
        if target.is_floating_point():
            return torch.logit(_kept_open(column_means(target, weight), len(target)))
        counts = class_counts(target, weight, shape.classes if shape else 0)
        shares = _kept_open(counts / counts.sum(), len(target)).log()
        return shares - shares.mean()


class CrossEntropy(_ProbabilityLoss):
    """Cross-entropy: minus the logarithm of the probability that was given to the true class.

        many classes    l = -log softmax(z)[y]
        two classes     l = -y log sigmoid(z) - (1 - y) log(1 - sigmoid(z))
        several labels  the two-class loss of every label, averaged

    The maximum-likelihood loss for classes and the usual choice. With label smoothing s the true
    class counts 1 - s, and s is shared by all classes. Class weights multiply the loss of a class's
    rows, and the mean is taken over the weights, as in PyTorch; with several labels they multiply
    the positive side of each label (PyTorch's `pos_weight`).

    Settings:
        label_smoothing: a number in [0, 1).
        class_weights: one weight a class, or "balanced" for n / (classes · rows of the class).

    Source: Goodfellow, Bengio, Courville (2016), section 6.2.2; Szegedy et al. (2016) for smoothing.

    >>> loss = CrossEntropy(label_smoothing=0.1)
    >>> round(float(loss.mean(torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([0]))), 4)
    0.3729
    """

    summary: ClassVar[str] = "Classes: minus the log-probability of the true class; the usual choice."
    equation: ClassVar[str] = "l = -log softmax(z)[y]"

    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    class_weights: Literal["balanced"] | tuple[PositiveFloat, ...] | None = None

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, times its class weight."""
        scores = full_precision(output)
        weights = self._weights(scores)
        if not target.is_floating_point():
            return functional.cross_entropy(
                scores, target, weights, label_smoothing=self.label_smoothing, reduction="none"
            )
        labels = self._smoothed(target.view_as(scores))
        if weights is None or not _two_classes(scores, weights):
            return functional.binary_cross_entropy_with_logits(
                scores, labels, pos_weight=weights, reduction="none"
            ).mean(1)
        negative = (1 - labels) * functional.softplus(scores)
        positive = labels * functional.softplus(-scores)
        return (weights[0] * negative + weights[1] * positive).squeeze(1)

    def mean(self, output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return the mean by row and class weights; in one fused call where there are none."""
        scores = full_precision(output)
        weights = self._weights(scores)
        if weight is None and weights is None and target.is_floating_point():
            labels = self._smoothed(target.view_as(scores))
            return functional.binary_cross_entropy_with_logits(scores, labels)
        if weight is None and not target.is_floating_point():
            return functional.cross_entropy(scores, target, weights, label_smoothing=self.label_smoothing)
        rows = self.rows(scores, target)
        if weights is None or (target.is_floating_point() and not _two_classes(scores, weights)):
            return weighted_mean(rows, weight)
        factors = weights[target.flatten().long()]
        return weighted_mean(rows / factors, factors if weight is None else factors * weight)

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the logits of the base rates as the class weights see them."""
        bias = super().initial_bias(target, weight, shape)
        if bias is None or self.class_weights is None:
            return bias
        factors = self._weights(bias)
        assert factors is not None
        if target.is_floating_point() and _two_classes(bias.unsqueeze(0), factors):
            return bias + factors[1].log() - factors[0].log()
        return bias + factors.log()

    def fitted(self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None) -> Self:
        """Return the loss with "balanced" replaced by the weights of these training targets."""
        if self.class_weights != "balanced":
            return self
        if target.is_floating_point() and target.ndim == 2:
            positive = _kept_open(column_means(target, weight), len(target))
            return self.edited(class_weights=tuple(((1 - positive) / positive).tolist()))
        classes = 2 if target.is_floating_point() else shape.classes if shape else 0
        counts = class_counts(target.long(), weight, classes).double()
        present = counts > 0
        balanced = counts.sum() / (present.sum() * counts.clamp_min(1e-12))
        return self.edited(class_weights=tuple(torch.where(present, balanced, 1.0).tolist()))

    def check(self, target: TargetShape) -> None:
        """Raise RecipeError when the task or the number of class weights does not fit."""
        super().check(target)
        wanted = target.width if target.task is Task.MULTILABEL else max(target.classes, 2)
        if isinstance(self.class_weights, tuple) and len(self.class_weights) != wanted:
            raise RecipeError(
                f"loss.class_weights: the target has {wanted} classes, got {len(self.class_weights)} weights."
                " Give one weight a class, or 'balanced'."
            )

    def _smoothed(self, labels: Tensor) -> Tensor:
        if not self.label_smoothing:
            return labels
        return labels * (1 - self.label_smoothing) + self.label_smoothing / 2

    def _weights(self, like: Tensor) -> Tensor | None:
        if self.class_weights is None:
            return None
        assert self.class_weights != "balanced", "call `fitted` with the training targets first"
        return constants(self.class_weights, like.dtype, like.device)


class Focal(_ProbabilityLoss):
    """Focal loss: cross-entropy in which rows that are already easy count little.

        l = -alpha_y (1 - p_y)^gamma log p_y,    p_y the probability given to the true class

    For classes so rare that the many easy rows drown them; gamma = 0 is cross-entropy. Two classes
    and several labels take one alpha, the weight of the positive class (1 - alpha for the negative one);
    many classes take one alpha a class.

    Settings:
        gamma: gamma ≥ 0, how strongly easy rows are played down.
        alpha: class weight as above, or None for no weights.

    Source: Lin, Goyal, Girshick, He, Dollár (2017).

    >>> float(Focal(gamma=0).mean(torch.zeros(4, 1), torch.tensor([0.0, 1.0, 1.0, 0.0])))
    0.6931471824645996
    """

    summary: ClassVar[str] = "Rare classes: cross-entropy that plays down rows already easy."
    equation: ClassVar[str] = "l = -alpha_y (1 - p_y)^gamma log p_y"

    gamma: float = Field(default=2.0, ge=0)
    alpha: float | tuple[PositiveFloat, ...] | None = None

    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row."""
        scores = full_precision(output)
        if not target.is_floating_point():
            return self._many_classes(scores, target)
        labels = target.view_as(scores)
        signed = scores * (2 * labels - 1)
        log_right, log_wrong = functional.logsigmoid(signed), functional.logsigmoid(-signed)
        losses = -torch.exp(self.gamma * log_wrong) * log_right
        if self.alpha is not None:
            assert isinstance(self.alpha, float)
            losses = losses * (self.alpha * labels + (1 - self.alpha) * (1 - labels))
        return losses.mean(1)

    def check(self, target: TargetShape) -> None:
        """Raise RecipeError when the task or the form of alpha does not fit."""
        super().check(target)
        if self.alpha is None:
            return
        if target.task is not Task.MULTICLASS:
            if not isinstance(self.alpha, float) or not 0 < self.alpha < 1:
                raise RecipeError(
                    f"loss.alpha: a {target.task} target takes one number between 0 and 1, the weight of the "
                    f"positive class, got {self.alpha}."
                )
        elif not isinstance(self.alpha, tuple) or len(self.alpha) != target.classes:
            raise RecipeError(
                f"loss.alpha: a target of {target.classes} classes takes {target.classes} weights, "
                f"got {self.alpha}."
            )

    def _many_classes(self, scores: Tensor, target: Tensor) -> Tensor:
        index = target.unsqueeze(1)
        total = scores.logsumexp(1)
        log_right = scores.gather(1, index).squeeze(1) - total
        others = scores.scatter(1, index, -torch.inf)
        log_wrong = others.logsumexp(1) - total
        losses = -torch.exp(self.gamma * log_wrong) * log_right
        if isinstance(self.alpha, tuple):
            losses = losses * constants(self.alpha, scores.dtype, scores.device)[target]
        return losses


def _two_classes(scores: Tensor, weights: Tensor) -> bool:
    """Whether this is one logit for two classes, rather than a label of several."""
    return scores.shape[1] == 1 and len(weights) == 2


def class_counts(target: Tensor, weight: Tensor | None, classes: int = 0) -> Tensor:
    """Return the summed weight of every class, (classes,).

    >>> class_counts(torch.tensor([0, 2, 2]), None, classes=4)
    tensor([1., 0., 2., 0.])
    """
    # On the CPU, where sums come out the same every time.
    weights = None if weight is None else weight.cpu().double()
    counts = torch.bincount(target.cpu(), weights, minlength=classes)
    return counts.to(target.device, torch.get_default_dtype())


def _kept_open(share: Tensor, rows: int) -> Tensor:
    """Keep shares off 0 and 1, as if half a row more had been seen, so that logits stay finite."""
    edge = 0.5 / (rows + 1)
    return share.clamp(edge, 1 - edge)
