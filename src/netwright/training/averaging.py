"""Averages of the weights along the training, which often answer better than the last weights."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from netwright.parts import Part


class Averaging(Part, family="averaging"):
    """How the weights are averaged."""

    summary: ClassVar[str]
    equation: ClassVar[str]

    @abstractmethod
    def share(self, progress: float, taken: int) -> float:
        """Return the newest weights' share in the average; 0 to leave the average alone.

        Args:
            progress: how much of the training is done, from 0 to 1.
            taken: how many weights the average holds already.
        """

    def average(self, tensors: Sequence[Tensor]) -> Average:
        """Return an empty average of these tensors, such as those of `averaged_tensors`."""
        return Average(self, tensors)


class EMA(Averaging):
    """Exponential moving average: the newest weights count most.

        a ← d a + (1 - d) w,    d = min(decay, (1 + n) / (10 + n)) after n updates

    A calm copy of the weights, to be updated at every step.

    Settings:
        decay: how long the average remembers, about 1 / (1 - decay) updates.

    Source: Polyak, Juditsky (1992); the start of d as in TensorFlow and timm.

    >>> EMA(decay=0.9).share(progress=0.5, taken=10_000) == 1 - 0.9
    True
    """

    summary: ClassVar[str] = "A moving average of the weights, the newest counting most."
    equation: ClassVar[str] = "a ← d a + (1 - d) w"

    decay: float = Field(default=0.999, gt=0, lt=1)

    def share(self, progress: float, taken: int) -> float:
        """Return 1 - d; all for the first weights."""
        return 1.0 if taken == 0 else 1 - min(self.decay, (1 + taken) / (10 + taken))


class SWA(Averaging):
    """Stochastic weight averaging: the plain mean of the weights over the end of the training.

        a ← a + (w - a) / (n + 1)    after n updates, once progress ≥ start

    Leads to the middle of a flat valley. Keep the learning rate up over the averaged part.

    Settings:
        start: share of the training after which averaging begins.

    Source: Izmailov et al. (2018).

    >>> SWA(start=0.5).share(progress=0.4, taken=0), SWA(start=0.5).share(progress=0.6, taken=3)
    (0.0, 0.25)
    """

    summary: ClassVar[str] = "The mean of the weights over the end of the training."
    equation: ClassVar[str] = "a ← a + (w - a) / (n + 1)"

    start: float = Field(default=0.75, ge=0, lt=1)

    def share(self, progress: float, taken: int) -> float:
        """Return 1 / (n + 1) from the start on."""
        return 1 / (taken + 1) if progress >= self.start else 0.0


class Average:
    """A running average of some tensors.

    >>> weights = torch.tensor([1.0])
    >>> average = SWA(start=0.0).average([weights])
    >>> for value in (1.0, 3.0):
    ...     _ = weights.fill_(value)
    ...     average.update(progress=0.5)
    >>> with average.swapped():
    ...     inside = weights.tolist()
    >>> inside, weights.tolist()
    ([2.0], [3.0])
    """

    def __init__(self, averaging: Averaging, tensors: Sequence[Tensor]) -> None:
        assert all(tensor.is_floating_point() for tensor in tensors), "only real numbers have an average"
        self._averaging = averaging
        self._tensors = [tensor.detach() for tensor in tensors]
        self._values = [tensor.clone() for tensor in self._tensors]
        self.taken = 0

    @torch.no_grad()
    def update(self, progress: float) -> None:
        """Take the tensors as they are now into the average.

        Args:
            progress: how much of the training is done, from 0 to 1.
        """
        share = self._averaging.share(progress, self.taken)
        if share > 0:
            torch._foreach_lerp_(self._values, self._tensors, share)
            self.taken += 1

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """Hold the average in the tensors inside the block; bit for bit as before after it.

        While the average is still empty the tensors stay as they are.
        """
        if not self.taken:
            yield
            return
        before = [tensor.clone() for tensor in self._tensors]
        self.apply()
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(self._tensors, before)

    @torch.no_grad()
    def apply(self) -> None:
        """Put the average into the tensors for good; nothing happens while it is empty."""
        if self.taken:
            torch._foreach_copy_(self._tensors, self._values)

    def state_dict(self) -> dict[str, Any]:
        """Return what has to be saved to go on later."""
        return {"taken": self.taken, "values": [value.clone() for value in self._values]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self.taken = int(state["taken"])
        torch._foreach_copy_(self._values, list(state["values"]))


def averaged_tensors(network: nn.Module) -> list[Tensor]:
    """Return what an average runs over: parameters and real-valued buffers (running statistics).

    >>> len(averaged_tensors(nn.BatchNorm1d(3)))
    4
    """
    tensors = [*network.parameters(), *network.buffers()]
    return [tensor for tensor in tensors if tensor.is_floating_point()]
