"""What `predict` says of how sure an answer is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.verbs.small import people

import netwright as nw
from netwright.errors import RecipeError
from netwright.verbs.certainty import Certainty, certainty_columns, unusual_rows
from netwright.verbs.predict import predict


@cache
def classifier() -> nw.Classifier:
    """Return a model of the label that held enough rows out."""
    return nw.Classifier(epochs=3, progress=False).fit(people(600).drop("amount"), "label")


@cache
def regressor() -> nw.Regressor:
    """Return a model of the amount that held enough rows out."""
    return nw.Regressor(epochs=3, progress=False).fit(people(600).drop("label"), "amount")


ROWS = people(40, seed=1).drop("amount", "label")


def test_nothing_asked_nothing_added() -> None:
    assert certainty_columns(classifier(), ROWS, Certainty()) == {}


def test_ranges_of_numbers_hold_the_prediction() -> None:
    columns = certainty_columns(regressor(), ROWS, Certainty(coverage=0.8))
    answers = regressor().predict(ROWS)
    assert (columns["low"] <= answers).all()
    assert (columns["high"] >= answers).all()


def test_sets_are_classes_joined() -> None:
    sets = certainty_columns(classifier(), ROWS, Certainty(coverage=0.8))["set"]
    assert set(sets) <= {"no", "yes", "no | yes"}


def test_sure_rows_and_unusual_rows_are_marked() -> None:
    columns = certainty_columns(classifier(), ROWS, Certainty(error_rate=0.3, familiarity=True))
    assert columns["sure"].dtype == bool
    assert ((columns["familiarity"] < 0.01) == columns["unusual"]).all()


def test_error_rates_are_for_classes() -> None:
    with pytest.raises(RecipeError, match="for classes"):
        certainty_columns(regressor(), ROWS, Certainty(error_rate=0.1))


def test_many_strange_rows_are_said_unasked() -> None:
    strange = ROWS.with_columns(age=ROWS["age"] * 50)
    assert "unlike the training rows" in " ".join(unusual_rows(classifier(), strange))


def test_the_verb_adds_the_columns(tmp_path: object) -> None:
    path = f"{tmp_path}/rows.csv"
    ROWS.write_csv(path)
    answers = predict(classifier(), path, Certainty(coverage=0.8, familiarity=True)).answers
    assert {"prediction", "set", "familiarity", "unusual"} <= set(answers.columns)
    assert np.isfinite(answers["familiarity"].to_numpy()).all()
