"""A run on texts: the report tells what is read, and shows the texts that went wrong."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl

import netwright as nw
from netwright.verbs.texts import standing_out

RANDOM = np.random.default_rng(0)


def test_a_run_on_a_text_column_is_reported_with_its_words(tmp_path: Path) -> None:
    good = RANDOM.random(200) < 0.5
    words = [RANDOM.choice(["film", "plot", "actor", "scene", "music"], 5) for _ in good]
    texts = [
        f"{' '.join(some)} {'wonderful' if one else 'boring'} {n}"
        for n, (some, one) in enumerate(zip(words, good, strict=True))
    ]
    frame = pl.DataFrame({"review": texts, "y": np.where(good ^ (RANDOM.random(200) < 0.1), "yes", "no")})
    network = nw.nets.TextEnsemble(networks=[nw.nets.BagOfNgrams()])
    run = nw.train(frame, "y", out=tmp_path / "run", epochs=5, network=network, progress=False)
    page = run.report.read_text(encoding="utf-8")
    assert re.search(r"The network knows \d+ tokens; half of the texts have 7 or more", page)
    assert "were never seen in training" in page
    assert re.search(r"yes.{0,200}wonderful", page, re.DOTALL)
    assert "TF-IDF" in page
    wrong = {mistake["values"]["review"] for mistake in run.metrics["mistakes"]}
    assert wrong
    assert wrong <= set(texts)
    assert run.metrics["importance"]["columns"][0]["column"] == "wonderful"


def test_words_stand_out_by_how_surely_they_tell() -> None:
    texts = [["always", "rare" if n == 0 else "often"] for n in range(30)] + [["always", "other"]] * 30
    found = standing_out(texts, np.repeat([0, 1], 30), ["a", "b"])
    assert found[0].tokens[0] == "often"
    assert found[1].tokens == ("other",)
