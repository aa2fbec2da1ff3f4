"""Sounds as inputs of the exported model, by name. Needs Python and NumPy, nothing else."""

import wave
from typing import Any

import numpy as np


def inputs_of(rows: list[Any], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of wave files (uncompressed PCM), or of samples (length,) from -1 to 1 at the model's rate.
    description: the file inputs.json, read.
    """
    samples, counts = description["inputs"]
    sounds = [one if isinstance(one, np.ndarray) else read(one, samples["rate"]) for one in rows]
    sounds = [one[: samples["most"]] for one in sounds]
    fixed = samples["shape"][1]
    longest = fixed if isinstance(fixed, int) else max(len(one) for one in sounds)
    table = np.zeros((len(rows), longest), samples["dtype"])
    for place, sound in enumerate(sounds):
        table[place, : len(sound)] = sound
    numbers = np.array([len(one) for one in sounds], dtype=counts["dtype"])
    return {samples["name"]: table, counts["name"]: numbers}


def read(path: str, wanted: int) -> Any:
    """Return the samples of a wave file, channels averaged, at the wanted rate."""
    with wave.open(path, "rb") as file:
        channels, width, rate, count = file.getparams()[:4]
        data = np.frombuffer(file.readframes(count), dtype=np.uint8)
    data = data[: len(data) // (width * channels) * width * channels]
    if width == 1:  # the only width without a sign
        samples = (data.astype(np.float64) - 128) / 128
    else:
        wide = np.zeros((len(data) // width, 4), dtype=np.uint8)
        wide[:, 4 - width :] = data.reshape(-1, width)
        samples = wide.view("<i4")[:, 0] / 2.0**31
    mono = samples.reshape(-1, channels).mean(axis=1)
    if rate == wanted:
        return mono
    number = max(1, round(len(mono) * wanted / rate))
    spectrum = np.fft.rfft(mono)[: number // 2 + 1]
    return np.fft.irfft(spectrum, n=number) * (number / len(mono))
