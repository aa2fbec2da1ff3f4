"""Makes and reads the sets of the unseen part."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from . import text
from .sources import LETTERS, WINDOWS, Arrays

ROWS = 4200
FEWER_ROWS = 2000
PLACES = 32
SIDE = 12
WORDS = 40


def subscribers(_: Path | None = None) -> Arrays:
    """Whether a subscriber leaves, by months, charges, calls, contract and way of payment, and chance."""
    generator = np.random.default_rng(71)
    months = np.ceil(generator.exponential(24, ROWS)).clip(1, 72)
    charge = 20 + 100 * generator.beta(2, 3, ROWS)
    total = months * charge * generator.normal(1, 0.05, ROWS)
    calls, age = generator.poisson(1.2, ROWS), generator.normal(45, 14, ROWS).clip(18, 90)
    contract, payment = generator.choice(3, ROWS, p=[0.55, 0.25, 0.2]), generator.integers(0, 4, ROWS)
    pull = 0.025 * charge - 0.06 * months - np.array([0.0, 1.2, 2.4])[contract] + 0.4 * calls
    pull += 0.7 * (payment == 0) + 1.2 * (calls > 2) * (contract == 0) + 0.3 * np.abs(age - 45) / 14
    leaves = generator.random(ROWS) < 1 / (1 + np.exp(-(pull - np.quantile(pull, 0.75))))
    flags = np.column_stack([np.eye(3)[contract][:, 1:], np.eye(4)[payment][:, 1:]])
    inputs = np.column_stack([months, charge, total, calls, age, flags])
    return inputs.astype(np.float32), leaves.astype(np.int64), 2


def species(_: Path | None = None) -> Arrays:
    """Five kinds, each a cloud of nine lengths with a form of its own, that lie in one another."""
    generator = np.random.default_rng(72)
    centres = 0.6 * generator.normal(size=(5, 9))
    forms = generator.normal(size=(9, 9)) / 3 + 0.6 * generator.normal(size=(5, 9, 9)) / 3
    targets = generator.choice(5, ROWS, p=[0.3, 0.24, 0.2, 0.16, 0.1])
    drawn = np.einsum("nij,nj->ni", forms[targets], generator.normal(size=(ROWS, 9)))
    lengths = np.exp(1.5 + 0.5 * (centres[targets] + drawn))
    return lengths.astype(np.float32), targets.astype(np.int64), 5


def particles(_: Path | None = None) -> Arrays:
    """Which of three masses flew by: momentum, energy lost, time of flight, and columns that say nothing."""
    generator = np.random.default_rng(73)
    targets = generator.integers(0, 3, ROWS)
    momentum = np.exp(generator.normal(0.0, 0.5, ROWS))
    speed = momentum / np.hypot(momentum, np.array([0.14, 0.49, 0.94])[targets])
    lost = (1 / speed**2) * np.exp(0.12 * generator.normal(size=ROWS)) + generator.exponential(0.1, ROWS)
    flight = 10 / speed + 0.8 * generator.normal(size=ROWS)
    bend = 0.3 / (momentum * np.exp(0.03 * generator.normal(size=ROWS)))
    rest = [generator.uniform(-1, 1, ROWS), generator.uniform(0, 6.28, ROWS), generator.poisson(20, ROWS)]
    return np.column_stack([bend, lost, flight, *rest]).astype(np.float32), targets, 3


def claims(_: Path | None = None) -> Arrays:
    """Which claims of an insurance are false, one in eleven: large and soon, or often and far from home."""
    generator = np.random.default_rng(74)
    amount, distance = np.exp(generator.normal(7, 1, ROWS)), generator.exponential(30, ROWS)
    days, earlier = generator.exponential(400, ROWS), generator.poisson(0.8, ROWS)
    age, hour = generator.normal(44, 13, ROWS), generator.uniform(0, 24, ROWS)
    soon = np.log(amount) - 7 - 1.2 * np.log(days / 400 + 0.05)
    often = 1.3 * earlier + 1.2 * np.log(distance / 30 + 0.05)
    pull = np.maximum(soon - soon.mean(), often - often.mean()) + 0.15 * np.cos(hour / 24 * 6.28)
    odds = 6 * (pull - np.quantile(pull, 0.91))
    false = generator.random(ROWS) < 1 / (1 + np.exp(-odds.clip(-30, 30)))
    inputs = np.column_stack([amount, distance, days, earlier, age, hour])
    return inputs.astype(np.float32), false.astype(np.int64), 2


def wages(_: Path | None = None) -> Arrays:
    """What people earn, by schooling, age, hours, sector and place; a few earn very much."""
    generator = np.random.default_rng(75)
    school, age = generator.integers(8, 21, ROWS), generator.uniform(18, 66, ROWS)
    hours, sector = generator.normal(37, 8, ROWS).clip(5, 70), generator.integers(0, 6, ROWS)
    place, leads = generator.integers(0, 3, ROWS), generator.random(ROWS) < 0.2
    level = 0.11 * (school - 12) + 0.9 * np.log(hours / 37) - 0.0009 * (age - 48) ** 2
    level += generator.normal(0, 0.25, 6)[sector] + np.array([0.0, 0.1, 0.3])[place]
    level += 0.04 * leads * (school - 8)
    wage = 2500 * np.exp(level + 0.27 * generator.normal(size=ROWS))
    flags = np.column_stack([np.eye(6)[sector][:, 1:], np.eye(3)[place][:, 1:], leads])
    return np.column_stack([school, age, hours, flags]).astype(np.float32), wage.astype(np.float32), 0


def flow(_: Path | None = None) -> Arrays:
    """What runs through a pipe, by pressure, bore, length, thickness of the fluid, bends and roughness."""
    generator = np.random.default_rng(76)
    pressure, bore = generator.uniform(0.5e5, 4e5, ROWS), generator.uniform(12, 50, ROWS)
    length, thickness = generator.uniform(5, 120, ROWS), np.exp(generator.normal(0, 0.4, ROWS))
    bends, rough = generator.integers(0, 12, ROWS), generator.exponential(0.05, ROWS)
    drag = (0.02 + 0.4 * rough / bore * 10) * length / bore * 1000 + 0.9 * bends + 1
    amount = bore**2 * np.sqrt(pressure / (drag * thickness)) * np.exp(0.04 * generator.normal(size=ROWS))
    inputs = np.column_stack([pressure, bore, length, thickness, bends, rough, generator.random(ROWS)])
    return inputs.astype(np.float32), amount.astype(np.float32), 0


def processes(_: Path | None = None) -> Arrays:
    """Which of four rules made a series: it forgets fast, forgets slowly, turns about, or swings."""
    generator = np.random.default_rng(77)
    targets = generator.integers(0, 4, FEWER_ROWS)
    one = np.array([0.2, 0.9, -0.5, 1.2])[targets] + 0.05 * generator.normal(size=FEWER_ROWS)
    two = np.array([0.0, 0.0, 0.0, -0.8])[targets]
    noise = generator.normal(size=(FEWER_ROWS, PLACES + 20))
    found = np.zeros_like(noise)
    for place in range(2, PLACES + 20):
        found[:, place] = one * found[:, place - 1] + two * found[:, place - 2] + noise[:, place]
    found = found[:, 20:] / found[:, 20:].std(axis=1, keepdims=True)
    return found[:, :, None].astype(np.float32), targets, 4


def brackets(_: Path | None = None) -> Arrays:
    """How deep the brackets of a line are at their deepest: one or two, three or four, up to nine or more."""
    generator = np.random.default_rng(78)
    symbols = np.zeros((FEWER_ROWS, 24), dtype=np.int64)
    depth, deepest = np.zeros(FEWER_ROWS), np.zeros(FEWER_ROWS)
    opens = generator.uniform(0.25, 0.6, FEWER_ROWS)
    for place in range(24):
        chance = generator.random(FEWER_ROWS)
        symbols[:, place] = np.where(chance < opens, 1, np.where((chance < 0.85) & (depth > 0), 2, 0))
        depth += (symbols[:, place] == 1) * 1.0 - (symbols[:, place] == 2)
        deepest = np.maximum(deepest, depth)
    return np.eye(3, dtype=np.float32)[symbols], (deepest.clip(1, 9).astype(np.int64) - 1) // 2, 5


def gratings(_: Path | None = None) -> Arrays:
    """Pictures of stripes of any width, in six directions, in noise."""
    generator = np.random.default_rng(79)
    targets = generator.integers(0, 6, ROWS)
    angle = np.pi * (targets + generator.uniform(-0.3, 0.3, ROWS)) / 6
    across, down = np.meshgrid(np.arange(SIDE) / SIDE, np.arange(SIDE) / SIDE)
    along = across * np.cos(angle)[:, None, None] + down * np.sin(angle)[:, None, None]
    turns = generator.uniform(1.5, 3.5, (ROWS, 1, 1)) * along + generator.random((ROWS, 1, 1))
    found = np.sin(2 * np.pi * turns) + 1.2 * generator.normal(size=turns.shape)
    return found.astype(np.float32), targets, 6


def patches(_: Path | None = None) -> Arrays:
    """Pieces of two grey photographs: is it the temple, or the flower?"""
    from sklearn.datasets import load_sample_images

    pieces = []
    for photograph in load_sample_images().images:
        grey = photograph.mean(axis=2)[
            : photograph.shape[0] // SIDE * SIDE, : photograph.shape[1] // SIDE * SIDE
        ]
        tiles = grey.reshape(len(grey) // SIDE, SIDE, -1, SIDE).transpose(0, 2, 1, 3)
        pieces.append(tiles.reshape(-1, SIDE, SIDE))
    targets = np.repeat([0, 1], [len(each) for each in pieces])
    return np.concatenate(pieces).astype(np.float32), targets, 2


def _pairs(folder: Path) -> tuple[np.ndarray, list[dict[str, str]]]:
    """Return pairs of sentences as numbers, those that are alike in all of them once, and their answers."""
    rows = []
    for name in ("train", "trial", "test_annotated"):
        with (folder / SICK / f"SICK_{name}.txt").open(newline="") as opened:
            rows += list(csv.DictReader(opened, delimiter="\t"))
    said = [tuple(re.findall(r"[a-z]+", row[f"sentence_{one}"].lower()) for one in "AB") for row in rows]
    counts = Counter(word for pair in said for one in pair for word in one)
    common = [word for word, _ in counts.most_common(WORDS)]
    found = []
    for first, second in said:
        left, right = set(first) - set(second), set(second) - set(first)
        both = len(set(first) & set(second))
        alike = [both, len(left), len(right), both / len({*first, *second})]
        alike += [len(first), len(second), SequenceMatcher(None, first, second).ratio()]
        found.append(alike + [(word in left) - (word in right) for word in common])
        found[-1] += [not {"no", "not", "nobody"}.isdisjoint(side) for side in (left, right)]
    inputs, places = np.unique(np.array(found, dtype=np.float32), axis=0, return_index=True)
    return inputs, [rows[place] for place in places]


def entailment(folder: Path) -> Arrays:
    """Whether one sentence follows from another, contradicts it, or neither, by the words they share."""
    inputs, rows = _pairs(folder)
    kinds = sorted({row["entailment_judgment"] for row in rows})
    return inputs, np.array([kinds.index(row["entailment_judgment"]) for row in rows]), 3


def relatedness(folder: Path) -> Arrays:
    """How near two sentences are in meaning, from 1 to 5, by the words they share."""
    inputs, rows = _pairs(folder)
    return inputs, np.array([float(row["relatedness_score"]) for row in rows], dtype=np.float32), 0


def taxis(folder: Path) -> Arrays:
    """Half a day of taxi rides, half-hour by half-hour; the rides an hour after it are asked for."""
    with (folder / TAXIS).open() as opened:
        values = np.array([float(row[1]) for row in list(csv.reader(opened))[1:]], dtype=np.float32)
    values = (values - values.mean()) / values.std()
    windows = np.lib.stride_tricks.sliding_window_view(values, 26)
    return windows[:, :24, None].copy(), windows[:, 25].copy(), 0


def finnish(folder: Path) -> Arrays:
    """Windows of small letters of a Finnish book; the answer to each place is the next letter."""
    with zipfile.ZipFile(folder / BOOKS) as packed:
        said = packed.read("genesis/finnish.txt").decode("latin-1").lower()
    said = re.sub(r"[^a-z.]+", " ", said.translate(str.maketrans("äöå", "aoa")))[: WINDOWS * LETTERS + 1]
    numbers, shape = text.encode(said), (WINDOWS, LETTERS)
    return numbers[:-1].reshape(shape), numbers[1:].reshape(shape), text.VOCABULARY


SICK = "text/sick_nli"
TAXIS = "anomaly/nab/data/realKnownCause/nyc_taxi.csv"
BOOKS = "text/embedding_corpus/genesis.zip"
MADE: dict[str, Callable[[], Arrays]] = {
    "subscribers": subscribers,
    "species": species,
    "particles": particles,
    "claims": claims,
    "wages": wages,
    "flow": flow,
    "processes": processes,
    "brackets": brackets,
    "gratings": gratings,
    "patches": patches,
}
FILES: dict[str, tuple[str, Callable[[Path], Arrays]]] = {
    "entailment": (SICK, entailment),
    "relatedness": (SICK, relatedness),
    "taxis": (TAXIS, taxis),
    "finnish": (BOOKS, finnish),
}
LARGE = (
    "gratings",
    "subscribers",
    "species",
    "particles",
    "claims",
    "wages",
    "flow",
    "entailment",
    "relatedness",
    "taxis",
)
"""Sets of which a fixed number of rows is taken."""
