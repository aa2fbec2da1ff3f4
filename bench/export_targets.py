"""Every cell of the table of networks and targets: how far exported files answer from the model.

A small network of each kind is trained for a moment on a real set and exported to every target that takes
it; its files answer 10,000 rows of a set, and rows with gaps and unseen words. Where a set has fewer, its
rows are there several times with noise. Core ML does not run here: there the program that the package is made
of answers the rows, as many as a minute allows. The converters of LiteRT and Core ML run where
NETWRIGHT_LITERT_PYTHON and NETWRIGHT_COREML_PYTHON say, or in environments that were made before.
"""

from __future__ import annotations

import tempfile
import time
import wave
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import netwright as nw
from common import announce, arguments
from images import _loaded as pictures_of
from netwright.data.sequence_files import read_ts
from netwright.errors import ExportError
from netwright.exporting.deliver import deliver
from netwright.exporting.support import refusal
from netwright.exporting.targets import TARGETS
from text import _polarity

Data = tuple[tuple[Any, Any], Any]
"""Rows to train on with what is to be predicted, and rows to check on."""

ROWS, TRAINED_ON = 10_000, 2_000
MOST_ERROR, LEAST_EQUAL = 1e-4, 0.9999
HORIZON, LOOKBACK = 24, 96
SMALL_TEXTS: dict[str, Any] = {"dimension": 32}


@cache
def table(place: Path) -> Data:
    train, test = (pl.read_csv(place / f"tabular/adult_{part}.csv") for part in ("train", "test"))
    train = train[:TRAINED_ON]
    return (train.drop("income"), train["income"]), test[:ROWS]


@cache
def numbers(place: Path) -> Data:
    frame = pl.read_csv(place / "tabular/california_housing.csv")
    name = frame.columns[-1] if "median_house_value" not in frame.columns else "median_house_value"
    return (frame[:TRAINED_ON].drop(name), frame[:TRAINED_ON][name]), frame[-ROWS:]


@cache
def texts(place: Path) -> Data:
    (sentences, labels), (others, _) = _polarity(place / "text/mr_sentence_polarity")
    return (list(sentences[:TRAINED_ON]), np.asarray(labels[:TRAINED_ON])), [*sentences, *others][-ROWS:]


@cache
def texts_in_a_table(place: Path) -> Data:
    """Return sentences beside two columns, of which one has gaps."""
    (sentences, labels), checks = texts(place)

    def beside(some: list[str]) -> pl.DataFrame:
        words = [len(one.split()) for one in some]
        letters = [None if count % 7 == 0 else len(one) for count, one in zip(words, some, strict=True)]
        return pl.DataFrame({"review": some, "words": words, "letters": letters})

    return (beside(sentences), labels), beside(checks)


@cache
def pictures(place: Path) -> Data:
    (pixels, classes), (test, _) = pictures_of(place / "images/mnist")
    return (pixels[:TRAINED_ON], classes[:TRAINED_ON]), test[:ROWS]


@cache
def sequences(place: Path) -> Data:
    """Return daily demands; those of the test part are there several times, with noise and gaps."""
    parts = [
        read_ts(place / f"series/ucr_uea/ItalyPowerDemand/ItalyPowerDemand_{part}.ts")
        for part in ("TRAIN", "TEST")
    ]
    (train, test), generator = ([np.asarray(one.rows.values) for one in parts]), np.random.default_rng(0)
    many = np.resize(np.stack(list(test)), (ROWS, *test[0].shape))
    many = many + 0.05 * generator.normal(size=many.shape)
    many[generator.random(many.shape) < 0.02] = np.nan
    return (list(train), parts[0].target), list(many)


