"""What cheap models get out of rows, against models that are fitted anew without each row."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor

from netwright.clinic.cheap_models import PENALTIES, _linear, _neighbours, cheap_score, next_token_score
from netwright.clinic.data_facts import cheap


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def drawn(rows: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    numbers = np.random.default_rng(3)
    x = numbers.normal(size=(rows, 4))
    x -= x.mean(axis=0)
    y = x[:, :1] * 2 + x[:, 1:2] ** 2 + 0.1 * numbers.normal(size=(rows, 1))
    return torch.from_numpy(x), torch.from_numpy(y)


@pytest.mark.parametrize("place", range(len(PENALTIES)))
def test_a_linear_model_answers_rows_that_it_does_not_know(place: int) -> None:
    x, y = drawn()
    answers = _linear(x, y)[place]
    for row in (0, 17, 59):
        others = np.arange(60) != row
        model = Ridge(alpha=PENALTIES[place] * 60).fit(x[others].numpy(), y[others].numpy())
        # The intercept of the closed form is the mean of all rows, of which one is missing here.
        assert answers[row].numpy() == pytest.approx(model.predict(x[row : row + 1].numpy())[0], abs=0.03)


def test_the_nearest_rows_are_other_rows() -> None:
    x, y = drawn()
    answers = _neighbours(x.float(), y)[0]
    for row in (0, 17, 59):
        others = np.arange(60) != row
        model = KNeighborsRegressor(5).fit(x[others].numpy(), y[others].numpy())
        assert answers[row].numpy() == pytest.approx(model.predict(x[row : row + 1].numpy())[0], abs=1e-6)


def test_what_can_be_learnt_is_learnt_and_nothing_else() -> None:
    x = generator().normal(size=(400, 5)).astype(np.float32)
    classes = (x[:, 0] + x[:, 1] > 0).astype(int)
    found = cheap_score(x, classes, None, generator())
    assert found is not None
    assert found.score > 0.9
    assert found.recall is not None
    assert found.recall > 0.9
    assert found.explained > 0.4
    shuffled = cheap_score(x, generator().permutation(classes), None, generator())
    assert shuffled is not None
    assert shuffled.score < 0.62
    assert shuffled.explained < 0.05


def test_numbers_are_measured_by_determination() -> None:
    x = generator().normal(size=(300, 3)).astype(np.float32)
    found = cheap_score(x, None, 1000 + 50 * x[:, :1].astype(np.float64), generator())
    assert found is not None
    assert found.score > 0.99
    assert found.explained == found.score
    assert found.recall is None


def test_where_nothing_can_be_tried() -> None:
    x = generator().normal(size=(300, 3)).astype(np.float32)
    assert cheap_score(x[:20], np.arange(20) % 2, None, generator()) is None
    assert cheap_score(x, np.zeros(300, dtype=int), None, generator()) is None
    assert cheap_score(np.ones((300, 3), dtype=np.float32), np.arange(300) % 2, None, generator()) is None
    assert cheap_score(x, None, np.ones((300, 1)), generator()) is None
    assert cheap_score(x, None, None, generator()) is None


def test_wide_rows_are_projected() -> None:
    x = generator().normal(size=(300, 3072)).astype(np.float32)
    x += 3 * (np.arange(300) % 2)[:, None] * generator().normal(size=3072).astype(np.float32)
    found = cheap_score(x, np.arange(300) % 2, None, generator())
    assert found is not None
    assert found.score > 0.9
    assert (
        cheap_score(np.zeros((300, 30_000), dtype=np.float32), np.arange(300) % 2, None, generator()) is None
    )


def test_the_tokens_before_tell_the_next_one() -> None:
    circle = np.arange(50 * 20).reshape(50, 20) % 7
    found = next_token_score(circle, (circle + 1) % 7)
    assert found is not None
    assert found.score == 1.0
    noise = generator().integers(0, 10, size=(80, 20))
    chance = next_token_score(noise, generator().permutation(noise.ravel()).reshape(80, 20))
    assert chance is not None
    assert chance.score < 0.15, "a place is not told by itself"


def test_padded_texts_are_not_judged() -> None:
    tokens = np.arange(40 * 10).reshape(40, 10) % 5 + 1
    tokens[:30, 6:] = 0
    assert next_token_score(tokens, tokens) is None
    assert next_token_score(tokens, tokens.astype(np.float32)) is None


def test_inputs_and_targets_as_a_training_has_them() -> None:
    x = torch.from_numpy(generator().normal(size=(200, 3)).astype(np.float32))
    yes = (x[:, :1] > 0).float()
    found = cheap(x, yes)
    assert found is not None
    assert found.score > 0.9
    tokens = torch.arange(600).reshape(60, 10) % 6
    following = cheap(tokens, ((tokens + 1) % 6).reshape(-1))
    assert following is not None
    assert following.score == 1.0
    assert cheap(x, torch.zeros(150)) is None
