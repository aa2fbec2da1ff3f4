"""The clinic inside the `Trainer` of Hugging Face Transformers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.hooks import RemovableHandle

from netwright.clinic.session import Clinic
from netwright.clinic.watch import watch


def transformers_callback(**options: Any) -> Any:
    """Return a callback that watches `Trainer.train`; its `clinic` holds the findings.

    ```python
    callback = nw.clinic.transformers_callback()
    Trainer(model, arguments, train_dataset=rows, callbacks=[callback]).train()
    print(callback.clinic.findings)
    ```

    Args:
        options: of `watch`, but for model and optimizer. `loss_function` may be left out where the model
            computes a cross-entropy or a squared error of its logits itself.
    """
    from transformers import TrainerCallback

    class ClinicCallback(TransformersHooks, TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Watches a training."""

    return ClinicCallback(options)


class TransformersHooks:
    """What the Trainer calls.

    Attributes:
        clinic: of the last training, None before the first.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.clinic: Clinic | None = None
        self._ear: RemovableHandle | None = None
        self._loss: Tensor | None = None
        self._labels: Tensor | None = None

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: nn.Module, optimizer: Any = None, **_: Any
    ) -> None:
        """Begin to watch."""
        self._end(finished=False)
        pieces = args.gradient_accumulation_steps
        own = next_token_loss if _tells_the_next_token(model) else answer_loss
        steps = state.max_steps if state.max_steps > 0 else None
        known = {
            "loss_function": own,
            "accumulation": pieces,
            "steps_planned": steps,
            "epoch_steps": max(1, round(steps / state.num_train_epochs)) if steps else None,
        }
        inner = getattr(optimizer, "optimizer", optimizer)
        self.clinic = watch(model, inner, **{**known, **self.options})
        self.clinic.epoch_ended()  # says that the ends of epochs will be told
        self._ear = model.register_forward_hook(self._hear, with_kwargs=True)

    def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Tell of a batch whose gradient waits for others."""
        self._tell()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Tell of a batch after which the weights were changed."""
        self._tell()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Tell of an epoch, unless its evaluation follows and brings the loss."""
        if (
            self.clinic is not None
            and str(getattr(args.eval_strategy, "value", args.eval_strategy)) != "epoch"
        ):
            self.clinic.epoch_ended()

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Mapping[str, float] | None = None, **_: Any
    ) -> None:
        """Tell of an evaluation."""
        loss = None if metrics is None else metrics.get("eval_loss")
        if self.clinic is not None and loss is not None:
            self.clinic.epoch_ended(float(loss))

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """End the watching."""
        self._end(finished=True)

    def _end(self, *, finished: bool) -> None:
        if self._ear is not None:
            self._ear.remove()
        if self.clinic is not None:
            self.clinic.close(finished=finished)

    def _hear(self, model: nn.Module, arguments: Any, keywords: Mapping[str, Any], output: Any) -> None:
        """Keep the loss that the model computed itself."""
        if torch.is_grad_enabled():
            loss = output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
            self._loss = loss.detach() if isinstance(loss, Tensor) else None
            self._labels = keywords.get("labels")

    def _tell(self) -> None:
        if self.clinic is not None and self._loss is not None:
            self.clinic.step(self._loss, target=self._labels)
            self._loss, self._labels = None, None


def answer_loss(output: Any, labels: Tensor) -> Tensor:
    """Return the cross-entropy of the logits for class numbers, the squared error for numbers.

    Args:
        output: of a model, with logits (n, classes), (n, t, classes), or (n, 1) for numbers.
        labels: int64 (n,) or (n, t), -100 left out; or floating (n,).
    """
    logits: Tensor = output["logits"] if isinstance(output, Mapping) else getattr(output, "logits", output)
    if labels.is_floating_point() and logits.shape == labels.shape:
        return functional.binary_cross_entropy_with_logits(logits, labels)
    if labels.is_floating_point():
        return functional.mse_loss(logits.reshape(labels.shape), labels)
    return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(), labels.reshape(-1))


def next_token_loss(output: Any, labels: Tensor) -> Tensor:
    """Return the cross-entropy of each step's logits for the token that follows.

    Args:
        output: of a model, with logits (n, t, tokens).
        labels: int64 (n, t), -100 left out.
    """
    logits: Tensor = output["logits"] if isinstance(output, Mapping) else getattr(output, "logits", output)
    return functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]).float(), labels[:, 1:].reshape(-1)
    )


def _tells_the_next_token(model: nn.Module) -> bool:
    name = type(model).__name__
    return name.endswith(("ForCausalLM", "LMHeadModel"))
