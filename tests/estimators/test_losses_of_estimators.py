"""Every loss trains an estimator, and its answers mean what they should."""

from __future__ import annotations

import numpy as np
import pytest

import netwright as nw
from netwright.errors import RecipeError

SMALL = nw.nets.MLP(hidden=(32, 32), number_embedding="piecewise_linear", bins=8, members=2)


@pytest.fixture(scope="module")
def line() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    X = generator.uniform(-2, 2, (400, 1))
    return X, 3 * X[:, 0] + generator.normal(0, 0.5 + 0.4 * (X[:, 0] > 0), 400) + 50


REGRESSION = [
    nw.losses.MSE(),
    nw.losses.MAE(),
    nw.losses.Huber(),
    nw.losses.LogCosh(),
    nw.losses.Quantile(),
    nw.losses.Poisson(),
    nw.losses.GaussianLikelihood(),
]


@pytest.mark.parametrize("loss", REGRESSION, ids=lambda loss: loss.kind)
def test_regression(loss: nw.losses.Loss, line: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = line
    model = nw.Regressor(loss=loss, epochs=30, network=SMALL).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize(
    "loss", [nw.losses.Quantile(), nw.losses.GaussianLikelihood()], ids=lambda loss: loss.kind
)
def test_intervals_hold_what_they_promise(loss: nw.losses.Loss, line: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = line
    low, high = nw.Regressor(loss=loss, epochs=30).fit(X, y).predict_interval(X, coverage=0.9).T
    assert 0.8 < ((low <= y) & (y <= high)).mean() < 0.99


def test_without_held_out_rows_intervals_need_a_loss_that_knows_the_spread(
    line: tuple[np.ndarray, np.ndarray],
) -> None:
    X, y = line
    with pytest.raises(RecipeError, match="Quantile"):
        nw.Regressor(epochs=1, early_stopping=None).fit(X, y).predict_interval(X)
    model = nw.Regressor(epochs=1, loss="quantile", early_stopping=None).fit(X, y)
    with pytest.raises(RecipeError, match="needs the levels"):
        model.predict_interval(X, coverage=0.5)


CLASSIFICATION = [
    nw.losses.CrossEntropy(),
    nw.losses.CrossEntropy(label_smoothing=0.1, class_weights="balanced"),
    nw.losses.Focal(),
    nw.losses.Hinge(),
    nw.losses.SquaredHinge(),
]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("loss", CLASSIFICATION, ids=lambda loss: loss.kind)
def test_classification(loss: nw.losses.Loss, classes: int) -> None:
    generator = np.random.default_rng(0)
    y = generator.integers(0, classes, 300)
    X = generator.normal(size=(300, 2)) + 4 * np.eye(3)[y][:, :2]
    model = nw.Classifier(loss=loss, epochs=20, network=SMALL).fit(X, y)
    assert model.score(X, y) > 0.9
    assert hasattr(model, "predict_proba") == loss.probabilities
    assert model.decision_function(X).shape == ((300,) if classes == 2 else (300, 3))


OPTIMIZERS = [
    nw.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    nw.optimizers.RMSProp(),
    nw.optimizers.Adagrad(learning_rate=0.05),
    nw.optimizers.Adam(),
    nw.optimizers.Lion(),
    nw.optimizers.Muon(),
    nw.optimizers.ScheduleFreeAdamW(),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.kind)
def test_optimizers(optimizer: nw.optimizers.Optimizer, line: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = line
    assert nw.Regressor(optimizer=optimizer, epochs=40, network=SMALL).fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": "one_cycle"},
        {"schedule": "on_plateau", "averaging": None},
        {"averaging": nw.SWA(start=0.5)},
        {"mixup": nw.Mixup(0.2)},
        {"penalties": [nw.L1(1e-5), nw.L2(1e-4)]},
        {"penalties": nw.ElasticNet(1e-5)},
        {"batch_pieces": 3},
        {"gradient_clip": None},
        {"early_stopping": {"metric": "r2", "patience": 3}},
        {"network": {"kind": "mlp", "hidden": [32, 32], "residual": True, "stochastic_depth": 0.1}},
        {"network": nw.nets.MLP(normalization="batch")},
        {"network": nw.nets.MLP(number_embedding="periodic", activation="silu", normalization="layer")},
        {"batch_size": 1, "epochs": 2},
    ],
    ids=str,
)
def test_settings(settings: dict[str, object], line: tuple[np.ndarray, np.ndarray], tmp_path: object) -> None:
    X, y = line
    model = nw.Regressor(**{"epochs": 25, "network": SMALL, **settings}).fit(X, y)
    assert model.score(X, y) > 0.8
    model.save(f"{tmp_path}/model.nw")
    assert np.array_equal(nw.load(f"{tmp_path}/model.nw").predict(X), model.predict(X))


def test_balanced_sampling_finds_more_of_the_rare_class() -> None:
    generator = np.random.default_rng(0)
    y = (generator.random(2000) < 0.05).astype(int)
    X = generator.normal(size=(2000, 1)) + 1.5 * y[:, None]
    found = [
        (nw.Classifier(balanced_sampling=balanced, epochs=5).fit(X, y).predict(X)[y == 1] == 1).mean()
        for balanced in (False, True)
    ]
    assert found[1] > found[0] + 0.3
