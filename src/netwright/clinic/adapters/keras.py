"""The clinic inside Keras 3 with the PyTorch backend."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from netwright.clinic.session import Clinic
from netwright.clinic.watch import watch
from netwright.errors import UserError


def keras_callback(**options: Any) -> Any:
    """Return a Keras callback that watches `fit`; its `clinic` holds the findings.

    ```python
    callback = nw.clinic.keras_callback(validation=(x, y))
    model.fit(x_train, y_train, callbacks=[callback])
    print(callback.clinic.findings)
    ```

    Args:
        options: of `watch`, but for model, optimizer and loss.

    Raises:
        UserError: when Keras does not run on PyTorch.
    """
    import keras

    if keras.backend.backend() != "torch":
        raise UserError(
            f"The clinic watches Keras on PyTorch; this Keras runs on {keras.backend.backend()}. "
            "Set the environment variable KERAS_BACKEND=torch before keras is imported."
        )

    class ClinicCallback(KerasHooks, keras.callbacks.Callback):  # type: ignore[misc, unused-ignore]
        """Watches a training."""

        def __init__(self) -> None:
            keras.callbacks.Callback.__init__(self)
            KerasHooks.__init__(self, options)

    return ClinicCallback()


class KerasHooks:
    """What Keras calls.

    Attributes:
        clinic: of the last training, None before the first.
    """

    model: Any
    params: dict[str, Any]

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.clinic: Clinic | None = None
        self._detour: Detour | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin to watch."""
        self._end(finished=False)
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        known = {
            "epoch_steps": steps,
            "steps_planned": steps * epochs if steps and epochs else None,
        }
        self._detour = Detour(self.model)
        self.clinic = watch(
            self._detour.network, self._detour.optimizer, self._detour.loss, **{**known, **self.options}
        )
        self.clinic.epoch_ended()  # says that the ends of epochs will be told

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell of a batch."""
        detour = self._detour
        if self.clinic is not None and detour is not None and detour.last is not None:
            loss, target, output = detour.last
            detour.last = None
            self.clinic.step(loss, target=target, output=output)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell of an epoch, with the validation loss where there is one."""
        if self.clinic is not None:
            loss = (logs or {}).get("val_loss")
            self.clinic.epoch_ended(None if loss is None else float(loss))

    def on_train_end(self, logs: Any = None) -> None:
        """End the watching."""
        self._end(finished=True)

    def _end(self, *, finished: bool) -> None:
        if self._detour is not None:
            self._detour.end()
        if self.clinic is not None:
            self.clinic.close(finished=finished)


