"""Models for sounds as one module: samples in, answers out; the spectrogram is part of the graph."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netwright.data.sound import FLOOR, SoundPreparation, mel_filters, read_wave, resampled
from netwright.estimators.base import NetworkEstimator
from netwright.exporting.answers import Answer, outlet_of
from netwright.exporting.signature import ROWS, Inlet, Whole

SAMPLES = "samples"


class Spectrogram(nn.Module):
    """Samples (n, length) and how many each sound has (n,) to scaled log-mel steps (n, steps, bands).

        m = log(M |Σ_t x_t w_t exp(-2πi k t / N)|² + ε)

    The transform is a convolution with waves, which every target has; see `data.sound`.
    """

    def __init__(self, preparation: SoundPreparation) -> None:
        super().__init__()
        options, rate = preparation.options, preparation.rate
        self.window = round(options.window * rate)
        self.hop = max(1, round(options.hop * rate))
        self.size = 1 << (self.window - 1).bit_length()
        self.deepest = options.depth / 10 * math.log(10)
        self.register_buffer("filters", mel_filters(self.size // 2 + 1, rate, options.bands))
        self.register_buffer("center", torch.from_numpy(preparation.center).float())
        self.register_buffer("spread", torch.from_numpy(preparation.spread).float())

    def forward(self, samples: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        """Return steps (n, steps, bands), zero behind each end, and how many each sound has (n,)."""
        filters = self.get_buffer("filters")
        padded = functional.pad(samples, (self.size // 2, self.size // 2))
        waves = self._waves(filters)
        found = functional.conv1d(padded.unsqueeze(1), waves.unsqueeze(1), stride=self.hop)
        bins = self.size // 2 + 1
        power = found[:, :bins].square() + found[:, bins:].square()
        loudness = torch.log(filters @ power + FLOOR).transpose(1, 2)
        lengths = 1 + torch.div(counts, self.hop, rounding_mode="floor")
        there = torch.arange(loudness.shape[1], device=samples.device) < lengths.unsqueeze(1)
        loudest = loudness.masked_fill(~there.unsqueeze(2), -1e9).amax((1, 2), keepdim=True)
        scaled = (
            (loudness - loudest).clamp_min(-self.deepest) - self.get_buffer("center")
        ) / self.get_buffer("spread")
        return scaled * there.unsqueeze(2), lengths

    def _waves(self, like: Tensor) -> Tensor:
        """Return cosines and sines under the window (2 · bins, size), made when the file is loaded."""
        size = float(self.size)
        bins = torch.arange(self.size // 2 + 1, device=like.device).to(like.dtype).unsqueeze(1)
        times = torch.arange(self.size, device=like.device).to(like.dtype)
        turns = bins * times / size
        angles = 2 * math.pi * (turns - torch.floor(turns))
        inside = times - (self.size - self.window) // 2
        hann = 0.5 - 0.5 * torch.cos(2 * math.pi * inside / self.window)
        hann = torch.where(torch.logical_and(inside >= 0, inside < self.window), hann, torch.zeros_like(hann))
        return torch.cat([torch.cos(angles) * hann, torch.sin(angles) * hann])


class SoundWhole(nn.Module):
    """Spectrogram, network and decoding of a model for sounds."""

    def __init__(self, spectrogram: Spectrogram, answer: Answer) -> None:
        super().__init__()
        self.spectrogram, self.answer = spectrogram, answer

    def forward(self, samples: Tensor, counts: Tensor) -> Tensor:
        """Return answers for samples (n, length) between -1 and 1 and how many each sound has (n,)."""
        return self.answer(*self.spectrogram(samples, counts.long()))  # type: ignore[no-any-return]


def sound_whole(model: NetworkEstimator, dtype: torch.dtype) -> Whole:
    """Return a fitted model for sounds as one module.

    Args:
        model: fitted, on sounds.
        dtype: float64 where the target has it, else float32.
    """
    preparation = model.preparation_
    assert isinstance(preparation, SoundPreparation)
    answer = Answer(model.network_, model.loss_, model.target_, dtype)
    most = round(preparation.options.longest * preparation.rate)
    says = f"samples between -1 and 1, {preparation.rate:,} a second, 0 behind a sound's end"
    kind = "int64" if dtype == torch.float64 else "int32"
    inlets = (
        Inlet("samples", "float32", (ROWS, SAMPLES), says, {"rate": preparation.rate, "most": most}),
        Inlet("counts", kind, (ROWS,), "how many samples each sound has"),
    )
    module = SoundWhole(Spectrogram(preparation), answer).eval()
    return Whole(module, inlets, outlet_of(model, dtype), "sound")


def sound_rows(model: NetworkEstimator, rows: Any) -> list[Any]:
    """Return sounds as the reader takes them: paths of files, or samples where they lie in an archive."""
    preparation = model.preparation_
    assert isinstance(preparation, SoundPreparation)
    return [
        str(one) if os.path.isfile(one) else np.asarray(resampled(*read_wave(one), preparation.rate))
        for one in rows.values
    ]
