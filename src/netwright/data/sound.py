"""Sounds on their way into a network: wave files, and the loudness of their frequencies over time."""

from __future__ import annotations

import math
import os
import wave
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from netwright.data.addresses import open_address
from netwright.data.items import Form, Items
from netwright.data.row_options import RowOptions
from netwright.data.sequences import padded
from netwright.data.shapes import SequenceShape
from netwright.errors import ArtifactError, DataError

FLOOR = 1e-6
"""Quieter than this counts as silence: the logarithm needs a number above 0."""

WAVE_ENDINGS = (".wav", ".wave")


class Sounds(RowOptions):
    """How sounds become inputs: log-mel spectrograms.

        m = log(M |STFT(x)|² + ε)

    Settings:
        bands: mel bands; as many numbers a step.
        window: seconds that one step looks at.
        hop: seconds from step to step.
        longest: seconds that are kept of a sound, its first ones.
        depth: decibels below the loudest moment of a sound, at which silence begins: how loud a sound was
            recorded, and what hums behind it, then make no difference.

    Source: Stevens, Volkmann, Newman (1937) for the scale; Davis, Mermelstein (1980) for speech.
    """

    form: ClassVar[Form] = Form.SOUNDS

    bands: int = Field(default=40, ge=4)
    window: float = Field(default=0.025, gt=0)
    hop: float = Field(default=0.010, gt=0)
    longest: float = Field(default=10.0, gt=0)
    depth: float = Field(default=40.0, gt=0)

    def fit(self, rows: Items) -> SoundPreparation:
        """Return the preparation fitted to training sounds; the first one sets the sampling rate.

        Raises:
            DataError: when a file cannot be read; names it.
        """
        rate = read_wave(rows.values[0])[1]
        unscaled = SoundPreparation(self, rate, np.zeros(self.bands), np.ones(self.bands), 1)
        spectra = unscaled.spectra(rows)
        steps = torch.cat(spectra)
        center = steps.mean(0).double().numpy()
        spread = steps.std(0, correction=0).double().clamp_min(1e-3).numpy()
        return replace(unscaled, center=center, spread=spread, length=max(len(one) for one in spectra))


