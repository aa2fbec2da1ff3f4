"""The data sets: scikit-learn's bundled ones, text of a small grammar, and public ones that a folder has."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from . import blind_sources, last_sources, more_sources, sources, text, unseen_sources

LARGE = (2400, 700, 1500)
DIVIDE = {
    "mnist": LARGE,
    "fashion": LARGE,
    "california": (2000, 700, 1500),
    "churn": (2000, 700, 1500),
    "robot": (2000, 700, 1500),
    **dict.fromkeys(
        ("adult", "bank", "compas", "clouds", "letters", "power plant", "bike"), (2000, 700, 1500)
    ),
    **dict.fromkeys(("pictures", "connections", "questions"), (2000, 700, 1500)),
    "spoken": (1500, 400, 600),
    **dict.fromkeys((*last_sources.LARGE, *blind_sources.LARGE, *unseen_sources.LARGE), (2000, 700, 1500)),
    **dict.fromkeys(
        (
            "hinges",
            "uneven",
            "mammography",
            "polarity",
            "oil",
            "impedance",
            "shells",
            "chi square",
            "messages",
            "news",
            "glands",
            "satellite",
            "air",
            "air hours",
        ),
        (2000, 700, 1500),
    ),
}


@dataclass(frozen=True)
class Table:
    """A table in a file: its target, the answer that counts as yes, and what is left out.

    The answer is "" for numbers, and "*" where every one is a class of its own.
    """

    file: str
    target: str
    positive: str | int = ""
    left_out: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


COMPAS = ("age", "sex", "race", "priors_count", "juv_fel_count", "juv_misd_count", "c_charge_degree")
TABLES = {
    "california": Table("california_housing.csv", "median_house_value", left_out=("ocean_proximity",)),
    "churn": Table("telco_churn.csv", "Churn", "Yes", ("customerID",)),
    "compas": Table("compas.csv", "two_year_recid", 1, kept=COMPAS),
    "titanic": Table("titanic.csv", "survived", 1, ("name", "ticket", "cabin")),
    "robot": Table("uci_kin8nm.csv", "target"),
    "adult": Table("adult_train.csv", "income", ">50K", ("fnlwgt", "native_country")),
    "bank": Table("bank_marketing.csv", "deposit", "yes", ("duration",)),
    "energy": Table("uci_energy.csv", "target"),
    "yacht": Table("uci_yacht.csv", "target"),
    "letters": Table("letter_recognition.csv", "class", "*"),
    "concrete": Table("uci_concrete.csv", "target"),
    "power plant": Table("uci_power_plant.csv", "target"),
    "bike": Table("bike_sharing_hourly.csv", "cnt", left_out=("instant", "dteday")),
}


@dataclass(frozen=True)
class Source:
    """A data set as it comes: inputs (n, ...), targets (n,) or (n, length), classes (0 for numbers)."""

    inputs: np.ndarray
    targets: np.ndarray
    classes: int


@dataclass
class Part:
    """Rows with their answers."""

    inputs: np.ndarray
    targets: np.ndarray


@dataclass
class Parts:
    """Training, validation and test rows; the test rows are touched by the judge alone."""

    train: Part
    validation: Part
    test: Part
    classes: int

    @property
    def all(self) -> tuple[Part, Part, Part]:
        """The three parts."""
        return self.train, self.validation, self.test


class AbsentError(Exception):
    """A data set that lies in no folder."""


@lru_cache(maxsize=32)
def load(name: str, folder: Path | None = None) -> Source:
    """Return a data set.

    Raises:
        AbsentError: when it needs a folder that was not given.
    """
    bundled = {"digits": "digits", "cancer": "breast_cancer", "wine": "wine", "iris": "iris"}
    if name in bundled or name == "diabetes":
        return _bundled(bundled.get(name, name))
    if name == "text":
        return Source(*text.windows(1200, 24), text.VOCABULARY)
    if name == "sentences":
        return Source(*text.padded(1000, 40), text.VOCABULARY)
    if name == "clouds":
        return Source(*sources.clouds())
    made = {**more_sources.MADE, **last_sources.MADE, **blind_sources.MADE, **unseen_sources.MADE}
    if name in made:
        return Source(*made[name]())
    if folder is None:
        raise AbsentError(f"{name} needs a data folder: give --data FOLDER or set NETWRIGHT_DATA.")
    if name in TABLES:
        return _table(folder / "tabular" / TABLES[name].file, TABLES[name])
    later = {**last_sources.FILES, **blind_sources.FILES, **unseen_sources.FILES}
    files = {**sources.FILES, **more_sources.FILES, **later}
    if name in files:
        place, read = files[name]
        if not (folder / place).exists():
            raise AbsentError(f"there is no {folder / place}.")
        return Source(*read(folder))
    return _images(folder / "images" / {"mnist": "mnist", "fashion": "fashion_mnist"}[name])


def has(name: str, folder: Path | None) -> bool:
    """Return whether a data set can be found."""
    try:
        load(name, folder)
    except AbsentError:
        return False
    return True


def split(source: Source, name: str, seed: int) -> Parts:
    """Divide rows 60/20/20 (or by fixed counts for the large sets), by a permutation drawn from the seed."""
    n = len(source.inputs)
    order = np.random.default_rng(1000 + seed).permutation(n)
    first, second, third = DIVIDE.get(name, (int(0.6 * n), int(0.2 * n), n))
    ends = (0, first, first + second, min(first + second + third, n))
    cut = [order[start:end] for start, end in pairwise(ends)]
    train, validation, test = (Part(source.inputs[rows], source.targets[rows]) for rows in cut)
    return Parts(train, validation, test, source.classes)


def prepare(parts: Parts, how: str) -> None:
    """Scale numeric inputs by what the training rows say: "standard", "unit" or "raw"."""
    if parts.train.inputs.dtype == np.int64 or how == "raw":
        return
    inputs = parts.train.inputs
    if how == "unit":
        shift, scale = 0.0, np.nanmax(np.abs(inputs))
    elif inputs.ndim > 2:
        shift, scale = np.nanmean(inputs), np.nanstd(inputs)
    else:
        shift, scale = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0)
    scale = np.where(np.asarray(scale) > 1e-6, scale, 1.0)
    for part in parts.all:
        part.inputs = ((part.inputs - shift) / scale).astype(np.float32)


def prepare_targets(parts: Parts) -> None:
    """Scale numeric targets by mean and deviation of the training rows."""
    if not parts.classes:
        mean, deviation = parts.train.targets.mean(), parts.train.targets.std()
        for part in parts.all:
            part.targets = ((part.targets - mean) / deviation).astype(np.float32)


def _bundled(name: str) -> Source:
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    if name == "diabetes":
        return Source(found.data.astype(np.float32), found.target.astype(np.float32), 0)
    inputs = found.images if name == "digits" else found.data
    return Source(inputs.astype(np.float32), found.target.astype(np.int64), int(found.target.max()) + 1)


def _images(folder: Path) -> Source:
    if not folder.exists():
        raise AbsentError(f"there is no {folder}.")
    packed = [folder / f"t10k-{name}-ubyte.gz" for name in ("images-idx3", "labels-idx1")]
    pixels, labels = (gzip.decompress(path.read_bytes()) for path in packed)
    images = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4))
    return Source(images.astype(np.float32), np.frombuffer(labels, np.uint8, offset=8).astype(np.int64), 10)


def _table(path: Path, table: Table) -> Source:
    if not path.exists():
        raise AbsentError(f"there is no {path}.")
    import polars as pl

    frame = pl.read_csv(path)
    frame = frame.select(*table.kept, table.target) if table.kept else frame.drop(table.left_out)
    frame = frame.drop_nulls()
    target, rest = frame[table.target], frame.drop(table.target)
    inputs = rest.to_dummies(pl.selectors.string(), drop_first=True).to_numpy().astype(np.float32)
    if table.positive == "*":
        names, answers = np.unique(target.to_numpy(), return_inverse=True)
        return Source(inputs, answers.astype(np.int64), len(names))
    if table.positive:
        return Source(inputs, (target == table.positive).to_numpy().astype(np.int64), 2)
    return Source(inputs, target.to_numpy().astype(np.float32), 0)
