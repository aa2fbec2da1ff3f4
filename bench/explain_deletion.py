"""Deletion curves on every classification set: do the columns we rank first hurt more than random ones?

A network is trained on each set for a short while; SHAP values of rows of its test part are then tested as
`nw.explain.check` does: players leave in the order of their scores, or at random. Printed for each set is by
how much the area under the deletion curve lies below that of random orders, in shares of what there is to
lose, and in how many rows the own order is the better one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

import netwright as nw
from common import announce, arguments
from images import _loaded as pictures_of
from netwright.data.sequence_files import read_ts
from text import _messages, _polarity, _questions

Part = tuple[Any, Any]
Load = Callable[[Path], tuple[Part, Part]]
"""From the folder of the data sets to training and test rows, each with their classes."""

ROWS = 20
TRAINED_ON = 8_000
LEAKS = ("is_recid", "r_", "event", "end", "duration", "customerID", "id", "violent", "vr_", "is_violent")


def main() -> None:
    """Measure all sets, or those that are named."""
    parser = arguments(__doc__ or "")
    parser.add_argument("--only", nargs="*", choices=[*SETS], default=[*SETS])
    parser.add_argument("--seconds", type=float, default=10, help="of each training")
    asked = parser.parse_args()
    announce("Deletion curves")
    if asked.data is None:
        print("   skipped: give the folder of the data sets as --data or in NETWRIGHT_DATA")
        return
    for name in asked.only:
        (rows, classes), (test, _) = SETS[name](asked.data)
        model = nw.Classifier(time=f"{asked.seconds:g}s", progress=False).fit(rows, classes)
        table = isinstance(rows, pl.DataFrame)
        why = nw.explain.shap(
            model, test[:ROWS], rows[:100] if table else None, method="permutation", seconds=60
        )
        found = nw.explain.check(why, rows=ROWS)
        print(
            f"{name:<20} {found.deletion_gain:>7.3f} below random, in {found.better:.0%} of {found.rows}; "
            f"insertion {found.insertion_gain:.3f} above; random weights {found.randomised:.2f}, "
            f"stability {found.stability:.2f}; bound > 0: {'met' if found.deletion_gain > 0 else 'NOT MET'}",
            flush=True,
        )


def table(file: str, target: str | int, *, header: bool = True) -> Load:
    """Return how a table is loaded: some rows drawn for the training, others kept for the test."""

    def load(place: Path) -> tuple[Part, Part]:
        frame = pl.read_csv(
            place / "tabular" / file, has_header=header, null_values=["?"], infer_schema_length=None
        )
        name = frame.columns[target] if isinstance(target, int) else target
        leaks = [one for one in frame.columns if one != name and one.startswith(LEAKS)]
        frame = (
            frame.drop(leaks).filter(pl.col(name).is_not_null()).sample(fraction=1.0, shuffle=True, seed=0)
        )
        cut = min(TRAINED_ON, int(0.8 * frame.height))
        train, test = frame[:cut], frame[cut:]
        return (train.drop(name), train[name]), (test.drop(name), test[name])

    return load


def pictures(folder: str) -> Load:
    """Return how pictures are loaded."""

    def load(place: Path) -> tuple[Part, Part]:
        (pixels, classes), test = pictures_of(place / "images" / folder)
        return (pixels[:TRAINED_ON], classes[:TRAINED_ON]), test

    return load


def series(name: str) -> Load:
    """Return how series of the archive are loaded."""

    def load(place: Path) -> tuple[Part, Part]:
        parts = [read_ts(place / "series/ucr_uea" / name / f"{name}_{part}.ts") for part in ("TRAIN", "TEST")]
        first, second = ((list(one.rows.values), one.target) for one in parts)
        return first, second

    return load


SETS: dict[str, Load] = {
    "adult": table("adult_train.csv", "income"),
    "bank marketing": table("bank_marketing.csv", "deposit"),
    "telco": table("telco_churn.csv", "Churn"),
    "titanic": table("titanic.csv", "survived"),
    "compas": table("compas.csv", "two_year_recid"),
    "letter": table("letter_recognition.csv", "class"),
    "horse colic": table("horse_colic_noheader.csv", 23, header=False),
    "mammography": table("mammography_noheader.csv", -1, header=False),
    "MNIST": pictures("mnist"),
    "Fashion-MNIST": pictures("fashion_mnist"),
    "CIFAR-10": pictures("cifar10_10k_2k_jpeg_folders.zip"),
    "SMS spam": lambda place: _messages(place / "text/sms_spam.tsv"),
    "TREC": lambda place: _questions(place / "text/trec_questions"),
    "sentence polarity": lambda place: _polarity(place / "text/mr_sentence_polarity"),
    "ArrowHead": series("ArrowHead"),
    "BasicMotions": series("BasicMotions"),
    "ItalyPowerDemand": series("ItalyPowerDemand"),
}

if __name__ == "__main__":
    main()
