"""Columns' shares of the first layer: the same game as mixing whole rows, member by member."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.estimators.preparing import inputs_of, prepare
from netwright.explain.additive import additive_game
from netwright.explain.deal_tables import column_names, owners_of
from netwright.explain.game import Game, tensor_game
from netwright.explain.shapley import exact_values, sampled_values
from netwright.explain.subject import Scale, subject_of


@pytest.fixture(scope="module")
def members(frame: pl.DataFrame, truth: np.ndarray) -> nw.Classifier:
    network = nw.nets.MLP(hidden=(16, 16), members=3, number_embedding="piecewise_linear", bins=6)
    return nw.Classifier(network=network, epochs=6, progress=False).fit(frame, truth)


def games(model: nw.Classifier, frame: pl.DataFrame, scale: Scale = "answer") -> tuple[Game | None, Game]:
    subject = subject_of(model).scaled(scale)
    rows, others = (inputs_of(prepare(model.preparation_, part)) for part in (frame[:4], frame[20:27]))
    names = column_names(subject)
    owners = owners_of(model.preparation_, names, np.arange(len(names)))
    given = (subject, rows, others, owners, np.ones(4, dtype=np.int64), len(names))
    return additive_game(*given), tensor_game(*given)


def test_members_together_are_the_whole_network(members: nw.Classifier, frame: pl.DataFrame) -> None:
    by_member, whole = games(members, frame)
    assert by_member is not None
    assert (by_member.references, by_member.members) == (21, 3)
    present = np.random.default_rng(0).random((4, 9, by_member.players)) < 0.5
    np.testing.assert_allclose(by_member.mean_values(present), whole.mean_values(present), atol=1e-6)
    np.testing.assert_allclose(by_member.full, whole.full, atol=1e-6)
    np.testing.assert_allclose(by_member.base, whole.base, atol=1e-6)
    np.testing.assert_allclose(exact_values(by_member).values, exact_values(whole).values, atol=1e-6)


def test_members_walk_for_themselves(members: nw.Classifier, frame: pl.DataFrame) -> None:
    by_member, _ = games(members, frame)
    assert by_member is not None
    exact = exact_values(by_member).values
    found = sampled_values(by_member, seed=0, tolerance=0.01)
    assert (np.abs(found.values - exact) <= 5 * found.errors + 1e-6).all()
    np.testing.assert_allclose(found.values.sum(axis=1), by_member.full - by_member.base, atol=1e-6)


def test_one_network_is_its_own_member(model: nw.Classifier, frame: pl.DataFrame) -> None:
    alone, whole = games(model, frame)
    assert alone is not None
    assert alone.members == 1
    np.testing.assert_allclose(exact_values(alone).values, exact_values(whole).values, atol=1e-6)


def test_a_logarithm_of_a_mean_is_no_mean_of_logarithms(members: nw.Classifier, frame: pl.DataFrame) -> None:
    assert games(members, frame, "log-odds")[0] is None


def test_base_and_answer_are_the_models_own(members: nw.Classifier, frame: pl.DataFrame) -> None:
    why = nw.explain.shap(members, frame[:4], frame[20:60])
    probabilities = members.predict_proba(frame)[:, 1]
    assert [row.base for row in why.rows] == pytest.approx([probabilities[20:60].mean()] * 4, abs=1e-6)
    assert [row.answer for row in why.rows] == pytest.approx(probabilities[:4].tolist(), abs=1e-6)
