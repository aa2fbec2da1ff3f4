"""The clinic inside skorch."""

from __future__ import annotations

from functools import cache
from typing import Any

from torch import Tensor

from netwright.clinic.session import Clinic
from netwright.clinic.watch import watch


def skorch_callback(**options: Any) -> Any:
    """Return a skorch callback that watches `fit`; its `clinic` holds the findings.

    ```python
    net = NeuralNetClassifier(Module, callbacks=[("clinic", nw.clinic.skorch_callback())]).fit(X, y)
    net.callbacks_[-1][1].clinic.findings
    ```

    Args:
        options: of `watch`, but for model, optimizer and loss.
    """
    return _callback_class()(options)


class SkorchHooks:
    """What skorch calls.

    Attributes:
        clinic: of the last training, None before the first.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.clinic: Clinic | None = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return what the callback was made with, for clones."""
        return {"options": self.options}

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **_: Any) -> None:
        """Begin to watch."""
        self._close(finished=False)

        def loss(output: Any, target: Tensor) -> Tensor:
            # skorch takes the logarithm of probabilities where the criterion wants it.
            value: Tensor = net.get_loss(output, target, training=False)
            return value

        self.clinic = watch(net.module_, net.optimizer_, loss, **self.options)
        self.clinic.epoch_ended()  # says that the ends of epochs will be told

    def on_batch_end(self, net: Any, batch: Any = None, training: bool = False, **given: Any) -> None:
        """Tell of a batch."""
        if training and self.clinic is not None:
            target = batch[1] if isinstance(batch, (tuple, list)) and len(batch) == 2 else None
            self.clinic.step(given["loss"], target=target, output=given.get("y_pred"))

    def on_epoch_end(self, net: Any, **_: Any) -> None:
        """Tell of an epoch, with the validation loss where there is one."""
        if self.clinic is not None:
            loss = net.history[-1].get("valid_loss")
            self.clinic.epoch_ended(None if loss is None else float(loss))

    def on_train_end(self, net: Any, **_: Any) -> None:
        """End the watching."""
        self._close(finished=True)

    def __getstate__(self) -> dict[str, Any]:
        """Return what can be kept in a file: hooks into a running training cannot."""
        return {**vars(self), "clinic": None}

    def _close(self, *, finished: bool) -> None:
        if self.clinic is not None:
            self.clinic.close(finished=finished)


@cache
def _callback_class() -> Any:
    """Return the class, which needs skorch, under a name by which a saved net finds it again."""
    from skorch.callbacks import Callback

    return type("ClinicCallback", (SkorchHooks, Callback), {"__module__": __name__})


def __getattr__(name: str) -> Any:
    if name == "ClinicCallback":
        return _callback_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