@cache
def sounds(place: Path) -> Data:
    """Return spoken digits; those to check on are all of them, and each three times more, later and noisy."""
    folder = Path(tempfile.mkdtemp(prefix="netwright-sounds-"))
    with zipfile.ZipFile(place / "series/free_spoken_digits_5_speakers.zip") as packed:
        packed.extractall(folder)
    files = sorted(folder.rglob("*.wav"))
    files = [files[one] for one in np.random.default_rng(0).permutation(len(files))]
    train = files[:400]
    checks = [*files, *(_changed(one, turn) for turn in range(1, ROWS // len(files)) for one in files)]
    digits = np.array([one.name[0] for one in train])
    return (list(map(str, train)), digits), list(map(str, checks))


def _changed(file: Path, turn: int) -> Path:
    """Write a sound again, later, louder or quieter, and with noise; return where."""
    generator = np.random.default_rng([turn, *file.name.encode()])
    with wave.open(str(file)) as read:
        settings, samples = read.getparams(), np.frombuffer(read.readframes(read.getnframes()), "<i2")
    later = np.roll(samples, generator.integers(len(samples))) * generator.uniform(0.3, 0.9)
    noisy = later + generator.uniform(0, 300) * generator.normal(size=len(samples))
    path = file.with_name(f"{file.stem}_{turn}.wav")
    with wave.open(str(path), "wb") as written:
        written.setparams(settings)
        written.writeframes(noisy.clip(-32_768, 32_767).astype("<i2").tobytes())
    return path


@cache
def series(place: Path) -> Data:
    frame = pl.read_csv(place / "series/ETTh1.csv")
    return (frame, "OT"), frame[-ROWS - LOOKBACK - HORIZON :]


def classifier(data: Callable[[Path], Data], **settings: Any) -> Callable[[Path], tuple[Any, Any]]:
    """Return how a classifier is trained for a moment; with the rows to check on."""

    def train(place: Path) -> tuple[Any, Any]:
        (rows, classes), checks = data(place)
        return nw.Classifier(**settings, epochs=2, progress=False).fit(rows, classes), checks

    return train


def regressor(**settings: Any) -> Callable[[Path], tuple[Any, Any]]:
    def train(place: Path) -> tuple[Any, Any]:
        (rows, values), checks = numbers(place)
        return nw.Regressor(**settings, epochs=2, progress=False).fit(rows, values), checks

    return train


def ensemble(place: Path) -> tuple[Any, Any]:
    (rows, classes), checks = table(place)
    return nw.Ensemble(3, settings={"epochs": 2}, progress=False).fit(rows, classes), checks


def forecaster(kind: str) -> Callable[[Path], tuple[Any, Any]]:
    def train(place: Path) -> tuple[Any, Any]:
        (frame, target), checks = series(place)
        settings: dict[str, Any] = {"lookback": LOOKBACK, "calendar": True, "epochs": 1, "progress": False}
        model = nw.Forecaster(HORIZON, network=kind, **settings)
        return model.fit(frame[:8_000], target, time="date"), checks

    return train


KINDS: dict[str, Callable[[Path], tuple[Any, Any]]] = {
    "mlp": classifier(table, network="mlp"),
    "mlp, the default for classes": classifier(table),
    "mlp, the default for numbers": regressor(),
    "mlp, quantiles": regressor(loss="quantile"),
    "Ensemble": ensemble,
    "text_beside_table": classifier(
        texts_in_a_table, network={"kind": "text_beside_table", "text": {"kind": "text_cnn", **SMALL_TEXTS}}
    ),
    "cnn": classifier(pictures, network="cnn"),
    "resnet": classifier(pictures, network={"kind": "resnet", "widths": [16, 32], "blocks": 1}),
    **{kind: classifier(sequences, network=kind) for kind in ("rnn", "lstm", "gru", "tcn", "inception_time")},
    "spectrogram_convolution": classifier(sounds, network="spectrogram_convolution"),
    **{
        kind: classifier(texts, network={"kind": kind, **SMALL_TEXTS})
        for kind in ("text_cnn", "text_rnn", "text_transformer", "word_average")
    },
    "bag_of_ngrams": classifier(texts, network="bag_of_ngrams"),
    "text_ensemble": classifier(
        texts,
        network={
            "kind": "text_ensemble",
            "networks": [{"kind": "bag_of_ngrams"}, {"kind": "text_cnn", **SMALL_TEXTS}],
        },
    ),
    **{
        f"forecasts, {kind}": forecaster(kind) for kind in ("nlinear", "dlinear", "patch_transformer", "lstm")
    },
}


def measure(name: str, model: Any, checks: Any, target: str) -> bool:
    """Print how far one exported file lies from its model, and whether that is near enough."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            (made,) = deliver(model, Path(folder) / "device", to=[target], rows=checks).delivered
        except ExportError as error:
            print(f"{name:<30} {target:<9} NOT MET: {error}", flush=True)
            return False
    parity = made.parity or made.program
    assert parity is not None
    met = parity.error <= MOST_ERROR and parity.equal >= LEAST_EQUAL
    what = "" if made.parity else ", of the program"
    print(
        f"{name:<30} {target:<9} {parity.rows:>6,} rows, largest relative difference {parity.error:.1e} "
        f"(≤ {MOST_ERROR:g}), equal classes {parity.equal:.4%} (≥ {LEAST_EQUAL:.2%}){what}: "
        f"{'met' if met else 'NOT MET'}; {time.perf_counter() - begun:.0f} s",
        flush=True,
    )
    return met


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--only", nargs="*", choices=[*KINDS], default=[*KINDS])
    parser.add_argument("--to", nargs="*", choices=[*TARGETS], default=[*TARGETS])
    options = parser.parse_args()
    announce("Networks and targets")
    if options.data is None:
        print("   skipped: give the folder of the data sets as --data or in NETWRIGHT_DATA")
        return
    met = True
    for name in options.only:
        model, checks = KINDS[name](Path(options.data))
        for target in options.to:
            reason = refusal(model, target)
            if reason:
                print(f"{name:<30} {target:<9} refused: {reason}", flush=True)
            else:
                met &= measure(name, model, checks, target)
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
