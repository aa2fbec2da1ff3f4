"""Makes and reads the sets of the last part."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .more_sources import letters_of, outliers
from .sources import Arrays

ROWS = 4200
FEWER_ROWS = 1800
PLACES = 24


def circles(_: Path | None = None) -> Arrays:
    """Points on two circles, one inside the other, with noise."""
    from sklearn.datasets import make_circles

    inputs, targets = make_circles(FEWER_ROWS, noise=0.12, factor=0.5, random_state=41)
    return inputs.astype(np.float32), targets.astype(np.int64), 2


def angles(_: Path | None = None) -> Arrays:
    """The phase of a circuit by its resistance, frequency, inductance and capacity."""
    from sklearn.datasets import make_friedman3

    inputs, targets = make_friedman3(ROWS, noise=0.1, random_state=42)
    return inputs.astype(np.float32), targets.astype(np.float32), 0


def blobs(_: Path | None = None) -> Arrays:
    """Nine round clouds of points that lie a little in one another."""
    from sklearn.datasets import make_blobs

    inputs, targets = make_blobs(ROWS, n_features=10, centers=9, cluster_std=3.5, random_state=43)
    return inputs.astype(np.float32), targets.astype(np.int64), 9


def corners(_: Path | None = None) -> Arrays:
    """Five classes, each in two corners of a cube, among features that say nothing."""
    from sklearn.datasets import make_classification

    inputs, targets = make_classification(
        ROWS, n_features=20, n_informative=12, n_classes=5, n_clusters_per_class=2, class_sep=1.8,
        flip_y=0.02, random_state=44,
    )  # fmt: skip
    return inputs.astype(np.float32), targets.astype(np.int64), 5


def plane(_: Path | None = None) -> Arrays:
    """A number that is a weighted sum of ten of thirty features, with noise."""
    from sklearn.datasets import make_regression

    inputs, targets = make_regression(ROWS, n_features=30, n_informative=10, noise=40.0, random_state=45)
    return inputs.astype(np.float32), targets.astype(np.float32), 0


def roll(_: Path | None = None) -> Arrays:
    """How far along a rolled sheet a point lies."""
    from sklearn.datasets import make_swiss_roll

    inputs, targets = make_swiss_roll(FEWER_ROWS, noise=0.3, random_state=46)
    return inputs.astype(np.float32), targets.astype(np.float32), 0


def waves(_: Path | None = None) -> Arrays:
    """Sine, square, triangle or saw of a random phase and length, in noise."""
    generator = np.random.default_rng(47)
    targets = generator.integers(0, 4, size=FEWER_ROWS)
    turns = generator.random((FEWER_ROWS, 1)) + generator.uniform(2, 4, (FEWER_ROWS, 1)) * np.linspace(
        0, 1, PLACES
    )
    phase = turns % 1
    forms = np.stack(
        [np.sin(2 * np.pi * phase), np.sign(phase - 0.5), 4 * np.abs(phase - 0.5) - 1, 2 * phase - 1]
    )
    found = forms[targets, np.arange(FEWER_ROWS)] + 0.15 * generator.normal(size=(FEWER_ROWS, PLACES))
    return found[:, :, None].astype(np.float32), targets, 4


def windows(file: str) -> Callable[[Path], Arrays]:
    """Return what cuts a series into windows; the number after each is asked for."""

    def read(folder: Path) -> Arrays:
        with (folder / file).open() as opened:
            values = np.array([float(row[1]) for row in list(csv.reader(opened))[1:]], dtype=np.float32)
        values = (values - values.mean()) / values.std()
        starts = np.arange(len(values) - PLACES)
        inputs = np.stack([values[start : start + PLACES] for start in starts])
        return inputs[:, :, None], values[starts + PLACES], 0

    return read


MADE: dict[str, Callable[[], Arrays]] = {
    "circles": circles,
    "angles": angles,
    "blobs": blobs,
    "corners": corners,
    "plane": plane,
    "roll": roll,
    "waves": waves,
}
SUNSPOTS = "series/univariate_series/monthly-sunspots.csv"
NIGHTS = "series/univariate_series/daily-min-temperatures.csv"
FILES: dict[str, tuple[str, Callable[[Path], Arrays]]] = {
    "pens": ("anomaly/adbench/28_pendigits.npz", outliers("28_pendigits")),
    "shuttle": ("anomaly/adbench/32_shuttle.npz", outliers("32_shuttle")),
    "sunspots": (SUNSPOTS, windows(SUNSPOTS)),
    "nights": (NIGHTS, windows(NIGHTS)),
    "addresses": (
        "text/embedding_corpus/inaugural.zip",
        letters_of("inaugural", ("1797-Adams.txt", "1801-Jefferson.txt", "1805-Jefferson.txt")),
    ),
}
LARGE = ("angles", "blobs", "corners", "plane", "pens", "shuttle", "sunspots", "nights")
"""Sets of which a fixed number of rows is taken."""
