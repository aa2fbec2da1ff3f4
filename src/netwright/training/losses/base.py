"""What every loss promises: outputs, row losses, their mean, first bias, decoding, pairing."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Self

import torch
from torch import Tensor

from netwright.errors import RecipeError
from netwright.findings import Finding
from netwright.parts import Part
from netwright.task import Task
from netwright.training.losses.pairing import ending, is_distribution

_RIGHT_LOSSES = {
    Task.BINARY: "CrossEntropy(), Focal(), Hinge() or SquaredHinge()",
    Task.MULTICLASS: "CrossEntropy(), Focal(), Hinge() or SquaredHinge()",
    Task.MULTILABEL: "CrossEntropy() or Focal()",
    Task.REGRESSION: "MSE(), MAE(), Huber(), LogCosh(), Quantile(), GaussianLikelihood(), "
    "or Poisson() for counts",
}


@dataclass(frozen=True)
class TargetShape:
    """What the target looks like to a loss.

    Attributes:
        task: the kind of answer.
        classes: number of classes (2 for binary, 0 for regression and several labels).
        width: number of target columns; 1 unless there are several labels or several numbers.
    """

    task: Task
    classes: int = 0
    width: int = 1


class Loss(Part, family="loss"):
    """What the training makes small: one number a row, averaged by the rows' weights.

    Targets are tensors: binary float (n,) of 0 and 1 against one logit (n, 1); many classes int64
    (n,) against (n, classes); several labels float (n, k) against (n, k); numbers float (n,) or
    (n, k) against (n, k).
    """

    summary: ClassVar[str]
    equation: ClassVar[str]
    tasks: ClassVar[frozenset[Task]]
    standardize_target: ClassVar[bool] = True
    probabilities: ClassVar[bool] = False

    def outputs(self, target: TargetShape) -> int:
        """Return how many numbers a row the last layer has to put out."""
        return target.classes if target.task is Task.MULTICLASS else target.width

    @abstractmethod
    def rows(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of every row, shape (n,)."""

    def mean(self, output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return sum(weight * loss) / sum(weight) over the rows, the plain mean without weights."""
        return weighted_mean(self.rows(output, target), weight)

    def initial_bias(
        self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None
    ) -> Tensor | None:
        """Return the last layer's bias at the best constant answer, or None where zero is right.

        Args:
            target: the training targets.
            weight: the rows' weights (n,), if any.
            shape: the target's shape; needed where a class may be absent from `target`.
        """
        return None

    def fitted(self, target: Tensor, weight: Tensor | None = None, shape: TargetShape | None = None) -> Self:
        """Return the loss with what it takes from the training targets filled in."""
        return self

    @abstractmethod
    def decode(self, output: Tensor, shape: TargetShape | None = None) -> Tensor:
        """Return answers from raw outputs: probabilities or margins (n, classes), or numbers.

        Args:
            output: what the network put out, (n, outputs).
            shape: the target's shape; needed to tell several labels from many classes.
        """

    def point(self, answers: Tensor) -> Tensor:
        """Return the prediction among decoded answers: all of them, unless a loss answers more than one."""
        return answers

    def interval(self, output: Tensor, coverage: float) -> tuple[Tensor, Tensor]:
        """Return the ends of an interval that holds the target with a probability, decoded, (n,) each.

        Args:
            output: what the network put out, (n, outputs).
            coverage: the probability, such as 0.9.

        Raises:
            RecipeError: when the loss says nothing on how the target spreads.
        """
        raise RecipeError(
            f"loss: {type(self).__name__} gives one number a row and no interval. "
            "Train with Quantile(levels=(0.05, 0.5, 0.95)) or GaussianLikelihood()."
        )

    def check(self, target: TargetShape) -> None:
        """Raise RecipeError, naming the right pairing, when the loss does not fit the target."""
        if target.task not in self.tasks:
            kinds = " or ".join(sorted(self.tasks))
            raise RecipeError(
                f"loss: {type(self).__name__} is for {kinds} targets, but this target is {target.task}. "
                f"Use {_RIGHT_LOSSES[target.task]}."
            )

    def check_target(self, target: Tensor, shape: TargetShape) -> None:
        """Raise RecipeError when target values are not of the kind that the loss needs."""
        check_values(target, shape, type(self).__name__)

    def check_output(self, output: Tensor, shape: TargetShape | None = None) -> Finding | None:
        """Check a probe batch of the network's outputs against the loss.

        Args:
            output: outputs of a few rows, best with their gradient history; (rows, outputs), or
                (rows, members, outputs) of several networks side by side.
            shape: the target's shape, to check the number of outputs as well.

        Returns:
            A finding when the output layer is doubtful (a ReLU at the end), else None.

        Raises:
            RecipeError: for a wrong number of outputs, and for probabilities where raw scores belong.
        """
        name = type(self).__name__
        output = output.flatten(0, 1) if output.ndim == 3 else output
        if shape is not None:
            self._check_width(output, self.outputs(shape), shape)
        last = ending(output)
        classes = Task.REGRESSION not in self.tasks
        if last in ("soft-max", "sigmoid") or (not last and classes and is_distribution(output)):
            what = f"a {last}" if last else "a soft-max (every row lies in [0, 1] and adds up to 1)"
            needs = "raw scores (logits)" if classes else "numbers of any size"
            raise RecipeError(
                f"loss: {name} needs {needs} from the network, but the network ends with {what}. "
                f"Remove the {last or 'soft-max'} from the end of the network{self._instead()}."
            )
        if last == "ReLU":
            return Finding(
                rule="output_layer",
                severity="alarm",
                message=f"The network ends with a ReLU, so it cannot put out the negative values that "
                f"{name} needs.",
                remedy="Remove the ReLU after the last layer.",
                evidence={"last_operation": last},
            )
        return None

    def _instead(self) -> str:
        return "; the loss applies it itself" if self.probabilities else ""

    def _check_width(self, output: Tensor, expected: int, shape: TargetShape) -> None:
        width = output.shape[1] if output.ndim == 2 else None
        if width == expected:
            return
        came = f"{width:,}" if width is not None else f"a tensor of shape {tuple(output.shape)}"
        raise RecipeError(
            f"network: for {type(self).__name__} with a {shape.task} target the network has to put out "
            f"{expected:,} a row (shape (rows, {expected})), it puts out {came}. "
            f"Change its last layer to {expected:,} out."
        )


def weighted_mean(rows: Tensor, weight: Tensor | None) -> Tensor:
    """Return sum(weight * rows) / sum(weight); 0 when all weights are 0.

    >>> weighted_mean(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 1.0]))
    tensor(2.)
    """
    if weight is None:
        return rows.mean()
    return (rows * weight).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)


def column_means(target: Tensor, weight: Tensor | None) -> Tensor:
    """Return the weighted mean of every column, (k,), of a target (n,) or (n, k)."""
    table = target.reshape(len(target), -1)
    if weight is None:
        return table.mean(0)
    return weight.to(table.dtype) @ table / weight.sum()


def full_precision(output: Tensor) -> Tensor:
    """Return half-precision outputs as float32, in which losses are computed; others as they are."""
    return output.float() if output.dtype in (torch.bfloat16, torch.float16) else output


@lru_cache(maxsize=64)
def constants(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return settings as a tensor, made once, so that no step waits for a copy to the device."""
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype, device=device)


