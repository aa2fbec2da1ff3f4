"""The model of the census as peers call it: coded rows in, probabilities out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import netwright as nw
from common import data_file

Words = list[list[str] | None]

BACKGROUND = 100


def adult(data: Path | None, saved: str | None) -> tuple[Any, pl.DataFrame, pl.DataFrame] | None:
    """Return a model of the adult census, its test rows and a background, or None without the data."""
    path, other = (data_file(data, f"tabular/adult_{part}.csv") for part in ("train", "test"))
    if path is None or other is None:
        return None
    train, test = (pl.read_csv(one, null_values=["?"]) for one in (path, other))
    model = nw.load(saved) if saved else nw.Classifier(time="60s").fit(train, "income")
    return model, test.drop("income"), train.drop("income").sample(BACKGROUND, seed=0)


def coded(frame: pl.DataFrame) -> tuple[np.ndarray, Words]:
    """Return rows as numbers, categories as codes, with the words of each column: peers take no other."""
    columns: list[np.ndarray] = []
    words: Words = []
    for name in frame.columns:
        series = frame[name]
        if series.dtype == pl.String:
            known = sorted(series.drop_nulls().unique().to_list())
            columns.append(series.replace_strict(known, list(range(len(known))), default=-1).to_numpy())
            words.append(known)
        else:
            columns.append(series.to_numpy())
            words.append(None)
    return np.stack(columns, axis=1).astype(np.float64), words


def door(model: Any, names: list[str], words: Words) -> Callable[[np.ndarray], np.ndarray]:
    """Return the model as peers call it: coded rows in, probabilities out."""
    kinds = {n: pl.Float64 if w is None else pl.String for n, w in zip(names, words, strict=True)}

    def decoded(rows: np.ndarray) -> pl.DataFrame:
        columns: dict[str, Any] = {}
        for name, known, values in zip(names, words, np.asarray(rows, dtype=np.float64).T, strict=True):
            spelt = None if known is None else np.array([*known, None], dtype=object)
            columns[name] = values if spelt is None else spelt[values.astype(int)].tolist()
        return pl.DataFrame(columns, schema=kinds)

    return lambda rows: np.asarray(model.predict_proba(decoded(rows)))
