"""Makes and reads the sets of the blind part."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from . import text
from .last_sources import windows
from .sources import LETTERS, WINDOWS, Arrays

ROWS = 4200
FEWER_ROWS = 1800
PLACES = 32
SIDE = 12


def teacher(_: Path | None = None) -> Arrays:
    """The largest answer of a network with random weights to fourteen numbers, of five about as frequent."""
    generator = np.random.default_rng(51)
    inputs = generator.normal(size=(ROWS, 14))
    hidden = np.tanh(inputs @ generator.normal(size=(14, 10)) * 0.6)
    answers = hidden @ generator.normal(size=(10, 5))
    answers = (answers - answers.mean(0)) / answers.std(0) + 0.1 * generator.normal(size=(ROWS, 5))
    return inputs.astype(np.float32), answers.argmax(1).astype(np.int64), 5


def branches(_: Path | None = None) -> Arrays:
    """Four classes by the leaves of a random tree over twelve numbers from 0 to 9."""
    generator = np.random.default_rng(52)
    inputs = generator.integers(0, 10, size=(ROWS, 12))
    leaves = np.zeros(ROWS, dtype=np.int64)
    for _ in range(4):
        columns = generator.integers(0, 12, size=leaves.max() + 1)
        leaves = 2 * leaves + (inputs[np.arange(ROWS), columns[leaves]] > 4)
    classes = generator.permutation(np.arange(leaves.max() + 1) % 4)
    return inputs.astype(np.float32), classes[leaves], 4


def spirals(_: Path | None = None) -> Arrays:
    """Points on three arms of a spiral, with noise."""
    generator = np.random.default_rng(53)
    arms, along = generator.integers(0, 3, size=FEWER_ROWS), np.sqrt(generator.random(FEWER_ROWS))
    angle = 2 * np.pi * arms / 3 + 4.5 * along
    points = np.column_stack([along * np.cos(angle), along * np.sin(angle)])
    points += 0.03 * generator.normal(size=points.shape)
    return points.astype(np.float32), arms, 3


def orders(_: Path | None = None) -> Arrays:
    """Whether an order comes back: three categories, each value a column, four numbers, and chance."""
    generator = np.random.default_rng(54)
    columns, pull = [], np.zeros(ROWS)
    for kinds in (3, 5, 8):
        kind = generator.integers(0, kinds, size=ROWS)
        columns.append(np.eye(kinds)[kind])
        pull += generator.normal(size=kinds)[kind]
    numbers = np.exp(generator.normal(size=(ROWS, 4)))
    pull += np.log(numbers) @ generator.normal(size=4) + np.log(numbers[:, 0]) * np.log(numbers[:, 1])
    odds = 2 * (pull - np.median(pull))
    targets = generator.random(ROWS) < 1 / (1 + np.exp(-odds))
    return np.column_stack([*columns, numbers]).astype(np.float32), targets.astype(np.int64), 2


def alarms(_: Path | None = None) -> Arrays:
    """Two classes, one of which has every twelfth row and lies around the other."""
    generator = np.random.default_rng(55)
    rare = generator.random(ROWS) < 1 / 12
    inputs = generator.normal(size=(ROWS, 8))
    lengths = np.linalg.norm(inputs[:, :4], axis=1, keepdims=True)
    inputs[:, :4] *= np.where(rare[:, None], 3.2 / lengths + 0.3, 1.0)
    return inputs.astype(np.float32), rare.astype(np.int64), 2


def prices(_: Path | None = None) -> Arrays:
    """A price with a long tail: an exponential of nine numbers, some of which multiply each other."""
    generator = np.random.default_rng(56)
    inputs = generator.normal(size=(ROWS, 9))
    level = inputs[:, :5] @ generator.uniform(0.1, 0.4, size=5) + 0.3 * inputs[:, 5] * inputs[:, 6]
    return inputs.astype(np.float32), np.exp(level + 0.1 * generator.normal(size=ROWS)).astype(np.float32), 0


def arm(_: Path | None = None) -> Arrays:
    """How far the hand of an arm of three parts is from a point, by angles and lengths."""
    generator = np.random.default_rng(57)
    angles, lengths = generator.uniform(-1.5, 1.5, (ROWS, 3)), generator.uniform(0.5, 1.5, (ROWS, 3))
    turns = angles.cumsum(axis=1)
    hand = np.stack([(lengths * np.cos(turns)).sum(1), (lengths * np.sin(turns)).sum(1)])
    far = np.hypot(hand[0] - 1, hand[1] - 1) + 0.05 * generator.normal(size=ROWS)
    return np.column_stack([angles, lengths]).astype(np.float32), far.astype(np.float32), 0


def tones(_: Path | None = None) -> Arrays:
    """Which two of four tones sound together, each as loud as chance will have it, in noise."""
    generator = np.random.default_rng(58)
    pairs = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
    targets = generator.integers(0, 6, size=FEWER_ROWS)
    time, found = np.arange(PLACES) / PLACES, generator.normal(scale=0.3, size=(FEWER_ROWS, PLACES))
    for which in (0, 1):
        turns = np.array([2.0, 4.0, 7.0, 11.0])[pairs[targets, which]]
        phase, loud = generator.random(FEWER_ROWS), generator.uniform(0.7, 1.3, FEWER_ROWS)
        found += loud[:, None] * np.sin(2 * np.pi * (turns[:, None] * time + phase[:, None]))
    return found[:, :, None].astype(np.float32), targets, 6


def pulses(_: Path | None = None) -> Arrays:
    """How many short pulses there are among 24 moments of noise."""
    generator = np.random.default_rng(59)
    counts = generator.integers(0, 7, size=FEWER_ROWS)
    places = generator.random((FEWER_ROWS, 24)).argsort(axis=1)
    found = 2.0 * (places < counts[:, None]) + 0.3 * generator.normal(size=(FEWER_ROWS, 24))
    return found[:, :, None].astype(np.float32), counts.astype(np.float32), 0


def glyphs(_: Path | None = None) -> Arrays:
    """Pictures of a cross, a frame, a slope, two bars or a blot, somewhere, in noise."""
    generator = np.random.default_rng(60)
    line = np.arange(6)
    forms = np.zeros((5, 6, 6))
    forms[0, 2:4], forms[0, :, 2:4] = 1, 1
    forms[1] = 1
    forms[1, 1:5, 1:5] = 0
    forms[2, line, line] = forms[2, line[1:], line[:-1]] = 1
    forms[3, 0:2], forms[3, 4:6] = 1, 1
    forms[4, 1:5, 1:5] = 1
    targets = generator.integers(0, 5, size=FEWER_ROWS)
    found = generator.normal(scale=0.35, size=(FEWER_ROWS, SIDE, SIDE))
    for picture, kind, (row, column) in zip(
        found, targets, generator.integers(0, SIDE - 5, size=(FEWER_ROWS, 2)), strict=True
    ):
        picture[row : row + 6, column : column + 6] += forms[kind]
    return found.astype(np.float32), targets, 5


def heart(folder: Path) -> Arrays:
    """A stretch of a heart's current, every second moment; the value after it is asked for."""
    with (folder / HEART).open() as opened:
        values = np.array([float(row[0]) for row in list(csv.reader(opened))[1:]], dtype=np.float32)[::2]
    values = (values - values.mean()) / values.std()
    inputs = np.lib.stride_tricks.sliding_window_view(values, 25)
    return inputs[:, :-1, None].copy(), inputs[:, -1].copy(), 0


