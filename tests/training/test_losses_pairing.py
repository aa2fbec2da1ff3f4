"""Wrong pairings of loss, target and network are refused with the right one named."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from netwright.errors import RecipeError
from netwright.task import Task
from netwright.training.losses import MSE, CrossEntropy, Focal, Hinge, Loss, Poisson, Quantile, TargetShape
from netwright.training.losses.pairing import ending

BINARY = TargetShape(Task.BINARY, classes=2)
MULTICLASS = TargetShape(Task.MULTICLASS, classes=3)
MULTILABEL = TargetShape(Task.MULTILABEL, width=3)
NUMBER = TargetShape(Task.REGRESSION)


def probe(*last: nn.Module, outputs: int = 3) -> Tensor:
    """Return the outputs of a small network that ends with some layers."""
    torch.manual_seed(0)
    output = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, outputs), *last)(torch.randn(32, 5))
    assert isinstance(output, Tensor)
    return output


@pytest.mark.parametrize(
    ("loss", "shape", "advice"),
    [
        (MSE(), BINARY, "Use CrossEntropy()"),
        (Quantile(), MULTICLASS, "Use CrossEntropy()"),
        (CrossEntropy(), NUMBER, "Use MSE()"),
        (Hinge(), MULTILABEL, "Use CrossEntropy() or Focal()"),
        (CrossEntropy(class_weights=(1.0, 2.0)), MULTICLASS, "3 classes, got 2 weights"),
        (Focal(alpha=0.5), MULTICLASS, "takes 3 weights"),
        (Focal(alpha=(1.0, 2.0)), BINARY, "one number between 0 and 1"),
        (Focal(alpha=1.5), BINARY, "one number between 0 and 1"),
    ],
)
def test_a_loss_for_another_target(loss: Loss, shape: TargetShape, advice: str) -> None:
    with pytest.raises(RecipeError) as caught:
        loss.check(shape)
    assert advice in str(caught.value)


def test_right_pairings_pass() -> None:
    for loss, shape in ((CrossEntropy(), BINARY), (Hinge(), MULTICLASS), (MSE(), NUMBER)):
        loss.check(shape)
    CrossEntropy(class_weights=(1.0, 2.0, 3.0)).check(MULTILABEL)
    Focal(alpha=(1.0, 2.0, 3.0)).check(MULTICLASS)


@pytest.mark.parametrize(
    ("loss", "shape", "target", "advice"),
    [
        (CrossEntropy(), MULTICLASS, torch.eye(3), "argmax"),
        (CrossEntropy(), MULTICLASS, torch.tensor([1, 2, 3]), "from 1 to 3. Number the classes from 0"),
        (Hinge(), BINARY, torch.tensor([-1.0, 1.0]), "labels 0 and 1, got values from -1 to 1"),
        (CrossEntropy(), BINARY, torch.tensor([0, 1]), "target.float()"),
        (MSE(), NUMBER, torch.tensor([1.0, float("nan")]), "finite"),
        (Poisson(), NUMBER, torch.tensor([1.0, -2.0]), "0 and above, got -2"),
    ],
)
def test_labels_of_the_wrong_kind(loss: Loss, shape: TargetShape, target: Tensor, advice: str) -> None:
    with pytest.raises(RecipeError) as caught:
        loss.check_target(target, shape)
    assert advice in str(caught.value)


def test_right_labels_pass() -> None:
    CrossEntropy().check_target(torch.tensor([0, 1, 2]), MULTICLASS)
    CrossEntropy().check_target(torch.tensor([0.0, 1.0]), BINARY)
    Poisson().check_target(torch.tensor([0.0, 3.5]), NUMBER)


@pytest.mark.parametrize("loss", [CrossEntropy(), Focal(), Hinge()], ids=repr)
@pytest.mark.parametrize("layers", [(nn.Softmax(dim=1),), (nn.Softmax(dim=1), nn.Flatten())])
def test_a_soft_max_under_a_loss_for_scores(loss: Loss, layers: tuple[nn.Module, ...]) -> None:
    with pytest.raises(RecipeError, match="Remove the soft-max"):
        loss.check_output(probe(*layers), MULTICLASS)
    with pytest.raises(RecipeError, match="Remove the soft-max"):
        loss.check_output(probe(*layers).detach(), MULTICLASS)


def test_a_sigmoid_under_a_loss_for_scores() -> None:
    with pytest.raises(RecipeError, match="Remove the sigmoid"):
        CrossEntropy().check_output(probe(nn.Sigmoid(), outputs=1), BINARY)
    with pytest.raises(RecipeError, match="numbers of any size"):
        MSE().check_output(probe(nn.Sigmoid(), outputs=1), NUMBER)


def test_members_side_by_side_are_checked_alike() -> None:
    scores = torch.randn(8, 4, 3, requires_grad=True)
    assert CrossEntropy().check_output(scores, MULTICLASS) is None
    with pytest.raises(RecipeError, match="Remove the soft-max"):
        CrossEntropy().check_output(scores.softmax(-1), MULTICLASS)


def test_a_relu_at_the_end_is_found() -> None:
    finding = CrossEntropy().check_output(probe(nn.ReLU()), MULTICLASS)
    assert finding is not None
    assert finding.severity == "alarm"
    assert "Remove the ReLU" in finding.remedy


@pytest.mark.parametrize("last", [(), (nn.LogSoftmax(dim=1),), (nn.Tanh(),)])
def test_harmless_endings_pass(last: tuple[nn.Module, ...]) -> None:
    assert CrossEntropy().check_output(probe(*last), MULTICLASS) is None
    assert CrossEntropy().check_output(torch.zeros(8, 3), MULTICLASS) is None


@pytest.mark.parametrize(
    ("loss", "shape", "outputs", "advice"),
    [
        (CrossEntropy(), BINARY, 2, "1 a row"),
        (CrossEntropy(), MULTICLASS, 4, "it puts out 4"),
        (Quantile(), NUMBER, 1, "3 a row"),
    ],
)
def test_a_network_with_the_wrong_number_of_outputs(
    loss: Loss, shape: TargetShape, outputs: int, advice: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        loss.check_output(probe(outputs=outputs), shape)
    assert advice in str(caught.value)


def test_a_network_with_another_number_of_axes() -> None:
    with pytest.raises(RecipeError, match=r"shape \(32,\)"):
        CrossEntropy().check_output(probe(outputs=1).squeeze(1), BINARY)


def test_the_ending_is_read_through_reshaping() -> None:
    scores = torch.randn(4, 3, requires_grad=True)
    assert ending(torch.sigmoid(scores).unsqueeze(0).squeeze(0).view(3, 4).T) == "sigmoid"
    assert ending(torch.softmax(scores, 1) * 2) == ""
    assert ending(scores) == ""
