"""Models for sequences as one module: raw steps in, answers out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netwright.data.sequences import LARGEST_NUMBER, SequencePreparation
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.signature import ROWS, Inlet, Whole
from netwright.nets.masking import step_mask

STEPS = "steps"
DOUBLINGS = 16
"""Gaps of up to two to this many steps are filled from the step before them."""


class SequenceWhole(nn.Module):
    """Scaling, filling, network and decoding of a model for sequences."""

    def __init__(self, preparation: SequencePreparation, answer: Answer, dtype: torch.dtype) -> None:
        super().__init__()
        self.answer, self.each = answer, preparation.each
        self.register_buffer("center", torch.as_tensor(preparation.center, dtype=dtype))
        self.register_buffer("spread", torch.as_tensor(preparation.spread, dtype=dtype))
        self.register_buffer("flagged", torch.as_tensor(preparation.flagged, dtype=torch.int64))
        self.flags = len(preparation.flagged) > 0

    def forward(self, steps: Tensor, lengths: Tensor) -> Tensor:
        """Return answers for steps (n, steps, channels), NaN where missing, and lengths (n,)."""
        missing = torch.isnan(steps)
        numbers = steps.clamp(-LARGEST_NUMBER, LARGEST_NUMBER)
        center, spread = self.get_buffer("center"), self.get_buffer("spread")
        if self.each:
            center, spread = _moments(numbers, ~missing, lengths)
        prepared = _carried_forward((numbers - center) / spread).float()
        if self.flags:
            told = missing.float().index_select(2, self.get_buffer("flagged"))
            prepared = torch.cat([prepared, told], dim=2)
        return self.answer(prepared, lengths.long())  # type: ignore[no-any-return]


def sequence_whole(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model for sequences as one module.

    Args:
        model: fitted, on sequences.
        dtype: of the numbers that come in.
    """
    preparation = model.preparation_
    assert isinstance(preparation, SequencePreparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    wide = dtype == torch.float64
    says = "numbers as they are, NaN where missing; anything behind a sequence's end"
    holds = {"longest": preparation.longest, "most": preparation.length}
    size = (ROWS, STEPS, len(preparation.center))
    inlets = (
        Inlet("steps", "float64" if wide else "float32", size, says, holds),
        Inlet("lengths", "int64" if wide else "int32", (ROWS,), "how many steps each sequence has"),
    )
    module = SequenceWhole(preparation, answer, dtype).eval()
    return Whole(module, inlets, outlet_of(model, dtype), "sequence")


def _moments(numbers: Tensor, known: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation (n, 1, channels) of each sequence's own known steps."""
    there = step_mask(lengths, numbers.shape[1])
    known = known if there is None else torch.logical_and(known, there.bool().unsqueeze(2))
    count = known.sum(1, keepdim=True).clamp_min(1).to(numbers.dtype)
    center = torch.where(known, numbers, torch.zeros_like(numbers)).sum(1, keepdim=True) / count
    far = torch.where(known, numbers - center, torch.zeros_like(numbers))
    spread = torch.sqrt((far * far).sum(1, keepdim=True) / count)
    constant = spread <= 1e-12 * center.abs().clamp_min(1)
    return center, torch.where(constant, torch.ones_like(spread), spread)


def _carried_forward(steps: Tensor) -> Tensor:
    """Return steps (n, steps, channels) in which a missing number is the one before it, 0 at first.

    Reaches back 1, 2, 4, ... steps in turn: what is missing still after that has nothing known before it.
    """
    places = torch.arange(steps.shape[1], device=steps.device)
    for doubling in range(DOUBLINGS):
        before = steps.index_select(1, (places - 2**doubling).clamp_min(0))
        steps = torch.where(torch.isnan(steps), before, steps)
    return torch.where(torch.isnan(steps), torch.zeros_like(steps), steps)
