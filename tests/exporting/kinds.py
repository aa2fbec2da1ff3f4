"""A small model of every kind that has an export, trained for a moment, with rows to check it on."""

from __future__ import annotations

import tempfile
import wave
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import netwright as nw

PICTURES: dict[str, dict[str, Any]] = {"cnn": {"widths": [4]}, "resnet": {"widths": [4, 8], "blocks": 1}}
SEQUENCES: dict[str, dict[str, Any]] = {
    "rnn": {"hidden": 4},
    "gru": {"hidden": 4, "bidirectional": True, "pooling": "attention"},
    "lstm": {"hidden": 4},
    "tcn": {"width": 4, "layers": 1},
    "inception_time": {"filters": 2, "depth": 3, "members": 1},
}
TEXTS: dict[str, dict[str, Any]] = {
    "bag_of_ngrams": {"features": 50},
    "text_ensemble": {
        "networks": [
            {"kind": "bag_of_ngrams", "features": 50},
            {"kind": "text_cnn", "dimension": 8, "channels": 4},
        ]
    },
    "text_cnn": {"dimension": 8, "channels": 4},
    "text_rnn": {"dimension": 8, "hidden": 4, "reads": "characters"},
    "text_transformer": {"dimension": 8, "width": 8, "heads": 2, "layers": 1},
    "word_average": {"dimension": 8},
}
FORECASTS: dict[str, dict[str, Any]] = {
    "nlinear": {},
    "dlinear": {},
    "patch_transformer": {"width": 8, "layers": 1},
}
FORMS = dict.fromkeys(PICTURES, "pictures") | dict.fromkeys(SEQUENCES, "sequences")
FORMS |= dict.fromkeys(TEXTS, "texts") | dict.fromkeys(FORECASTS, "series")
FORMS |= {
    "mlp": "tables",
    "Ensemble": "tables",
    "text_beside_table": "tables with texts",
    "spectrogram_convolution": "sounds",
}
WORDS = ["good", "bad", "film", "the", "not", "very", "great", "it's", "Ärger", "42", "!"]


def sentences(count: int, seed: int = 0) -> list[str]:
    """Return made-up texts."""
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, int(size))) for size in generator.integers(1, 12, count)]


@cache
def given(form: str) -> tuple[Any, Any]:
    """Return rows of a form and their classes, as many as the largest batch and more."""
    generator = np.random.default_rng(0)
    if form == "pictures":
        pixels = generator.integers(0, 256, (24, 8, 8, 3)).astype(np.uint8)
        return pixels, (pixels.mean((1, 2, 3)) > 127).astype(int)
    if form == "texts":
        return [*sentences(30), "", "a\n word never seen"], np.arange(32) % 2
    if form == "sequences":
        steps = [generator.normal(size=(int(length), 2)) for length in generator.integers(2, 15, 24)]
        steps[3][len(steps[3]) // 2 :, 1] = np.nan
        steps[5][:2, 0] = np.nan
        return steps, np.arange(24) % 2
    if form == "sounds":
        return sounds(20), np.arange(20) % 2
    if form == "series":
        return series(), "sales"
    frame = people_with_dates(60)
    return (frame if form == "tables" else frame.with_columns(review=pl.Series(sentences(60)))), "label"


def people_with_dates(rows: int) -> pl.DataFrame:
    """Return a number with gaps, categories, yes or no, a date, and what follows from them."""
    generator = np.random.default_rng(1)
    age, job = generator.normal(40, 12, rows).round(2), generator.choice(["cook", "clerk", "smith"], rows)
    days = np.datetime64("2020-01-01") + generator.integers(0, 900, rows).astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "age": [None if gone else value for value, gone in zip(age.tolist(), age < 25, strict=True)],
            "job": job,
            "member": generator.choice(["yes", "no"], rows),
            "day": pl.Series(days),
            "label": np.where(age + 5 * (job == "cook") > 41, "high", "low"),
        }
    )


def sounds(count: int) -> list[str]:
    """Return the paths of wave files with a low or a high tone."""
    folder, generator = Path(tempfile.mkdtemp(prefix="netwright-")), np.random.default_rng(0)
    for number in range(count):
        times = np.arange(int(4000 * generator.uniform(0.1, 0.3))) / 4000
        tone = 0.5 * np.sin(2 * np.pi * (300 if number % 2 else 900) * times)
        with wave.open(str(folder / f"{number:02}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(4000)
            file.writeframes((tone * 32_000).astype("<i2").tobytes())
    return sorted(map(str, folder.iterdir()))


def series() -> pl.DataFrame:
    """Return the days of two shops with gaps, a price known ahead, and a region."""
    generator, days = np.random.default_rng(0), 90
    day = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-01") + days)
    shops = []
    for number, region in enumerate(("north", "south")):
        sales = 10 + 3 * number + np.sin(np.arange(days) * 2 * np.pi / 7) + 0.3 * generator.normal(size=days)
        holes = [None if place % 31 == 5 else value for place, value in enumerate(sales.tolist())]
        price = generator.normal(5, 1, days)
        shop = {"day": day, "sales": holes, "shop": f"s{number}", "price": price, "region": region}
        shops.append(pl.DataFrame(shop))
    return pl.concat(shops)


@cache
def model_of(kind: str) -> Any:
    """Return a model of that kind, trained for a moment."""
    form = FORMS[kind]
    rows, classes = given(form)
    plain = {"kind": "mlp", "hidden": [8]}
    if form == "series":
        model = nw.Forecaster(
            3, network={"kind": kind, **FORECASTS[kind]}, lookback=14, calendar=True, epochs=1, progress=False
        )
        return model.fit(rows, "sales", time="day", group="shop", known=["price"], static=["region"])
    if kind == "Ensemble":
        return nw.Ensemble(2, settings={"epochs": 1, "network": plain}, progress=False).fit(rows, classes)
    settings: dict[str, Any] = {"network": {"kind": kind, **(PICTURES | SEQUENCES | TEXTS).get(kind, {})}}
    if kind == "mlp":
        settings = {"network": plain}
    if kind == "text_beside_table":
        settings["network"] |= {"text": {"kind": "text_cnn", **TEXTS["text_cnn"]}, "table": plain}
    if kind == "spectrogram_convolution":
        settings["network"] |= {"widths": [4, 4]}
        settings["preparation"] = {"kind": "sounds", "longest": 0.3, "bands": 10}
    return nw.Classifier(**settings, epochs=1, progress=False).fit(rows, classes)
