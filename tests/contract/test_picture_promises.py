"""What estimators promise holds for pictures as it does for tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.model_selection import cross_val_score
from tests.estimators.shapes_drawn import drawn

import netwright as nw
from netwright.errors import DataError
from netwright.estimators.session import Session

X, LABELS = drawn(240)
NUMBERS = X.mean(axis=(1, 2)).astype(np.float64)
NETWORKS = [nw.nets.CNN(widths=(8, 8), layers=1), nw.nets.ResNet(widths=(8, 8), blocks=1)]
SUBJECTS = [(nw.Classifier, LABELS, NETWORKS[0]), (nw.Classifier, LABELS, NETWORKS[1])]
SUBJECTS.append((nw.Regressor, NUMBERS, NETWORKS[0]))

pytestmark = pytest.mark.parametrize(
    ("estimator", "y", "network"), SUBJECTS, ids=["classes, plain", "classes, residual", "numbers"]
)


def make(estimator: Any, network: Any, **settings: Any) -> Any:
    return estimator(**{"network": network, "epochs": 2, "precision": "float32", **settings})


def weights(model: Any) -> list[torch.Tensor]:
    return list(model.network_.state_dict().values())


def same(first: Any, second: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def test_the_seed_decides(estimator: Any, y: np.ndarray, network: Any) -> None:
    first = make(estimator, network).fit(X, y)
    assert not same(first, make(estimator, network, seed=1).fit(X, y))
    again = make(estimator, network).fit(X[::-1].copy(), y[::-1].copy())
    assert same(again.fit(X, y), first)


def test_the_global_random_state_is_left_alone(estimator: Any, y: np.ndarray, network: Any) -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    make(estimator, network, epochs=1).fit(X, y)
    assert torch.equal(torch.rand(2), expected)


def test_one_picture_is_answered_as_in_a_batch(estimator: Any, y: np.ndarray, network: Any) -> None:
    model = make(estimator, network).fit(X, y)
    outputs = model._answers(X)
    for row in (0, 7):
        np.testing.assert_allclose(model._answers(X[row : row + 1])[0], outputs[row], rtol=1e-4, atol=1e-5)


def test_the_file_holds_no_picture(estimator: Any, y: np.ndarray, network: Any, tmp_path: Any) -> None:
    sizes = []
    for rows in (240, 160):
        # Without held-out rows nothing is kept of how sure the model may be, which takes a size of its own.
        model = make(estimator, network, epochs=1, early_stopping=None)
        model.fit(X[:rows], y[:rows]).save(tmp_path / "m.nw")
        sizes.append((tmp_path / "m.nw").stat().st_size)
    assert abs(sizes[0] - sizes[1]) < 0.1 * sizes[1]


def test_rows_of_weight_zero_do_not_teach(estimator: Any, y: np.ndarray, network: Any) -> None:
    if estimator is nw.Regressor:
        pytest.skip("a regression's unit is learnt from all rows")
    weight = np.ones(len(X))
    weight[:40] = 0
    poisoned = y.copy()
    poisoned[:40] = y[1:41]
    held = drawn(40, seed=9)
    # Which changes pictures bear is asked of all of them.
    fitted = [
        make(estimator, network, augmentation=None).fit(X, answers, sample_weight=weight, validation=held)
        for answers in (y, poisoned)
    ]
    assert same(*fitted)


def test_cross_validation_in_several_jobs(
    estimator: Any, y: np.ndarray, network: Any, two_processes: int
) -> None:
    scores = [
        cross_val_score(make(estimator, network, epochs=1), X, y, cv=2, n_jobs=jobs)
        for jobs in (1, two_processes)
    ]
    assert np.array_equal(*scores)


def test_an_interrupt_leaves_a_usable_model(estimator: Any, y: np.ndarray, network: Any) -> None:
    def interrupt(finished: Any, state: Any) -> None:
        if finished.number == 2:
            raise KeyboardInterrupt

    model = make(estimator, network, epochs=50)
    with pytest.raises(KeyboardInterrupt):
        model._fit(X, y, None, None, Session(observers=[interrupt]))
    assert len(model.predict(X)) == len(X)


def test_the_time_is_kept(estimator: Any, y: np.ndarray, network: Any) -> None:
    model = make(estimator, network, epochs=100_000, early_stopping=None, time=0.5).fit(X, y)
    assert "time" in model.outcome_.ended


def test_another_number_of_channels_than_can_be_read(estimator: Any, y: np.ndarray, network: Any) -> None:
    model = make(estimator, network, epochs=1).fit(X, y)
    with pytest.raises(DataError, match="channels"):
        model.predict(np.zeros((2, 16, 16, 7), np.uint8))
