"""The page of an explanation says first what matters most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.verbs.small import classifier, people

import netwright as nw
from netwright.explain.page import build_page
from netwright.explain.wording import verdict

COLUMNS = ["age", "job", "code"]


def test_one_answer_names_what_speaks_for_it_and_against_it() -> None:
    rows = people()[COLUMNS]
    found = nw.explain.shap(classifier(), rows[:1], rows[:30])
    scored = replace(found.rows[0], names=("age", "job", "code"), values=("41", "cook", "007"))
    scored = replace(scored, scores=np.array([0.125, -0.25, 0.0]))
    said = verdict(replace(found, rows=(scored,)))
    assert said.startswith("label = ")
    assert said.endswith(": age = 41 (+0.125) adds most to it; job = cook (-0.25) takes most away.")
    still = replace(scored, scores=np.zeros(3))
    assert verdict(replace(found, rows=(still,))).endswith("nothing in the row changes it.")


def test_several_answers_name_the_columns_that_count_most() -> None:
    rows = people()[COLUMNS]
    found = nw.explain.shap(classifier(), rows[:4], rows[:30])
    names = [name for name, _ in found.ranking()]
    assert verdict(found) == f"Over 4 rows the answers depend most on {', '.join(names)}."
    page = build_page(found, None, (), {})
    assert verdict(found) in page
    assert "Exact SHAP of 4 rows." in page
