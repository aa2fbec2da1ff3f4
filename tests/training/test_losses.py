"""What all losses promise, and the losses for classes against PyTorch and formulas by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor
from torch.nn import functional

from netwright import parts
from netwright.errors import RecipeError
from netwright.task import Task
from netwright.training import losses
from netwright.training.losses import CrossEntropy, Focal, Hinge, Loss, SquaredHinge, TargetShape

BINARY = TargetShape(Task.BINARY, classes=2)
MULTICLASS = TargetShape(Task.MULTICLASS, classes=4)
MULTILABEL = TargetShape(Task.MULTILABEL, width=3)
NUMBER = TargetShape(Task.REGRESSION)
NUMBERS = TargetShape(Task.REGRESSION, width=2)
SHAPES = (BINARY, MULTICLASS, MULTILABEL, NUMBER, NUMBERS)

EVERY_LOSS: tuple[Loss, ...] = (
    CrossEntropy(),
    CrossEntropy(label_smoothing=0.1),
    CrossEntropy(class_weights="balanced", label_smoothing=0.2),
    Focal(),
    Focal(gamma=0.5),
    Hinge(),
    SquaredHinge(),
    losses.LogitAdjusted(),
    losses.MSE(),
    losses.MAE(),
    losses.Huber(delta=0.7),
    losses.LogCosh(),
    losses.Quantile(levels=(0.1, 0.5, 0.8)),
    losses.Poisson(),
    losses.GaussianLikelihood(),
)
PAIRS = [
    pytest.param(loss, shape, id=f"{loss!r}-{shape.task}{shape.width}")
    for loss in EVERY_LOSS
    for shape in SHAPES
    if shape.task in loss.tasks
]


def example(loss: Loss, shape: TargetShape, rows: int, seed: int = 0) -> tuple[Loss, Tensor, Tensor]:
    """Return the fitted loss with outputs and targets in float64."""
    generator = torch.Generator().manual_seed(seed)
    if shape.task is Task.MULTICLASS:
        target = torch.randint(shape.classes, (rows,), generator=generator)
    elif shape.task is Task.REGRESSION:
        size = (rows,) if shape.width == 1 else (rows, shape.width)
        target = torch.randn(size, generator=generator, dtype=torch.float64)
        target = target.exp() if isinstance(loss, losses.Poisson) else target
    else:
        size = (rows,) if shape.task is Task.BINARY else (rows, shape.width)
        target = torch.randint(2, size, generator=generator).double()
    output = torch.randn(rows, loss.outputs(shape), generator=generator, dtype=torch.float64)
    return loss.fitted(target, None, shape), output, target


@pytest.mark.parametrize(("loss", "shape"), PAIRS)
def test_rows_and_mean_agree_and_weights_equal_repetition(loss: Loss, shape: TargetShape) -> None:
    fitted, output, target = example(loss, shape, 9)
    assert fitted.rows(output, target).shape == (9,)
    counts = torch.tensor([1, 2, 1, 3, 1, 0, 2, 1, 4])
    repeated = fitted.mean(output.repeat_interleave(counts, 0), target.repeat_interleave(counts, 0))
    weighted = fitted.mean(output, target, counts.double())
    torch.testing.assert_close(weighted, repeated, rtol=1e-12, atol=1e-12)
    even = fitted.mean(output, target, torch.full((9,), 3.0, dtype=torch.float64))
    torch.testing.assert_close(even, fitted.mean(output, target), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("loss", "shape"), PAIRS)
def test_gradients_equal_differences(loss: Loss, shape: TargetShape) -> None:
    fitted, output, target = example(loss, shape, 4)
    weight = torch.tensor([1.0, 2.0, 0.5, 1.5], dtype=torch.float64)
    output.requires_grad_()
    assert torch.autograd.gradcheck(lambda scores: fitted.mean(scores, target), output)
    assert torch.autograd.gradcheck(lambda scores: fitted.mean(scores, target, weight), output)
    assert torch.autograd.gradcheck(lambda scores: fitted.rows(scores, target), output)


@pytest.mark.parametrize(("loss", "shape"), PAIRS)
def test_losses_stay_finite_at_extreme_outputs(loss: Loss, shape: TargetShape) -> None:
    fitted, output, target = example(loss, shape, 6)
    size = 80 if isinstance(loss, losses.Poisson) else 1000  # exp(1000) is beyond every float
    extreme = (size * output.sign()).float().requires_grad_()
    target = target.float() if target.is_floating_point() else target
    value = fitted.mean(extreme, target)
    value.backward()
    assert extreme.grad is not None
    assert bool(value.isfinite())
    assert bool(extreme.grad.isfinite().all())


@pytest.mark.parametrize(("loss", "shape"), PAIRS)
def test_half_precision_outputs_are_computed_in_float32(loss: Loss, shape: TargetShape) -> None:
    fitted, output, target = example(loss, shape, 6)
    target = target.float() if target.is_floating_point() else target
    half = output.bfloat16()
    assert fitted.mean(half, target).dtype == torch.float32
    torch.testing.assert_close(fitted.mean(half, target), fitted.mean(half.float(), target))
    assert fitted.decode(half, shape).dtype == torch.float32


@pytest.mark.parametrize(("loss", "shape"), PAIRS)
def test_initial_bias_is_a_better_constant_than_zero(loss: Loss, shape: TargetShape) -> None:
    fitted, output, target = example(loss, shape, 200)
    target = target + 1 if shape.task is Task.REGRESSION else target
    bias = fitted.initial_bias(target, None, shape)
    if isinstance(loss, Hinge | SquaredHinge):
        assert bias is None
        return
    assert bias is not None
    assert bias.shape == (fitted.outputs(shape),)
    if isinstance(loss, Focal):
        rates = target.mean(0) if target.is_floating_point() else torch.bincount(target) / len(target)
        started = fitted.decode(bias.unsqueeze(0), shape)[0].double()
        torch.testing.assert_close(started[1:] if shape is BINARY else started, rates.double().reshape(-1))
        return
    started = fitted.mean(bias.double().expand(len(target), -1), target)
    assert float(started) <= float(fitted.mean(torch.zeros_like(output), target))


@pytest.mark.parametrize(("loss", "shape"), PAIRS)
def test_decoded_shapes(loss: Loss, shape: TargetShape) -> None:
    fitted, output, target = example(loss, shape, 5)
    decoded = fitted.decode(output, shape)
    levels = (3,) if isinstance(loss, losses.Quantile) else ()
    if shape.task is Task.REGRESSION:
        assert decoded.shape == (*target.shape, *levels)
    else:
        assert decoded.shape == (5, {BINARY: 2, MULTICLASS: 4, MULTILABEL: 3}[shape])
    if loss.probabilities:
        assert bool(((decoded >= 0) & (decoded <= 1)).all())
    if loss.probabilities and shape is not MULTILABEL:
        torch.testing.assert_close(decoded.sum(1), torch.ones(5, dtype=torch.float64))


@given(rows=st.integers(1, 20), classes=st.integers(2, 6), seed=st.integers(0, 100))
def test_every_loss_is_at_least_zero_for_any_size(rows: int, classes: int, seed: int) -> None:
    shape = TargetShape(Task.MULTICLASS, classes=classes)
    for loss in (CrossEntropy(), Focal(), Hinge(), SquaredHinge()):
        fitted, output, target = example(loss, shape, rows, seed)
        assert bool((fitted.rows(output, target) >= 0).all())
        assert fitted.decode(output).shape == (rows, classes)


def test_an_all_zero_weight_batch_costs_nothing() -> None:
    _, output, target = example(CrossEntropy(), MULTICLASS, 3)
    assert float(CrossEntropy().mean(output, target, torch.zeros(3, dtype=torch.float64))) == 0.0


def test_every_loss_is_in_the_family_with_words_about_it() -> None:
    family = parts.parts_of("loss")
    assert set(family) == {type(loss).kind for loss in EVERY_LOSS}
    for part in family.values():
        assert part.summary.endswith(".")
        assert "=" in part.equation
        assert getattr(losses, part.__name__) is part


@pytest.mark.parametrize("loss", EVERY_LOSS, ids=repr)
def test_losses_survive_a_recipe_file(loss: Loss) -> None:
    assert parts.parse_part(Loss, loss.to_plain()) == loss


def test_default_losses() -> None:
    assert isinstance(losses.default_loss(Task.REGRESSION), losses.MSE)
    assert all(
        isinstance(losses.default_loss(task), CrossEntropy) for task in Task if task is not Task.REGRESSION
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("weights", [None, (0.5, 2.0, 1.0, 3.0)])
def test_cross_entropy_equals_pytorch(smoothing: float, weights: tuple[float, ...] | None) -> None:
    loss, output, target = example(
        CrossEntropy(label_smoothing=smoothing, class_weights=weights), MULTICLASS, 50
    )
    tensor = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    expected = functional.cross_entropy(output, target, tensor, label_smoothing=smoothing)
    torch.testing.assert_close(loss.mean(output, target), expected, rtol=1e-12, atol=0)
    ones = torch.ones(50, dtype=torch.float64)
    torch.testing.assert_close(loss.mean(output, target, ones), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, (0.5, 2.0)])
def test_binary_cross_entropy_is_that_of_two_classes(
    smoothing: float, weights: tuple[float, ...] | None
) -> None:
    loss, output, target = example(CrossEntropy(label_smoothing=smoothing, class_weights=weights), BINARY, 50)
    two = torch.cat([torch.zeros_like(output), output], dim=1)
    tensor = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    expected = functional.cross_entropy(two, target.long(), tensor, label_smoothing=smoothing)
    torch.testing.assert_close(loss.mean(output, target), expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(loss.decode(output), torch.softmax(two, 1), rtol=1e-12, atol=0)


def test_multilabel_class_weights_are_pytorchs_positive_weights() -> None:
    loss, output, target = example(CrossEntropy(class_weights=(1.0, 2.0, 5.0)), MULTILABEL, 50)
    expected = functional.binary_cross_entropy_with_logits(
        output, target, pos_weight=torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64)
    )
    torch.testing.assert_close(loss.mean(output, target), expected, rtol=1e-12, atol=0)


def test_balanced_class_weights_are_scikit_learns() -> None:
    target = torch.tensor([0, 0, 0, 0, 0, 1, 1, 2])
    fitted = CrossEntropy(class_weights="balanced").fitted(target)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=target.numpy())
    assert fitted.class_weights == pytest.approx(expected)
    binary = CrossEntropy(class_weights="balanced").fitted(torch.tensor([0.0, 0.0, 0.0, 1.0]))
    assert binary.class_weights == pytest.approx((4 / 6, 4 / 2))


def test_balanced_class_weights_know_row_weights_and_absent_classes() -> None:
    target, weight = torch.tensor([0, 0, 2]), torch.tensor([1.0, 2.0, 1.0])
    fitted = CrossEntropy(class_weights="balanced").fitted(target, weight, MULTICLASS)
    assert fitted.class_weights == pytest.approx((4 / 6, 1.0, 4 / 2, 1.0))
    labels = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    several = CrossEntropy(class_weights="balanced").fitted(labels)
    assert several.class_weights == pytest.approx((1 / 3, 3.0))


def test_the_first_answer_is_the_base_rate() -> None:
    bias = CrossEntropy().initial_bias(torch.tensor([0, 0, 0, 1, 1, 2]), None, MULTICLASS)
    assert bias is not None
    shares = torch.softmax(bias, 0)
    torch.testing.assert_close(shares[:3] / shares[:3].sum(), torch.tensor([3.0, 2.0, 1.0]) / 6)
    assert 0 < float(shares[3]) < 0.1, "a class not seen stays possible"
    weighted = CrossEntropy().initial_bias(torch.tensor([0.0, 1.0]), torch.tensor([3.0, 1.0]))
    assert weighted is not None
    torch.testing.assert_close(torch.sigmoid(weighted), torch.tensor([0.25]))


def test_the_first_answer_of_balanced_classes_is_even() -> None:
    target = torch.tensor([0, 0, 0, 0, 1, 2, 2])
    loss = CrossEntropy(class_weights="balanced").fitted(target)
    bias = loss.initial_bias(target)
    assert bias is not None
    torch.testing.assert_close(torch.softmax(bias, 0), torch.full((3,), 1 / 3))


@pytest.mark.parametrize("shape", [BINARY, MULTICLASS, MULTILABEL], ids=lambda shape: shape.task)
def test_focal_without_focus_is_cross_entropy(shape: TargetShape) -> None:
    loss, output, target = example(Focal(gamma=0.0), shape, 20)
    torch.testing.assert_close(loss.rows(output, target), CrossEntropy().rows(output, target))


def test_focal_equals_its_formula() -> None:
    loss, output, target = example(Focal(gamma=2.0, alpha=0.25), BINARY, 20)
    chance = torch.sigmoid(output.squeeze(1))
    right = torch.where(target == 1, chance, 1 - chance)
    alpha = torch.where(target == 1, 0.25, 0.75).double()
    torch.testing.assert_close(loss.rows(output, target), -alpha * (1 - right) ** 2 * right.log())
    loss, output, target = example(Focal(gamma=1.5, alpha=(1.0, 2.0, 3.0, 4.0)), MULTICLASS, 20)
    right = torch.softmax(output, 1).gather(1, target[:, None]).squeeze(1)
    expected = -(1.0 + target) * (1 - right) ** 1.5 * right.log()
    torch.testing.assert_close(loss.rows(output, target), expected)


@pytest.mark.parametrize(("loss", "power"), [(Hinge(), 1), (SquaredHinge(), 2)])
def test_hinge_equals_pytorchs_margin_loss(loss: Loss, power: int) -> None:
    _, output, target = example(loss, MULTICLASS, 30)
    expected = functional.multi_margin_loss(output, target, p=power, reduction="none")
    torch.testing.assert_close(loss.rows(output, target), expected)
    _, score, sign = example(loss, BINARY, 30)
    by_hand = (1 - (2 * sign - 1) * score.squeeze(1)).clamp_min(0) ** power
    torch.testing.assert_close(loss.rows(score, sign), by_hand)
    margins = loss.decode(score)
    torch.testing.assert_close(margins.argmax(1).double(), (score.squeeze(1) > 0).double())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CrossEntropy(label_smoothing=1.0), "label_smoothing: expected a number less than 1"),
        (lambda: CrossEntropy(class_weights=(1.0, -1.0)), "greater than 0"),
        (lambda: CrossEntropy(smoothing=0.1), "Did you mean 'label_smoothing'"),
        (lambda: Focal(gamma=-1), "gamma: expected a number greater than or equal to 0"),
        (lambda: losses.Huber(delta=0), "delta: expected a number greater than 0"),
        (lambda: losses.Quantile(levels=(0.5, 0.1)), "levels have to increase"),
        (lambda: losses.Quantile(levels=(0.0, 0.5)), "between 0 and 1"),
        (lambda: losses.Quantile(levels=()), "between 0 and 1"),
        (lambda: parts.parse_part(Loss, "cross_entrop"), "Did you mean 'cross_entropy'"),
    ],
)
def test_impossible_settings_are_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(RecipeError, match=message):
        make()
