"""Augmentation of sounds: other voices, other loudness, and holes, on spectra in batches."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from netwright.parts import Part


class SoundAugmentation(Part, family="sound_augmentation"):
    """Random changes of training spectra that keep what is heard, for a whole batch at once.

    The same seed and step give the same changes; validation and prediction hear sounds as they are.

    Settings:
        voice: share by which frequencies are stretched or squeezed at most, as another throat would.
        loudness: how much a sound gets louder or softer at most, in deviations.
        bands: largest share of the bands that is silenced.
        moments: largest share of the steps that is silenced.

    Source: Jaitly, Hinton (2013), vocal tract length perturbation; Park et al. (2019), SpecAugment.

    >>> changed = SoundAugmentation().change(torch.randn(3, 50, 40), torch.Generator().manual_seed(0))
    >>> changed.shape
    torch.Size([3, 50, 40])
    """

    summary: ClassVar[str] = "Random changes of training sounds that keep what is heard."
    cutmix: ClassVar[float] = 0.0

    voice: float = Field(default=0.15, ge=0, lt=1)
    loudness: float = Field(default=0.3, ge=0)
    bands: float = Field(default=0.2, ge=0, lt=1)
    moments: float = Field(default=0.15, ge=0, lt=1)

    def change(self, spectra: Tensor, generator: torch.Generator) -> Tensor:
        """Return changed copies of spectra (n, steps, bands).

        Args:
            spectra: a batch, scaled to mean 0.
            generator: on the CPU; gives all random numbers.
        """
        draws = (2 * torch.rand(2, len(spectra), generator=generator) - 1).to(spectra)
        changed = stretched(spectra, 1 + self.voice * draws[0]) if self.voice else spectra
        changed = changed + self.loudness * draws[1].reshape(-1, 1, 1)
        for axis, share in ((2, self.bands), (1, self.moments)):
            if share:
                changed = _silenced(changed, axis, share, generator)
        return changed


def stretched(spectra: Tensor, factors: Tensor) -> Tensor:
    """Return spectra (n, steps, bands) whose band b is what was at b · factor, between neighbours.

    >>> stretched(torch.tensor([[[0.0, 1.0, 2.0, 3.0]]]), torch.tensor([0.5])).flatten().tolist()
    [0.0, 0.5, 1.0, 1.5]
    """
    bands = spectra.shape[2]
    places = (torch.arange(bands).to(spectra) * factors.unsqueeze(1)).clamp(max=bands - 1)
    low = places.floor().long()
    share = (places - low).unsqueeze(1)
    shape = (-1, spectra.shape[1], -1)
    below = spectra.gather(2, low.unsqueeze(1).expand(*shape))
    above = spectra.gather(2, (low + 1).clamp(max=bands - 1).unsqueeze(1).expand(*shape))
    return below + share * (above - below)


def _silenced(spectra: Tensor, axis: int, share: float, generator: torch.Generator) -> Tensor:
    """Return spectra with a stretch of one axis at the mean, 0, another for each sound."""
    size = spectra.shape[axis]
    draws = torch.rand(2, len(spectra), 1, generator=generator).to(spectra)
    width = draws[0] * share * size
    start = draws[1] * (size - width)
    places = torch.arange(size).to(spectra)
    hole = (places >= start) & (places < start + width)
    return spectra.masked_fill(hole.unsqueeze(3 - axis), 0)
