"""Writes the golden models of a format version, once, when that version is released.

    python -m tests.golden.make

Never run again for a version that was released: that its files still load is what is tested.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

import netwright as nw
from netwright.artifact import VERSION

FOLDER = Path(__file__).parent


def rows() -> pl.DataFrame:
    """Return mixed rows, the same for ever."""
    number = [0.5, None, -3.0, 12.25, 7.0, 0.0, 1.5, -0.25] * 6
    return pl.DataFrame(
        {
            "number": number,
            "word": ["a", "b", None, "c", "a", "b", "a", "c"] * 6,
            "when": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 2, 17), eager=True),
            "kind": ["x", "y", "x", "z", "y", "x", "z", "y"] * 6,
            "amount": np.arange(48) * 0.5 - 3,
        }
    )


def main() -> None:
    """Train one model of each kind and write it with its answers."""
    network = nw.nets.MLP(hidden=(8,), number_embedding="piecewise_linear", bins=4, members=2)
    frame = rows()
    inputs = frame.select("number", "word", "when")
    for name, model, target in (
        ("classifier", nw.Classifier(network=network, epochs=3, precision="float32"), "kind"),
        ("regressor", nw.Regressor(network=network, epochs=3, precision="float32"), "amount"),
    ):
        model.fit(inputs, frame[target].rename(target))
        model.save(FOLDER / f"{name}_v{VERSION}.nw")
        answers = model.predict_proba(inputs) if name == "classifier" else model.predict(inputs)
        (FOLDER / f"{name}_v{VERSION}.json").write_text(json.dumps(answers.tolist()) + "\n")


if __name__ == "__main__":
    main()