@dataclass(frozen=True)
class SoundPreparation:
    """A fitted preparation of sounds; holds statistics of the training sounds, never a sound.

    Attributes:
        options: how spectra are computed.
        rate: samples a second; sounds with another rate are brought to it.
        center: mean of each band.
        spread: deviation of each band.
        length: steps of the longest training sound.
    """

    options: Sounds
    rate: int
    center: np.ndarray
    spread: np.ndarray
    length: int

    form: ClassVar[Form] = Form.SOUNDS

    @property
    def shape(self) -> SequenceShape:
        """What a network needs to know."""
        return SequenceShape(self.options.bands, self.length, spectrum=True)

    def transform(self, rows: Any) -> tuple[Tensor, Tensor]:
        """Return steps float32 (n, longest of them, bands), zero behind each end, and lengths (n,).

        Raises:
            DataError: when a file cannot be read; names it.
        """
        center, spread = torch.from_numpy(self.center).float(), torch.from_numpy(self.spread).float()
        scaled = [((one - center) / spread).numpy() for one in self.spectra(rows)]
        return padded(scaled, self.options.bands)

    def spectra(self, rows: Any) -> list[Tensor]:
        """Return the log-mel spectrum (steps, bands) of every sound, unscaled."""
        values = rows.values if isinstance(rows, Items) else rows
        return [self._spectrum(*read_wave(path)) for path in values]

    def _spectrum(self, samples: Tensor, rate: int) -> Tensor:
        samples = resampled(samples, rate, self.rate)[: round(self.options.longest * self.rate)]
        window = round(self.options.window * self.rate)
        hop = max(1, round(self.options.hop * self.rate))
        loudness = log_mel(samples, self.rate, bands=self.options.bands, window=window, hop=hop)
        deepest = self.options.depth / 10 * math.log(10)
        return (loudness - loudness.max()).clamp_min(-deepest)

    def to_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return everything that was learnt: plain data for JSON, and arrays."""
        state = {
            "kind": str(self.form),
            "options": {name: getattr(self.options, name) for name in type(self.options).model_fields},
            "rate": self.rate,
            "length": self.length,
        }
        return state, {"center": self.center, "spread": self.spread}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SoundPreparation:
        """Return the preparation that `to_state` described.

        Raises:
            ArtifactError: when something is missing.
        """
        try:
            center, spread = np.array(arrays["center"]), np.array(arrays["spread"])
            return cls(Sounds(**state["options"]), state["rate"], center, spread, state["length"])
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"The preparation is damaged: {error!r}. Save the model again.") from error


def read_wave(path: str | os.PathLike[str]) -> tuple[Tensor, int]:
    """Return the samples of a wave file between -1 and 1, (samples,), and the samples a second.

    Several channels are averaged.

    Raises:
        DataError: when the file is missing, empty, damaged, or packed; names it.
    """
    try:
        with open_address(path) as opened, wave.open(opened, "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            data = file.readframes(count)
    except (FileNotFoundError, KeyError):
        raise DataError(f"There is no sound file {path}.") from None
    except (OSError, EOFError, wave.Error, zipfile.BadZipFile) as error:
        reason = str(error) or "it ends too early"
        raise DataError(
            f"{path} cannot be read as a wave file ({reason}). Expected uncompressed WAV (PCM); other "
            "formats can be turned into it, for instance with: ffmpeg -i FILE out.wav"
        ) from None
    usable = len(data) // (width * channels) * width * channels
    samples = _decoded(data[:usable], width)
    if not len(samples):
        raise DataError(f"{path} holds no sound: it has 0 samples. Leave the file out.")
    mono = samples.reshape(-1, channels).mean(axis=1)
    return torch.from_numpy(mono.astype(np.float32)), rate


def _decoded(data: bytes, width: int) -> np.ndarray:
    """Return numbers between -1 and 1 from PCM samples of 1 to 4 bytes."""
    if width == 1:  # the only width without a sign
        return (np.frombuffer(data, dtype=np.uint8).astype(np.float64) - 128) / 128
    if width == 3:
        bytes_of = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3)
        wide = np.zeros((len(bytes_of), 4), dtype=np.uint8)
        wide[:, 1:] = bytes_of
        return np.asarray(wide.view("<i4").ravel() / 2.0**31)
    return np.frombuffer(data, dtype=f"<i{width}") / 2.0 ** (8 * width - 1)


def log_mel(samples: Tensor, rate: int, *, bands: int, window: int, hop: int) -> Tensor:
    """Return the log-mel spectrum (steps, bands) of a sound.

    Args:
        samples: between -1 and 1, (samples,).
        rate: samples a second.
        bands: mel bands from 0 to half the rate.
        window: samples that one step looks at.
        hop: samples from step to step.

    >>> log_mel(torch.zeros(800), 8000, bands=10, window=200, hop=80).shape
    torch.Size([11, 10])
    """
    size = 1 << (window - 1).bit_length()
    enough = torch.nn.functional.pad(samples, (0, max(0, size - len(samples))))
    spectrum = torch.stft(
        enough,
        size,
        hop_length=hop,
        win_length=window,
        window=torch.hann_window(window),
        pad_mode="constant",
        return_complex=True,
    )
    steps = 1 + len(samples) // hop
    power = spectrum.abs().square()[:, :steps]
    loudness: Tensor = torch.log(mel_filters(size // 2 + 1, rate, bands) @ power + FLOOR)
    return loudness.T


@lru_cache(maxsize=8)
def mel_filters(bins: int, rate: int, bands: int) -> Tensor:
    """Return overlapping triangles (bands, bins), evenly spaced on the mel scale.

        mel = 2595 log₁₀(1 + f / 700)

    >>> mel_filters(129, 8000, 10).shape
    torch.Size([10, 129])
    """
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    frequencies = np.linspace(0, rate / 2, bins)
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    return torch.from_numpy(np.maximum(0, np.minimum(rising, falling)).astype(np.float32))


def resampled(samples: Tensor, rate: int, wanted: int) -> Tensor:
    """Return a sound at another rate; frequencies that it cannot hold are taken out.

    >>> len(resampled(torch.zeros(1600), 16000, 8000))
    800
    """
    if rate == wanted:
        return samples
    count = max(1, round(len(samples) * wanted / rate))
    spectrum = torch.fft.rfft(samples)[: count // 2 + 1]
    changed: Tensor = torch.fft.irfft(spectrum, n=count) * (count / len(samples))
    return changed
