"""Models of every released format still load and answer as they did."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.golden.make import FOLDER, rows

import netwright as nw

FILES = sorted(FOLDER.glob("*.nw"))


def test_there_are_golden_files() -> None:
    assert len(FILES) >= 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_old_model_answers_as_it_did(path: Path) -> None:
    model = nw.load(path)
    inputs = rows().select("number", "word", "when")
    answers = model.predict_proba(inputs) if path.stem.startswith("classifier") else model.predict(inputs)
    np.testing.assert_allclose(
        answers, json.loads(path.with_suffix(".json").read_text()), rtol=1e-4, atol=1e-5
    )
