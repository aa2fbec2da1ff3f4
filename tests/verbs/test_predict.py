from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.verbs.small import classifier, people, regressor

import netwright as nw
from netwright.errors import DataError, RunError, UserError
from netwright.verbs.predict import answers_for, predict, write_answers


def write(frame: pl.DataFrame, path: Path) -> Path:
    frame.write_csv(path)
    return path


def test_answers_are_those_of_the_model_row_by_row(tmp_path: Path) -> None:
    rows = people(37, seed=1).drop("amount", "label")
    answers = predict(classifier(), write(rows, tmp_path / "rows.csv")).answers
    assert answers.columns == ["prediction", "probability_no", "probability_yes"]
    assert answers["prediction"].to_list() == classifier().predict(rows).tolist()
    np.testing.assert_array_equal(answers.drop("prediction").to_numpy(), classifier().predict_proba(rows))


def test_numbers_have_a_prediction_only(tmp_path: Path) -> None:
    rows = people(20, seed=2).drop("amount", "label")
    answers = predict(regressor(), write(rows, tmp_path / "rows.csv")).answers
    assert answers.columns == ["prediction"]
    np.testing.assert_array_equal(answers["prediction"].to_numpy(), regressor().predict(rows))


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_any_form_of_the_rows_gives_the_same_answers(ending: str, tmp_path: Path) -> None:
    rows = people(25, seed=3).drop("amount", "label")
    writers = {"csv": rows.write_csv, "parquet": rows.write_parquet, "jsonl": rows.write_ndjson}
    file = tmp_path / f"rows.{ending}"
    writers[ending](file)
    assert predict(classifier(), file).answers.equals(answers_for(classifier(), rows))


def test_order_of_columns_and_spare_columns_do_not_matter(tmp_path: Path) -> None:
    rows = people(25, seed=4).drop("amount")
    shuffled = rows.select("label", "code", pl.lit(1).alias("spare"), "job", "age")
    predicted = predict(classifier(), write(shuffled, tmp_path / "rows.csv"))
    assert predicted.answers.equals(answers_for(classifier(), rows))
    assert "columns that the model does not know were not looked at: spare" in predicted.notes
    assert "the target label is in the file and was not looked at" in predicted.notes


def test_codes_keep_their_zeros_where_all_look_like_numbers(tmp_path: Path) -> None:
    rows = people(40, seed=5).drop("amount", "label").filter(pl.col("code") == "100")
    text = rows.with_columns(pl.lit("100").alias("code"))
    answers = predict(classifier(), write(rows, tmp_path / "rows.csv")).answers
    assert answers.equals(answers_for(classifier(), text))


def test_unseen_categories_are_answered(tmp_path: Path) -> None:
    rows = people(5, seed=6).drop("amount", "label").with_columns(pl.lit("astronaut").alias("job"))
    answers = predict(classifier(), write(rows, tmp_path / "rows.csv")).answers
    missing = rows.with_columns(pl.lit(None, pl.String).alias("job"))
    assert answers.equals(answers_for(classifier(), missing))


def test_a_missing_column_is_refused_with_the_likely_one(tmp_path: Path) -> None:
    rows = people(5).rename({"age": "ages"})
    with pytest.raises(DataError, match=r"'age' not found.*'ages'"):
        predict(classifier(), write(rows, tmp_path / "rows.csv"))


def test_several_labels_have_a_column_each(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(80, 3))
    model = nw.Classifier(epochs=2, progress=False).fit(
        X, np.stack([X[:, 0] > 0, X[:, 1] > 0], 1).astype(int)
    )
    rows = pl.DataFrame(X[:9], schema=list(model.schema_.names))
    answers = predict(model, write(rows, tmp_path / "rows.csv")).answers
    assert answers.columns == ["prediction_y0", "prediction_y1", "probability_y0", "probability_y1"]
    np.testing.assert_array_equal(answers.select("^prediction.*$").to_numpy(), model.predict(X[:9]))


def test_margins_are_not_called_probabilities(tmp_path: Path) -> None:
    frame = people().drop("amount")
    model = nw.Classifier(epochs=2, loss="hinge", progress=False).fit(frame, "label")
    assert predict(model, write(frame, tmp_path / "rows.csv")).answers.columns == ["prediction"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "ndjson"])
def test_answers_are_written_in_the_form_of_the_ending(ending: str, tmp_path: Path) -> None:
    answers = answers_for(classifier(), people(8))
    file = tmp_path / f"answers.{ending}"
    write_answers(answers, file)
    readers = {
        "csv": pl.read_csv,
        "parquet": pl.read_parquet,
        "jsonl": pl.read_ndjson,
        "ndjson": pl.read_ndjson,
    }
    read = readers[ending](file)
    assert read["prediction"].to_list() == answers["prediction"].to_list()
    np.testing.assert_allclose(read["probability_yes"], answers["probability_yes"], rtol=1e-6)
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_a_file_that_exists_is_replaced_only_when_asked(tmp_path: Path) -> None:
    answers, file = answers_for(classifier(), people(3)), tmp_path / "answers.csv"
    file.write_text("mine")
    with pytest.raises(RunError, match="--force"):
        write_answers(answers, file)
    assert file.read_text() == "mine"
    write_answers(answers, file, force=True)
    assert pl.read_csv(file).height == 3


def test_an_unknown_ending_and_a_folder_are_refused(tmp_path: Path) -> None:
    answers = answers_for(classifier(), people(3))
    with pytest.raises(UserError, match=r"\.xml is not known"):
        write_answers(answers, tmp_path / "answers.xml")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RunError, match="is a folder"):
        write_answers(answers, tmp_path / "folder.csv", force=True)
    with pytest.raises(RunError, match="no folder"):
        write_answers(answers, tmp_path / "nowhere" / "answers.csv")
