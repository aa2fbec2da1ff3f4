"""Judging: noise is told from gain, and every task has its proper loss."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from netwright.task import Task
from netwright.treatment.judgement import MOST_ERROR, bounded_losses, compare, row_mistakes


def test_the_loss_of_classes_is_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    truth, answers = generator.integers(0, 3, 40), generator.dirichlet([2, 2, 2], 40)
    mine = bounded_losses(Task.MULTICLASS, truth, answers, np.ones(1)).mean()
    assert mine == pytest.approx(log_loss(truth, answers, labels=[0, 1, 2]), rel=1e-6)


def test_the_loss_of_numbers_is_the_squared_error_over_the_variance() -> None:
    generator = np.random.default_rng(0)
    truth, answers = generator.normal(size=40), generator.normal(size=40)
    mine = bounded_losses(Task.REGRESSION, truth, answers, np.array(2.0)).mean()
    assert mine == pytest.approx(mean_squared_error(truth, answers) / 4)


def test_absurd_and_undefined_answers_are_bounded() -> None:
    losses = bounded_losses(Task.REGRESSION, np.zeros(3), np.array([np.nan, np.inf, 1e30]), np.ones(1))
    assert losses.tolist() == [MOST_ERROR] * 3
    assert np.isfinite(
        bounded_losses(Task.BINARY, np.array([1]), np.array([[1.0, np.nan]]), np.ones(1))
    ).all()


def test_labels_at_once_are_judged_label_by_label() -> None:
    truth, answers = np.array([[1, 0]]), np.array([[0.5, 0.5]])
    assert bounded_losses(Task.MULTILABEL, truth, answers, np.ones(1))[0] == pytest.approx(np.log(2))
    assert row_mistakes(Task.MULTILABEL, truth, np.array([[0.9, 0.9]]), np.ones(1))[0] == 0.5


def test_a_clear_gain_is_better_and_noise_is_not() -> None:
    generator = np.random.default_rng(0)
    base = generator.exponential(size=80)
    assert compare([base], [base * 0.5], 0).better
    assert not compare([base], [base * 2], 0).better
    assert not compare([base], [generator.permutation(base)], 0).better


def test_of_models_that_are_alike_few_are_called_better() -> None:
    generator = np.random.default_rng(1)
    called = 0
    for seed in range(200):
        before, after = generator.normal(1, 0.3, 60), generator.normal(1, 0.3, 60)
        called += compare([before], [after], seed).better
    assert called <= 20


def test_a_gain_that_is_certain_but_tiny_is_not_worth_it() -> None:
    base = np.linspace(1, 2, 50)
    assert not compare([base], [base - 1e-4], 0).better


def test_most_of_the_seeds_have_to_agree() -> None:
    base = np.full(50, 1.0)
    comparison = compare([base, base, base], [base - 0.9, base + 0.1, base + 0.1], 0)
    assert comparison.wins == 1
    assert not comparison.better


def test_the_same_seed_gives_the_same_comparison() -> None:
    generator = np.random.default_rng(0)
    before, after = generator.normal(size=30), generator.normal(size=30)
    assert compare([before], [after], 4) == compare([before], [after], 4)


def test_a_few_gains_in_a_row_may_be_chance() -> None:
    gains = compare([np.full(4, 2.0)], [np.full(4, 1.0)], 0)
    assert gains.p > 0.04
    assert not gains.better
    assert compare([np.full(12, 2.0)], [np.full(12, 1.0)], 0).better


def test_a_stricter_level_needs_more() -> None:
    base = np.random.default_rng(0).exponential(size=40)
    assert compare([base], [base * 0.9], 0).better
    assert not compare([base], [base * 0.9], 0, level=0.0).better