def captions(folder: Path) -> Arrays:
    """Windows of small letters of German captions; the answer to each place is the next letter."""
    said = gzip.decompress((folder / CAPTIONS).read_bytes()).decode().lower()
    said = said.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
    said = re.sub(r"[^a-z.]+", " ", said)[: WINDOWS * LETTERS + 1]
    numbers, shape = text.encode(said), (WINDOWS, LETTERS)
    return numbers[:-1].reshape(shape), numbers[1:].reshape(shape), text.VOCABULARY


HEART = "series/univariate_series/sktime_mitdb.csv"
SUMMERS = "series/univariate_series/daily-max-temperatures.csv"
CAPTIONS = "text/multi30k_en_de/val.de.gz"
MADE: dict[str, Callable[[], Arrays]] = {
    "teacher": teacher,
    "branches": branches,
    "spirals": spirals,
    "orders": orders,
    "alarms": alarms,
    "prices": prices,
    "arm": arm,
    "tones": tones,
    "pulses": pulses,
    "glyphs": glyphs,
}
FILES: dict[str, tuple[str, Callable[[Path], Arrays]]] = {
    "heart": (HEART, heart),
    "summers": (SUMMERS, windows(SUMMERS)),
    "captions": (CAPTIONS, captions),
}
LARGE = ("teacher", "branches", "orders", "alarms", "prices", "arm", "heart", "summers")
"""Sets of which a fixed number of rows is taken."""
