"""Reads public sets that are no plain tables: questions, connections, spoken digits, series, pictures."""

from __future__ import annotations

import csv
import io
import re
import wave
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import text

Arrays = tuple[np.ndarray, np.ndarray, int]
"""Inputs, targets, and the number of classes, 0 for numbers."""

WORDS = 200
LETTERS = 24
WINDOWS = 1200
FRAMES = BANDS = 20
SIDE = 16


def questions(folder: Path) -> Arrays:
    """Questions as the presence of the commonest words; the answer is what is asked for, of six kinds."""
    lines = (folder / "text/trec_questions/TREC.train.all").read_text("latin-1").splitlines()
    pairs = dict.fromkeys(tuple(line.split(" ", 1)) for line in lines if line)  # each question once
    spoken = [set(re.findall(r"[a-z]+", words.lower())) for _, words in pairs]
    counts = Counter(word for words in spoken for word in sorted(words))
    common = [word for word, _ in counts.most_common(WORDS)]
    inputs = np.array([[word in words for word in common] for words in spoken], dtype=np.float32)
    return inputs, np.array([int(kind) for kind, _ in pairs], dtype=np.int64), 6


def connections(folder: Path) -> Arrays:
    """Network connections by forty numbers and three categories; the answer is whether one is an attack.

    Connections that are alike in all of these stand once.
    """
    with (folder / "anomaly/nsl_kdd/KDDTrain+_20Percent.txt").open() as file:
        rows = [tuple(row[:42]) for row in csv.reader(file)]
    columns = list(zip(*rows, strict=True))
    numbers = [np.array(columns[place], dtype=np.float32) for place in range(41) if place not in (1, 2, 3)]
    numbers = [np.log1p(column) if column.max() > 1 else column for column in numbers]
    flags = [
        np.array([value == name for value in columns[place]], dtype=np.float32)
        for place in (1, 3)
        for name in sorted(set(columns[place]))[1:]
    ]
    attack = np.array([answer != "normal" for answer in columns[41]], dtype=np.int64)
    inputs, places = np.unique(np.column_stack([*numbers, *flags]), axis=0, return_index=True)
    return inputs, attack[places], 2


def spoken_digits(folder: Path) -> Arrays:
    """Spoken digits as the logarithm of the energy in 20 bands over 20 stretches of time."""
    inputs, targets = [], []
    with zipfile.ZipFile(folder / "series/free_spoken_digits_5_speakers.zip") as archive:
        for name in sorted(one for one in archive.namelist() if one.endswith(".wav")):
            with wave.open(io.BytesIO(archive.read(name))) as sound:
                samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(np.float32)
            inputs.append(_spectrogram(samples / 32768))
            targets.append(int(Path(name).name[0]))
    return np.stack(inputs), np.array(targets, dtype=np.int64), 10


def _spectrogram(samples: np.ndarray) -> np.ndarray:
    length = len(samples) // FRAMES
    frames = samples[: FRAMES * length].reshape(FRAMES, length) * np.hanning(length)
    power = np.abs(np.fft.rfft(frames, n=1024)) ** 2
    bands = power[:, 10:450].reshape(FRAMES, BANDS, -1).mean(axis=2)
    return np.log(bands + 1e-6).astype(np.float32)


def series(name: str, every: int) -> Callable[[Path], Arrays]:
    """Return what reads a set of labelled series, of which every so many points are kept."""

    def read(folder: Path) -> Arrays:
        inputs, names = [], []
        for part in ("TRAIN", "TEST"):
            file = folder / "series/ucr_uea" / name / f"{name}_{part}.ts"
            for line in file.read_text().splitlines():
                if line and line[0] not in "#@":
                    values, label = line.rsplit(":", 1)
                    inputs.append([float(value) for value in values.split(",")][::every])
                    names.append(label)
        labels = sorted(set(names))
        targets = np.array([labels.index(label) for label in names], dtype=np.int64)
        return np.array(inputs, dtype=np.float32)[:, :, None], targets, len(labels)

    return read


def pictures(folder: Path) -> Arrays:
    """Photographs of ten kinds of things, grey, 16 by 16."""
    from PIL import Image

    inputs, targets = [], []
    with zipfile.ZipFile(folder / "images/cifar10_10k_2k_jpeg_folders.zip") as archive:
        names = sorted(one for one in archive.namelist() if one.endswith(".jpg") and "train/" in one)[::2]
        kinds = sorted({Path(name).parent.name for name in names})
        for name in names:
            grey = Image.open(io.BytesIO(archive.read(name))).convert("L").resize((SIDE, SIDE))
            inputs.append(np.asarray(grey, dtype=np.float32))
            targets.append(kinds.index(Path(name).parent.name))
    return np.stack(inputs), np.array(targets, dtype=np.int64), len(kinds)


def shakespeare(folder: Path) -> Arrays:
    """Windows of a play, small letters only; the answer to each place is the letter that follows it."""
    play = (folder / "text/tinyshakespeare.txt").read_text()[:200_000].lower()
    play = re.sub(r"[^a-z.]+", " ", play)[: WINDOWS * LETTERS + 1]
    numbers = text.encode(play)
    shape = (WINDOWS, LETTERS)
    return numbers[:-1].reshape(shape), numbers[1:].reshape(shape), text.VOCABULARY


def clouds(_: Path | None = None) -> Arrays:
    """Eight clouds of points that lie largely in one another: nobody can tell them all apart."""
    generator = np.random.default_rng(11)
    centres = generator.normal(size=(8, 12))
    targets = generator.integers(0, 8, size=4200)
    points = centres[targets] + 2.0 * generator.normal(size=(4200, 12))
    return points.astype(np.float32), targets.astype(np.int64), 8


FILES: dict[str, tuple[str, Callable[[Path], Arrays]]] = {
    "questions": ("text/trec_questions", questions),
    "connections": ("anomaly/nsl_kdd", connections),
    "spoken": ("series/free_spoken_digits_5_speakers.zip", spoken_digits),
    "power days": ("series/ucr_uea/ItalyPowerDemand", series("ItalyPowerDemand", 1)),
    "arrows": ("series/ucr_uea/ArrowHead", series("ArrowHead", 8)),
    "pictures": ("images/cifar10_10k_2k_jpeg_folders.zip", pictures),
    "shakespeare": ("text/tinyshakespeare.txt", shakespeare),
}
"""Where in the data folder each set lies, and what reads it."""
