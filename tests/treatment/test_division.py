"""Dividing: parts do not overlap, few rows judge in folds, groups stay whole and time runs forward."""

from __future__ import annotations

import numpy as np
import pytest
from tests.treatment.cases import recipe, rows

from netwright.estimators.intake import describe_rows, describe_target, read_given
from netwright.treatment.case import Case, Rowset
from netwright.treatment.division import FOLDS, Rows, case_of_rows


def divided(count: int, *, group: np.ndarray | None = None, time: np.ndarray | None = None) -> Case:
    """Divide rows of which the first column is the row's number; the last tenth is a test part."""
    x, y = rows(count)
    x[:, 0] = np.arange(count)
    given = read_given(x, y)
    kept = np.arange(int(0.9 * count))
    training, validation = kept[: int(0.8 * len(kept))], kept[int(0.8 * len(kept)) :]
    return case_of_rows(
        recipe(),
        describe_rows(given.rows),
        describe_target(given.target, "classification"),
        Rows(Rowset(given.rows, given.target), group, time),
        training,
        validation,
        seed=0,
    )


def numbers(part: Rowset) -> list[int]:
    return [int(row[0]) for row in np.asarray(part.rows)]


def test_many_rows_are_judged_by_half_of_the_validation_part() -> None:
    case = divided(1200)
    assert case.folds == ()
    parts = [numbers(part) for part in (case.fitting, case.stopping, case.judging)]
    assert sorted(number for part in parts for number in part) == list(range(1080))
    assert len(parts[1]) == len(parts[2])


@pytest.mark.parametrize(("count", "judging"), [(60, False), (500, True)])
def test_few_rows_judge_once_each_in_folds(count: int, judging: bool) -> None:
    case = divided(count)
    assert bool(len(case.judging)) is judging
    assert len(case.folds) == FOLDS
    assert case.can_judge
    everything = list(range(int(0.9 * count)))
    judged = [*numbers(case.judging), *(number for fold in case.folds for number in numbers(fold.judging))]
    assert sorted(judged) == everything
    for fold in case.folds:
        learnt = [*numbers(fold.fitting), *numbers(fold.stopping)]
        assert set(learnt).isdisjoint(numbers(fold.judging))
        assert len(learnt) == pytest.approx(2 / 3 * len(everything), abs=2)
    assert len({fold.name for fold in case.folds}) == FOLDS


def test_the_same_seed_divides_alike() -> None:
    first, second = divided(80), divided(80)
    assert [numbers(fold.judging) for fold in first.folds] == [numbers(fold.judging) for fold in second.folds]


def test_classes_are_divided_in_proportion() -> None:
    shares = [float(np.mean(np.asarray(fold.judging.target))) for fold in divided(90).folds]
    assert max(shares) - min(shares) < 0.1


def test_groups_stay_whole() -> None:
    group = np.arange(120) // 6
    for fold in divided(120, group=group).folds:
        learnt = {group[number] for number in (*numbers(fold.fitting), *numbers(fold.stopping))}
        assert learnt.isdisjoint(group[number] for number in numbers(fold.judging))


def test_time_runs_forward_in_a_single_fold() -> None:
    (fold,) = divided(120, time=np.arange(120)).folds
    latest = max(*numbers(fold.fitting), *numbers(fold.stopping))
    assert latest < min(numbers(fold.judging))


def test_a_handful_of_rows_cannot_judge() -> None:
    case = divided(30)
    assert case.folds == ()
    assert not case.can_judge


def test_a_single_group_cannot_be_divided() -> None:
    assert divided(60, group=np.zeros(60, np.int64)).folds == ()


def test_a_fold_is_a_training_of_its_own_on_the_shelf() -> None:
    case = divided(60)
    whole, fold = case.train(recipe(epochs=1)), case.folds[0].train(recipe(epochs=1))
    assert len(case.shelf) == 2
    assert whole.visits > fold.visits > 0
    assert case.train(recipe(epochs=1)) is whole
    assert case.folds[0].train(recipe(epochs=1)) is fold
