"""What every estimator promises."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from tests.contract.estimators import SUBJECTS, Subject

import netwright as nw
from netwright.errors import DataError, TrainingError

pytestmark = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


def weights(model: Any) -> list[torch.Tensor]:
    return list(model.network_.state_dict().values())


def same(first: Any, second: Any) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    return {subject.name: subject.make().fit(subject.frame(), subject.target) for subject in SUBJECTS}


def test_the_same_seed_gives_the_same_weights(subject: Subject, fitted: dict[str, Any]) -> None:
    again = subject.make().fit(subject.frame(), subject.target)
    other = subject.make(seed=1).fit(subject.frame(), subject.target)
    assert same(fitted[subject.name], again)
    assert not same(again, other)


def test_fitting_twice_is_fitting_once(subject: Subject, fitted: dict[str, Any]) -> None:
    model = subject.make().fit(subject.frame(seed=5), subject.target)
    assert same(model.fit(subject.frame(), subject.target), fitted[subject.name])


def test_fitting_leaves_the_global_random_state_alone(subject: Subject) -> None:
    torch.manual_seed(3)
    np.random.seed(3)
    expected = torch.rand(2), np.random.rand(2)
    torch.manual_seed(3)
    np.random.seed(3)
    subject.make(epochs=1).fit(subject.frame(), subject.target)
    assert torch.equal(torch.rand(2), expected[0])
    assert (np.random.rand(2) == expected[1]).all()


def test_progress_display_does_not_change_the_weights(
    subject: Subject, fitted: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = subject.make(progress=True).fit(subject.frame(), subject.target)
    assert "epoch" in capsys.readouterr().err
    assert same(shown, fitted[subject.name])
    subject.make(progress=False).fit(subject.frame(), subject.target)
    assert capsys.readouterr() == ("", "")


def test_reordered_and_extra_columns_do_not_matter(subject: Subject, fitted: dict[str, Any]) -> None:
    model, frame = fitted[subject.name], subject.frame()
    turned = frame.select(reversed(frame.columns)).with_columns(extra=pl.lit(1))
    assert (model.predict(turned) == model.predict(frame)).all()


def test_text_instead_of_numbers_is_read(subject: Subject, fitted: dict[str, Any]) -> None:
    model, frame = fitted[subject.name], subject.frame()
    assert (model.predict(frame.cast(pl.String)) == model.predict(frame)).all()


def test_unseen_categories_and_missing_values_are_answered(subject: Subject, fitted: dict[str, Any]) -> None:
    rows = pl.DataFrame(
        {"age": [None, 40.0, None], "job": ["pirate", None, None], "since": [None, None, None]},
        schema={"age": pl.Float64, "job": pl.String, "since": pl.Date},
    )
    assert len(fitted[subject.name].predict(rows)) == 3


def test_a_missing_column_is_named(subject: Subject, fitted: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="job"):
        fitted[subject.name].predict(subject.frame().drop("job"))


def test_a_value_of_the_wrong_kind_is_placed(subject: Subject, fitted: dict[str, Any]) -> None:
    frame = subject.frame().cast({"age": pl.String})
    frame[4, "age"] = "forty"
    with pytest.raises(DataError, match=r"age.*row 5.*forty"):
        fitted[subject.name].predict(frame)


def test_one_row_is_answered_as_in_a_batch(subject: Subject, fitted: dict[str, Any]) -> None:
    model, frame = fitted[subject.name], subject.frame()
    outputs = model._answers(frame)
    for row in (0, 7):
        np.testing.assert_allclose(
            model._answers(frame[row : row + 1])[0], outputs[row], rtol=1e-5, atol=1e-6
        )


def test_rows_of_weight_zero_do_not_teach(subject: Subject) -> None:
    frame = subject.frame()
    weight = np.ones(len(frame))
    weight[:40] = 0
    poisoned = frame.clone()
    wrong = frame[subject.target].to_list()
    wrong[:40] = wrong[40:80]
    poisoned = poisoned.with_columns(pl.Series(subject.target, wrong))
    held = (subject.frame(seed=9), subject.target)
    settings: dict[str, Any] = {"averaging": None}
    trained = [
        subject.make(**settings).fit(rows, subject.target, sample_weight=weight, validation=held)
        for rows in (frame, poisoned)
    ]
    if subject.name != "numbers":  # a regression's unit is learnt from all rows
        assert same(*trained)


def test_weights_that_cannot_be_are_refused(subject: Subject) -> None:
    frame = subject.frame()
    for bad in (np.ones(3), -np.ones(len(frame)), np.zeros(len(frame)), np.full(len(frame), np.nan)):
        with pytest.raises(DataError, match="sample_weight"):
            subject.make().fit(frame, subject.target, sample_weight=bad)


def test_a_saved_model_answers_the_same_in_a_bare_process(
    subject: Subject, fitted: dict[str, Any], tmp_path: Path
) -> None:
    model, frame = fitted[subject.name], subject.frame()
    model.save(tmp_path / "model.nw")
    frame.write_parquet(tmp_path / "rows.parquet")
    np.save(tmp_path / "expected.npy", model._answers(frame))
    script = (
        "import sys, numpy as np, polars as pl, netwright as nw\n"
        "model = nw.load('model.nw')\n"
        "answers = model._answers(pl.read_parquet('rows.parquet'))\n"
        "assert np.array_equal(answers, np.load('expected.npy'))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=120)
    assert (nw.load(tmp_path / "model.nw").predict(frame) == model.predict(frame)).all()


def test_the_saved_file_holds_no_training_row(
    subject: Subject, fitted: dict[str, Any], tmp_path: Path
) -> None:
    many = subject.make(epochs=1).fit(subject.frame(rows=3000), subject.target)
    few = subject.make(epochs=1).fit(subject.frame(rows=1500), subject.target)
    many.save(tmp_path / "many.nw")
    few.save(tmp_path / "few.nw")
    sizes = [(tmp_path / name).stat().st_size for name in ("many.nw", "few.nw")]
    assert abs(sizes[0] - sizes[1]) < 0.25 * sizes[1]


def test_clone_and_parameters(subject: Subject, fitted: dict[str, Any]) -> None:
    model = fitted[subject.name]
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "network_")
    assert copy.set_params(epochs=3).epochs == 3


def test_pickling(subject: Subject, fitted: dict[str, Any]) -> None:
    model, frame = fitted[subject.name], subject.frame()
    assert (pickle.loads(pickle.dumps(model)).predict(frame) == model.predict(frame)).all()


def test_cross_validation_in_several_jobs_gives_the_same_scores(subject: Subject, two_processes: int) -> None:
    frame = subject.frame()
    X, y = frame.drop(subject.target).to_pandas(), frame[subject.target].to_numpy()
    scores = [cross_val_score(subject.make(epochs=2), X, y, cv=2, n_jobs=jobs) for jobs in (1, two_processes)]
    assert np.array_equal(*scores)


def test_numbers_that_are_not_finite_are_named(subject: Subject) -> None:
    hopeless = nw.optimizers.SGD(learning_rate=100.0, momentum=0.99)
    with pytest.raises(TrainingError, match=r"step \d+.*not finite"):
        subject.make(
            optimizer=hopeless,
            schedule=nw.schedules.Constant(),
            gradient_clip=None,
            early_stopping=None,
            epochs=60,
        ).fit(subject.frame(), subject.target)


def test_the_best_weights_are_kept(subject: Subject) -> None:
    model = subject.make(epochs=30, early_stopping=nw.EarlyStopping(patience=5)).fit(
        subject.frame(), subject.target
    )
    rounds = model.history_
    assert model.outcome_.best_round == max(one.number for one in rounds if one.best)


def test_an_interrupt_leaves_a_usable_model(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.estimators.session import Session

    def interrupt(finished: Any, state: Any) -> None:
        if finished.number == 2:
            raise KeyboardInterrupt

    model, frame = subject.make(epochs=50), subject.frame()
    with pytest.raises(KeyboardInterrupt):
        model._fit(frame, subject.target, None, None, Session(observers=[interrupt]))
    assert len(model.predict(frame)) == len(frame)
    assert len(model.history_) == 2


def test_the_time_is_kept(subject: Subject) -> None:
    model = subject.make(epochs=100_000, early_stopping=None, time=0.5)
    model.fit(subject.frame(), subject.target)
    assert "time" in model.outcome_.ended


def test_every_automatic_choice_has_its_reason(subject: Subject, fitted: dict[str, Any]) -> None:
    model = fitted[subject.name]
    automatic = {
        name for name, value in model.get_params().items() if isinstance(value, str) and value == "auto"
    }
    assert automatic - {"progress", "validation_fraction"} <= set(model.reasons_)
    assert all(model.reasons_.values())


def test_every_input_form_gives_the_same_answers(subject: Subject, fitted: dict[str, Any]) -> None:
    frame = subject.frame()
    expected = fitted[subject.name].predict(frame)
    forms = [frame.to_pandas(), frame.to_arrow(), frame.to_dict(as_series=False), frame.to_dicts()]
    for form in forms:
        assert (fitted[subject.name].predict(form) == expected).all()
