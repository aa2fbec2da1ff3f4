"""Reads the sets that came last, and makes the synthetic ones that came with them."""

from __future__ import annotations

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from . import text
from .sources import LETTERS, WINDOWS, Arrays

ROWS = 4200
FEWER_ROWS = 1800
HOURS = 24


def moons(_: Path | None = None) -> Arrays:
    """Points on two half circles that hold each other, with noise."""
    from sklearn.datasets import make_moons

    inputs, targets = make_moons(FEWER_ROWS, noise=0.25, random_state=21)
    return inputs.astype(np.float32), targets.astype(np.int64), 2


def hinges(_: Path | None = None) -> Arrays:
    """A number that is a product, a square and a sum of five features, beside ten that say nothing."""
    from sklearn.datasets import make_friedman1

    inputs, targets = make_friedman1(ROWS, n_features=15, noise=1.0, random_state=22)
    return inputs.astype(np.float32), targets.astype(np.float32), 0


def uneven(_: Path | None = None) -> Arrays:
    """Seven classes, each half as frequent as the one before, a tenth of the labels drawn blindly."""
    from sklearn.datasets import make_classification

    shares = 0.5 ** np.arange(7)
    inputs, targets = make_classification(
        ROWS, n_features=16, n_informative=10, n_classes=7, n_clusters_per_class=1, class_sep=1.5,
        weights=list(shares / shares.sum()), flip_y=0.1, random_state=23,
    )  # fmt: skip
    return inputs.astype(np.float32), targets.astype(np.int64), 7


def sums(_: Path | None = None) -> Arrays:
    """Sixteen numbers, two of which are marked: their sum is asked for (Hochreiter and Schmidhuber 1997)."""
    generator = np.random.default_rng(24)
    numbers = generator.random((FEWER_ROWS, 16))
    places = np.argsort(generator.random((FEWER_ROWS, 16)), axis=1)[:, :2]
    marks = np.zeros_like(numbers)
    np.put_along_axis(marks, places, 1.0, axis=1)
    return (
        np.stack([numbers, marks], axis=2).astype(np.float32),
        (numbers * marks).sum(axis=1).astype(np.float32),
        0,
    )


def impedance(_: Path | None = None) -> Arrays:
    """The impedance of a circuit by its resistance, frequency, inductance and capacity."""
    from sklearn.datasets import make_friedman2

    inputs, targets = make_friedman2(ROWS, noise=40.0, random_state=31)
    return inputs.astype(np.float32), targets.astype(np.float32), 0


def shells(_: Path | None = None) -> Arrays:
    """Four classes of points in shells around one centre."""
    from sklearn.datasets import make_gaussian_quantiles

    inputs, targets = make_gaussian_quantiles(n_samples=ROWS, n_features=5, n_classes=4, random_state=32)
    return inputs.astype(np.float32), targets.astype(np.int64), 4


def chi_square(_: Path | None = None) -> Arrays:
    """Whether the squares of ten normal numbers add up to more than usual (Hastie et al. 2009, 10.2)."""
    from sklearn.datasets import make_hastie_10_2

    inputs, targets = make_hastie_10_2(ROWS, random_state=33)
    return inputs.astype(np.float32), (targets > 0).astype(np.int64), 2


def order(_: Path | None = None) -> Arrays:
    """Sixteen symbols, two of which are rare; the answer is which they are and which of them came first."""
    generator = np.random.default_rng(34)
    symbols = generator.integers(2, 6, size=(FEWER_ROWS, 16))
    places = np.sort(np.argsort(generator.random((FEWER_ROWS, 16)), axis=1)[:, :2], axis=1)
    told = generator.integers(0, 2, size=(FEWER_ROWS, 2))
    np.put_along_axis(symbols, places, told, axis=1)
    return np.eye(6, dtype=np.float32)[symbols], (2 * told[:, 0] + told[:, 1]).astype(np.int64), 4


