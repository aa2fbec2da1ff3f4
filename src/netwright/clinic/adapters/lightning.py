"""The clinic inside PyTorch Lightning."""

from __future__ import annotations

from typing import Any

from torch import nn

from netwright.clinic.session import Clinic
from netwright.clinic.watch import watch


def lightning_callback(**options: Any) -> Any:
    """Return a Lightning callback that watches `Trainer.fit`; its `clinic` holds the findings.

    ```python
    callback = nw.clinic.lightning_callback(validation=(x, y))
    Trainer(callbacks=[callback]).fit(module, loader)
    print(callback.clinic.findings)
    ```

    Args:
        options: of `watch`, but for model and optimizer. `loss_function` may be left out where the module
            holds one of PyTorch's losses.
    """
    from lightning.pytorch import Callback

    class ClinicCallback(LightningHooks, Callback):  # type: ignore[misc, unused-ignore]
        """Watches a training."""

    return ClinicCallback(options)


class LightningHooks:
    """What Lightning calls.

    Attributes:
        clinic: of the last training, None before the first.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.clinic: Clinic | None = None
        self._says_target = False

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin to watch."""
        loss = self.options.get("loss_function") or _loss_of(pl_module)
        self._says_target = not isinstance(loss, nn.Module)
        steps = trainer.estimated_stepping_batches
        batches = trainer.num_training_batches
        known = {
            "loss_function": loss,
            "accumulation": trainer.accumulate_grad_batches,
            "scaler": getattr(trainer.precision_plugin, "scaler", None),
            "steps_planned": int(steps) if 0 < steps < float("inf") else None,
            "epoch_steps": max(1, batches // trainer.accumulate_grad_batches)
            if 0 < batches < float("inf")
            else None,
        }
        self.clinic = watch(network_of(pl_module), trainer.optimizers, **{**known, **self.options})
        self.clinic.epoch_ended()  # says that the ends of epochs will be told

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell of a batch."""
        loss = outputs["loss"] if isinstance(outputs, dict) else outputs
        if self.clinic is not None and loss is not None:
            self.clinic.step(loss, target=_target_of(batch) if self._says_target else None)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Tell of an epoch, with the validation loss where one was logged."""
        if self.clinic is not None:
            logged = trainer.callback_metrics.get("val_loss")
            self.clinic.epoch_ended(None if logged is None else float(logged))

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """End the watching."""
        self._close(finished=not trainer.interrupted)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """End the watching of a training that was broken off."""
        self._close(finished=False)

    def _close(self, *, finished: bool) -> None:
        if self.clinic is not None:
            self.clinic.close(finished=finished)


def network_of(module: nn.Module) -> nn.Module:
    """Return what answers: the only part with parameters, or the whole module.

    A Lightning module may call its network without being called itself, so that the network alone is heard.
    """
    parts = [part for part in module.children() if any(True for _ in part.parameters())]
    own = any(True for _ in module.parameters(recurse=False))
    return parts[0] if len(parts) == 1 and not own else module


def _loss_of(module: nn.Module) -> nn.Module | None:
    losses = [part for part in module.children() if type(part).__module__ == "torch.nn.modules.loss"]
    return losses[0] if len(losses) == 1 else None


def _target_of(batch: Any) -> Any:
    return batch[1] if isinstance(batch, (tuple, list)) and len(batch) == 2 else None