def check_values(target: Tensor, shape: TargetShape, name: str) -> None:
    """Raise RecipeError when labels are not whole class numbers, or numbers are not finite."""
    if shape.task is Task.MULTICLASS:
        if target.is_floating_point() or target.ndim != 1:
            raise RecipeError(
                f"loss: {name} needs class numbers 0 to {shape.classes - 1} as whole numbers of shape (n,), "
                f"got {target.dtype} of shape {tuple(target.shape)}. One-hot rows: use target.argmax(1)."
            )
        if len(target) and (int(target.min()) < 0 or int(target.max()) >= shape.classes):
            raise RecipeError(
                f"loss: {name} needs class numbers 0 to {shape.classes - 1}, got values from "
                f"{int(target.min())} to {int(target.max())}. Number the classes from 0."
            )
    elif not target.is_floating_point():
        raise RecipeError(
            f"loss: {name} with a {shape.task} target needs a float target, got {target.dtype}. "
            "Use target.float()."
        )
    elif shape.task.is_classification:
        if not bool(((target == 0) | (target == 1)).all()):
            raise RecipeError(
                f"loss: {name} with a {shape.task} target needs labels 0 and 1, got values from "
                f"{float(target.min()):g} to {float(target.max()):g}. Encode the two classes as 0 and 1."
            )
    elif not bool(target.isfinite().all()):
        raise RecipeError(f"loss: {name} needs finite targets, got NaN or inf. Drop those rows.")
