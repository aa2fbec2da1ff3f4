"""The wiring of model and loss, found by small experiments that change neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from netwright.clinic import wiring_loss, wiring_outputs, wiring_pairing, wiring_sequences
from netwright.clinic.record import Wiring
from netwright.clinic.wiring_overfit import overfit_one_batch
from netwright.clinic.wiring_subject import (
    CannotTellError,
    LossFunction,
    Subject,
    answers_of,
    prepare,
    undisturbed,
)

ROWS = 64
"""Rows that experiments look at."""

_Answer = TypeVar("_Answer")


def examine(
    model: nn.Module,
    loss_function: LossFunction,
    inputs: Any,
    target: Any,
    *,
    seen_shape: Sequence[int] | None = None,
    overfit_seconds: float | None = None,
    gaps: list[str] | None = None,
    seed: int = 0,
    voice: Callable[[Any], Any] | None = None,
) -> Wiring:
    """Return how model and loss are wired, by experiments on a copy.

    Model, loss, gradients, buffers and the global random states stay as they are, bit for bit. An
    experiment that cannot be made leaves its answer None.

    Args:
        model: any module, trained or not.
        loss_function: a module or a plain function of the model's output and the target.
        inputs: a tensor (rows, ...), a sequence of arguments, or a mapping of keywords.
        target: what was wanted: class numbers, numbers, or a nest of tensors.
        seen_shape: the shape in which the loss really gets the answers, where the training does
            something between model and loss, such as `output.squeeze()`.
        overfit_seconds: time to learn one small batch by heart; None leaves this out.
        gaps: gets a sentence for each experiment that could not be made.
        seed: of all that is drawn.
        voice: makes of what the model returns what counts as its output, such as the mean over members.

    >>> x, y = torch.randn(16, 4), torch.arange(16) % 3
    >>> model = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
    >>> examine(model, nn.CrossEntropyLoss(), x, y).outputs_are_probabilities
    True
    """
    missed: list[str] = [] if gaps is None else gaps
    with undisturbed(seed):
        try:
            subject = prepare(
                model, loss_function, inputs, target, seen_shape=seen_shape, seed=seed, voice=voice
            )
        except CannotTellError as reason:
            missed.append(f"The wiring was not examined: {reason}.")
            return Wiring()
        if subject.rows is not None and subject.rows > ROWS:
            subject = subject.choose(torch.arange(ROWS))
        return _Examination(subject, missed).finish(overfit_seconds)


class _Examination:
    """All experiments on one subject, one after the other."""

    def __init__(self, subject: Subject, gaps: list[str]) -> None:
        self.subject, self.gaps = subject, gaps

    def finish(self, overfit_seconds: float | None) -> Wiring:
        """Return what the experiments say."""
        subject = self.subject
        output = self._try("the model's output", lambda: subject.run(training=subject.model.training))
        answers = None if output is None else self._try("the model's output", lambda: answers_of(output))
        if answers is None:
            return Wiring()
        kind = wiring_loss.loss_kind(subject, output)
        mismatch = wiring_pairing.target_mismatch(answers, subject.target, kind, self._ignored)
        outputs = self._outputs(answers, kind)
        if mismatch:
            self.gaps.append("The loss was not examined: target and output do not fit it.")
            return Wiring(pairing=mismatch, **outputs)
        pairing = self._try(
            "how loss and output fit", lambda: wiring_pairing.output_mismatch(subject, output, kind)
        )
        if pairing and kind == "binary of probabilities" and outputs["output_range"] is None:
            return Wiring(pairing=pairing, **outputs)
        return Wiring(
            pairing=pairing or "",
            **outputs,
            **self._losses(output, kind),
            **self._sequences(output),
            mixes_rows=self._try("mixing of rows", lambda: wiring_outputs.mixed_row(subject)),
            untouched=self._try("gradients", lambda: wiring_outputs.untouched_parameters(subject)) or (),
            overfits_one_batch=None
            if overfit_seconds is None
            else self._try(
                "learning one batch by heart", lambda: overfit_one_batch(subject, seconds=overfit_seconds)
            ),
        )

    @property
    def _ignored(self) -> int:
        return int(getattr(self.subject.loss_function, "ignore_index", wiring_loss.IGNORED))

    def _outputs(self, answers: Tensor, kind: wiring_loss.LossKind) -> dict[str, Any]:
        target = self.subject.target
        never_negative = self._try(
            "the sign of outputs", lambda: wiring_outputs.never_negative(self.subject, answers)
        )
        with torch.no_grad():
            return {
                "outputs_are_probabilities": self._try(
                    "probabilities", lambda: wiring_outputs.are_probabilities(answers, target, kind)
                ),
                "outputs_nonnegative": never_negative,
                "output_range": self._try("the range of outputs", lambda: wiring_outputs.span(answers)),
                "target_range": self._try("the range of targets", lambda: wiring_outputs.span(target))
                if isinstance(target, Tensor)
                else None,
                "output_is_constant": self._try(
                    "constant outputs", lambda: wiring_outputs.is_constant(answers_of(self.subject.run()))
                ),
            }

    def _losses(self, output: Any, kind: wiring_loss.LossKind) -> dict[str, Any]:
        subject = self.subject
        return {
            "initial_loss": self._try("the first loss", lambda: float(subject.loss(output).detach())),
            "expected_loss": self._try(
                "the loss of a constant answer", lambda: wiring_loss.expected_loss(subject, output, kind)
            ),
            "doubled_batch_ratio": self._try(
                "the loss of a doubled batch", lambda: wiring_loss.doubled_batch_ratio(subject)
            ),
            "broadcast": self._try("broadcasting", lambda: wiring_loss.broadcast(subject, output)),
        }

    def _sequences(self, output: Any) -> dict[str, Any]:
        subject = self.subject
        return {
            "order_matters": self._try("the order of steps", lambda: wiring_sequences.order_matters(subject)),
            "sees_the_future": self._try("later steps", lambda: wiring_sequences.sees_the_future(subject)),
            "padding_counts": self._try("padding", lambda: wiring_sequences.padding_counts(subject, output)),
        }

    def _try(self, what: str, experiment: Callable[[], _Answer]) -> _Answer | None:
        """Return the answer of an experiment, or None and say why it could not be made."""
        try:
            return experiment()
        except CannotTellError as reason:
            self.gaps.append(f"Not examined: {what} ({reason}).")
        except Exception as error:  # noqa: BLE001 - a user's model may raise anything
            self.gaps.append(f"Not examined: {what} ({type(error).__name__}: {str(error).splitlines()[:1]}).")
        return None