class Detour:
    """Leads a Keras training past PyTorch's hooks, which it would pass by: forward pass, loss and update.

    Attributes:
        network: the model as a PyTorch module.
        optimizer: the optimizer as one of PyTorch's.
        last: loss, target and output of the last batch.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._compute_loss: Callable[..., Tensor] = model.compute_loss
        self._places = (
            (model, "call", model.call),
            (model, "compute_loss", model.compute_loss),
            (model.optimizer, "apply", model.optimizer.apply),
        )
        self.network = KerasNetwork(model, model.call)
        named = type(type(model.optimizer).__name__, (KerasOptimizer,), {})
        self.optimizer: KerasOptimizer = named(model, model.optimizer.apply)
        self.last: tuple[Tensor, Any, Any] | None = None
        object.__setattr__(model, "call", self._call)
        object.__setattr__(model, "compute_loss", self._keep_loss)
        object.__setattr__(model.optimizer, "apply", self.optimizer.apply)

    def loss(self, output: Any, target: Any) -> Tensor:
        """Return the loss that the model was compiled with."""
        return self._compute_loss(x=None, y=target, y_pred=output, sample_weight=None)

    def end(self) -> None:
        """Let Keras go its own way again."""
        for owner, name, _ in self._places:
            owner.__dict__.pop(name, None)

    def _call(self, inputs: Any, *arguments: Any, **keywords: Any) -> Any:
        if torch.is_grad_enabled() and keywords.get("training"):
            return self.network(inputs, **keywords)
        return self.network.call(inputs, *arguments, **keywords)

    def _keep_loss(self, *arguments: Any, **given: Any) -> Tensor:
        loss = self._compute_loss(*arguments, **given)
        if torch.is_grad_enabled():
            self.last = loss.detach(), given.get("y"), given.get("y_pred")
        return loss


class KerasNetwork(nn.Module):
    """A Keras model as a PyTorch module, its layers by name."""

    keras: Any

    def __init__(self, model: Any, call: Callable[..., Any]) -> None:
        super().__init__()
        # Hidden from PyTorch, which would find all parameters in one heap.
        object.__setattr__(self, "keras", model)
        self.call = call
        for layer in model._flatten_layers(include_self=False):
            if layer._trainable_variables:
                self.add_module(_free_name(self, layer.name), holder_of(layer))

    def forward(self, inputs: Any, **keywords: Any) -> Any:
        """Answer as the model does, in training or evaluation mode."""
        return self.call(inputs, **{**keywords, "training": self.training})

    def __deepcopy__(self, memory: dict[int, Any]) -> KerasNetwork:
        model: Any = copy.deepcopy(self.keras, memory)
        return KerasNetwork(model, model.call).train(self.training)


def holder_of(layer: Any) -> nn.Module:
    """Return a PyTorch layer of the same kind that holds the parameters of a Keras layer.

    It is never called: it says what is where.
    """
    name = type(layer).__name__
    kind = next((kind for word, kind in _KINDS.items() if word in name), nn.Module)
    holder = kind.__new__(kind)
    nn.Module.__init__(holder)
    for place, variable in enumerate(layer._trainable_variables):
        known = {"kernel": "weight", "embeddings": "weight", "gamma": "weight", "beta": "bias"}
        own = str(variable.name)
        holder.register_parameter(_free_name(holder, known.get(own, own), place), variable.value)
    return holder


_KINDS: dict[str, type[nn.Module]] = {
    "Dense": nn.Linear,
    "Conv": nn.Conv2d,
    "Embedding": nn.Embedding,
    "Normalization": nn.LayerNorm,
    "LSTM": nn.LSTM,
    "GRU": nn.GRU,
    "RNN": nn.RNN,
    "Attention": nn.MultiheadAttention,
}


def _free_name(module: nn.Module, name: str, place: int = 0) -> str:
    name = name.replace(".", "_")
    return f"{name}_{place}" if hasattr(module, name) else name


class KerasOptimizer(torch.optim.Optimizer):
    """A Keras optimizer as one of PyTorch's."""

    def __init__(self, model: Any, apply: Callable[..., Any]) -> None:
        self._keras, self._apply = model.optimizer, apply
        self._given: tuple[Sequence[Any], Any] | None = None
        parameters = [variable.value for variable in model.trainable_variables]
        super().__init__(parameters, {"lr": self._rate(), **_settings(model.optimizer)})

    def apply(self, gradients: Sequence[Any], variables: Any = None) -> Any:
        """Make the step that Keras asks for, where PyTorch's hooks see it."""
        self._given = gradients, variables
        for group in self.param_groups:
            group["lr"] = self._rate()
        return self.step()

    def step(self, closure: Any = None) -> Any:
        """Let Keras change the weights."""
        assert self._given is not None
        given, self._given = self._given, None
        return self._apply(*given)

    def _rate(self) -> float:
        return float(self._keras.learning_rate)


def _settings(optimizer: Any) -> dict[str, Any]:
    """Return what is known of the optimizer, under PyTorch's names."""
    settings: dict[str, Any] = {}
    if hasattr(optimizer, "beta_1"):
        settings["betas"] = (float(optimizer.beta_1), float(optimizer.beta_2))
    if hasattr(optimizer, "epsilon"):
        settings["eps"] = float(optimizer.epsilon)
    if isinstance(getattr(optimizer, "momentum", None), float):
        settings["momentum"] = float(optimizer.momentum)
    if optimizer.weight_decay:
        settings["weight_decay"] = float(optimizer.weight_decay)
    return settings