def outliers(number: str) -> Callable[[Path], Arrays]:
    """Return what reads a table of ordinary rows and a few that are not."""

    def read(folder: Path) -> Arrays:
        with np.load(folder / f"anomaly/adbench/{number}.npz") as held:
            return held["X"].astype(np.float32), held["y"].astype(np.int64), 2

    return read


def mammography(folder: Path) -> Arrays:
    """Spots in X-ray pictures by six numbers; the answer is whether they are calcified, which few are."""
    lines = (folder / "tabular/mammography_noheader.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines]
    inputs = np.array([row[:-1] for row in rows], dtype=np.float32)
    return inputs, np.array(["-" not in row[-1] for row in rows], dtype=np.int64), 2


def colic(folder: Path) -> Arrays:
    """Horses by what was measured; gaps are filled with the median and flagged. Was the lesion surgical?"""
    lines = (folder / "tabular/horse_colic_noheader.csv").read_text().splitlines()
    rows = [[float("nan") if cell == "?" else float(cell) for cell in line.split(",")] for line in lines]
    table = np.array(rows, dtype=np.float32)
    inputs = np.delete(table, [2, 23, 24, 25, 26, 27], axis=1)
    gaps = np.isnan(inputs)
    filled = np.where(gaps, np.nanmedian(inputs, axis=0), inputs)
    flags = gaps[:, gaps.mean(axis=0) > 0.1].astype(np.float32)
    return np.column_stack([filled, flags]).astype(np.float32), (table[:, 23] == 1).astype(np.int64), 2


def words(kinds: Callable[[Path], Iterable[tuple[str, str]]], count: int) -> Callable[[Path], Arrays]:
    """Return what reads texts as the presence of so many words, the commonest, each text once."""

    def read(folder: Path) -> Arrays:
        pairs = list(dict.fromkeys(kinds(folder)))
        spoken = [set(re.findall(r"[a-z']+", said.lower())) for said, _ in pairs]
        counts = Counter(word for each in spoken for word in sorted(each))
        common = [word for word, _ in counts.most_common(count)]
        names = sorted({kind for _, kind in pairs})
        inputs = np.array([[word in each for word in common] for each in spoken], dtype=np.float32)
        return inputs, np.array([names.index(kind) for _, kind in pairs], dtype=np.int64), len(names)

    return read


def _polarity(folder: Path) -> Iterable[tuple[str, str]]:
    for kind in ("neg", "pos"):
        place = folder / "text/mr_sentence_polarity" / f"rt-polarity.{kind}"
        yield from ((line, kind) for line in place.read_text("latin-1").splitlines() if line)


def _messages(folder: Path) -> Iterable[tuple[str, str]]:
    for line in (folder / "text/sms_spam.tsv").read_text().splitlines()[1:]:
        kind, said = line.split("\t")[:2]
        yield said, kind


def _news(folder: Path) -> Iterable[tuple[str, str]]:
    with (folder / "text/ag_news_7600/test.csv").open() as file:
        yield from ((f"{row[1]} {row[2]}", row[0]) for row in csv.reader(file))


def letters_of(archive: str, names: tuple[str, ...]) -> Callable[[Path], Arrays]:
    """Return what cuts texts into windows of small letters; the answer to each place is the next letter."""

    def read(folder: Path) -> Arrays:
        with zipfile.ZipFile(folder / f"text/embedding_corpus/{archive}.zip") as packed:
            said = " ".join(packed.read(f"{archive}/{name}").decode("latin-1") for name in names)
        said = re.sub(r"[^a-z.]+", " ", said.lower())[: WINDOWS * LETTERS + 1]
        numbers = text.encode(said)
        shape = (WINDOWS, LETTERS)
        return numbers[:-1].reshape(shape), numbers[1:].reshape(shape), text.VOCABULARY

    return read


def oil(folder: Path) -> Arrays:
    """A day of seven measurements of a transformer, hour by hour; its oil three hours later is asked for."""
    with (folder / "series/ETTh1.csv").open() as file:
        table = np.array([row[1:] for row in list(csv.reader(file))[1:]], dtype=np.float32)
    starts = np.arange(0, len(table) - HOURS - 3, 5)
    inputs = np.stack([table[start : start + HOURS] for start in starts])
    return (inputs - table.mean(0)) / table.std(0), table[starts + HOURS + 2, 6], 0


def _air(folder: Path) -> np.ndarray:
    with (folder / "series/beijing_pm25.csv").open() as file:
        rows = [row for row in list(csv.reader(file))[1:] if row[5] != "NA"]
    winds = sorted({row[9] for row in rows})
    return np.array(
        [
            [np.log1p(float(row[5])), *map(float, row[6:9]), np.log1p(float(row[10])), float(row[2]),
             float(row[4]), *(row[9] == wind for wind in winds)]
            for row in rows
        ],
        dtype=np.float32,
    )  # fmt: skip


def air(folder: Path) -> Arrays:
    """Dust in the air of a city by weather, wind, month and hour."""
    table = _air(folder)[::7]
    return table[:, 1:], table[:, 0], 0


def air_hours(folder: Path) -> Arrays:
    """Twelve hours of air and weather; the dust two hours later is asked for."""
    table = _air(folder)
    starts = np.arange(0, len(table) - 14, 13)
    inputs = np.stack([table[start : start + 12] for start in starts])
    return (inputs - table.mean(0)) / table.std(0), table[starts + 13, 0], 0


def motions(folder: Path) -> Arrays:
    """Standing, walking, running, badminton by six sensors, every fourth moment."""
    inputs, names = [], []
    for part in ("TRAIN", "TEST"):
        file = folder / "series/ucr_uea/BasicMotions" / f"BasicMotions_{part}.ts"
        for line in file.read_text().splitlines():
            if line and line[0] not in "#@":
                *channels, label = line.split(":")
                inputs.append([[float(value) for value in one.split(",")][::4] for one in channels])
                names.append(label)
    kinds = sorted(set(names))
    answers = np.array([kinds.index(name) for name in names], dtype=np.int64)
    return np.array(inputs, dtype=np.float32).transpose(0, 2, 1), answers, len(kinds)


MADE: dict[str, Callable[[], Arrays]] = {
    "moons": moons,
    "hinges": hinges,
    "uneven": uneven,
    "sums": sums,
    "impedance": impedance,
    "shells": shells,
    "chi square": chi_square,
    "order": order,
}
"""Sets that are made here, and need no folder."""

FILES: dict[str, tuple[str, Callable[[Path], Arrays]]] = {
    "mammography": ("tabular/mammography_noheader.csv", mammography),
    "thyroid": ("anomaly/adbench/38_thyroid.npz", outliers("38_thyroid")),
    "polarity": ("text/mr_sentence_polarity", words(_polarity, 400)),
    "motions": ("series/ucr_uea/BasicMotions", motions),
    "oil": ("series/ETTh1.csv", oil),
    "web talk": ("text/embedding_corpus/webtext.zip", letters_of("webtext", ("pirates.txt", "firefox.txt"))),
    "colic": ("tabular/horse_colic_noheader.csv", colic),
    "cardio": ("anomaly/adbench/6_cardio.npz", outliers("6_cardio")),
    "glands": ("anomaly/adbench/2_annthyroid.npz", outliers("2_annthyroid")),
    "satellite": ("anomaly/adbench/31_satimage-2.npz", outliers("31_satimage-2")),
    "messages": ("text/sms_spam.tsv", words(_messages, 200)),
    "news": ("text/ag_news_7600", words(_news, 400)),
    "speeches": (
        "text/embedding_corpus/state_union.zip",
        letters_of("state_union", ("1945-Truman.txt", "1946-Truman.txt")),
    ),
    "air": ("series/beijing_pm25.csv", air),
    "air hours": ("series/beijing_pm25.csv", air_hours),
}
"""Where in the data folder each set lies, and what reads it."""
