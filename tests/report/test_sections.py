"""Sections: what is shown, in which order, and what is said where something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.report import sample_contents, sample_parts

from netwright.findings import Finding
from netwright.pages.blocks import Block, Cell, Details, Figures, Findings, Section, Table, Text
from netwright.report import (
    ClassificationEvaluation,
    ColumnFact,
    Confusion,
    DataFacts,
    Estimate,
    History,
    HistoryPoint,
    Importance,
    ImportanceRow,
    Mistake,
    ModelRow,
    Phase,
    RegressionEvaluation,
    ReportContents,
)
from netwright.report.sections.data import data_section, findings_section
from netwright.report.sections.evaluation import evaluation_section
from netwright.report.sections.explanation import importance_section, mistakes_section
from netwright.report.sections.origin import origin_section
from netwright.report.sections.result import result_section
from netwright.report.sections.training import recipe_section, training_section
from netwright.task import Task

EMPTY = sample_contents.minimal()
EVERY = [
    result_section,
    findings_section,
    evaluation_section,
    importance_section,
    mistakes_section,
    data_section,
    training_section,
    recipe_section,
    origin_section,
]


def walk(blocks: list[Block] | object) -> Iterator[Block]:
    assert isinstance(blocks, list | tuple)
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from walk(block.blocks)


def parts(section: Section | None) -> list[Block]:
    assert section is not None
    return list(walk(section.blocks))


def texts(section: Section | None) -> str:
    return " ".join(block.text for block in parts(section) if isinstance(block, Text))


def tables(section: Section | None) -> list[Table]:
    return [block for block in parts(section) if isinstance(block, Table)]


def titles(section: Section | None) -> list[str]:
    blocks = [block for block in parts(section) if isinstance(block, Figures)]
    return [picture.title for block in blocks for picture in block.pictures]


def column(cells: list[Cell] | object, rows: object, name: str) -> list[str]:
    assert isinstance(cells, list | tuple)
    assert isinstance(rows, list | tuple)
    place = [cell.text for cell in cells].index(name)
    return [row[place].text for row in rows]


@pytest.mark.parametrize("build", EVERY)
def test_what_is_missing_without_a_reason_is_left_out(build: object) -> None:
    assert callable(build)
    assert build(EMPTY) is None


@pytest.mark.parametrize(
    ("build", "part"),
    [
        (result_section, "models"),
        (findings_section, "findings"),
        (evaluation_section, "evaluation"),
        (importance_section, "importance"),
        (mistakes_section, "worst_mistakes"),
        (training_section, "history"),
        (training_section, "gradient_flow"),
    ],
)
def test_what_is_missing_for_a_reason_is_explained(build: object, part: str) -> None:
    assert callable(build)
    section = build(replace(EMPTY, absent={part: "There was no time left."}))
    assert texts(section) == "There was no time left."


def test_the_result_says_where_its_numbers_come_from() -> None:
    binary = sample_contents.binary()
    assert "114 rows that took no part in training" in texts(result_section(binary))
    assert "a little too good" in texts(result_section(replace(binary, measured_on="validation")))
    assert "has seen" in texts(result_section(replace(binary, measured_on="training", measured_rows=None)))


def test_the_result_compares_all_models_by_all_metrics() -> None:
    table, cost, *_ = tables(result_section(sample_contents.binary()))
    assert [cell.text for cell in table.head] == ["Model", "ROC AUC", "Accuracy", "Log loss"]
    assert [cell.text for cell in cost.head] == ["Model", "Fit", "Predict", "Size", "Note"]
    assert column(table.head, table.rows, "Accuracy") == ["0.965", "0.974", "0.956", "–"]
    assert table.rows[0][1].note == "0.983 to 0.999"
    assert table.strong == cost.strong == {0}


def test_the_note_column_is_only_there_for_notes() -> None:
    contents = replace(EMPTY, models=(ModelRow("network", {"accuracy": Estimate(0.5)}, True),))
    _, table = tables(result_section(contents))
    assert "Note" not in [cell.text for cell in table.head]
    assert table.rows[0][1].note == ""


def test_alarms_come_first_and_rows_are_counted_from_one() -> None:
    section = findings_section(sample_contents.binary())
    assert section is not None
    assert section.short == "Findings (2)"
    assert texts(section).startswith("1 alarm and 1 note.")
    cards = next(block for block in section.blocks if isinstance(block, Findings)).items
    assert [card.severity for card in cards] == ["alarm", "note"]
    assert ("rows, such as", "5, 18 and 231") in cards[1].evidence
    assert ("roc auc alone", "0.999") in cards[0].evidence


def test_no_finding_is_good_news_and_notes_alone_no_reason_for_distrust() -> None:
    assert texts(findings_section(replace(EMPTY, findings=()))).startswith("Nothing suspicious")
    note = Finding("tiny", "note", "One class has 3 rows.")
    assert texts(findings_section(replace(EMPTY, findings=(note,)))) == "1 note."


def test_left_out_columns_are_named_and_come_first() -> None:
    section = data_section(sample_contents.binary())
    assert "Left out of the network: patient_id." in texts(section)
    table = tables(section)[0]
    assert column(table.head, table.rows, "Used") == ["no"] + ["yes"] * 6
    assert table.note == ""


def test_many_columns_are_cut_with_a_count() -> None:
    columns = [ColumnFact(f"c{place}", "number", place > 20) for place in range(500)]
    section = data_section(replace(EMPTY, columns=columns))
    assert "c7 and 13 more." in texts(section)
    assert len(tables(section)[0].rows) == 60
    assert tables(section)[0].note == "440 more columns are not shown."


def test_a_missing_validation_part_is_said() -> None:
    section = data_section(replace(EMPTY, data=DataFacts(rows=5, columns=1, train_rows=5)))
    assert texts(section) == (
        "5 rows and 1 input column. There is no validation part, so nothing could tell when to stop."
    )


def test_the_evaluation_of_classes() -> None:
    binary = evaluation_section(sample_contents.binary())
    assert titles(binary) == ["Confusion matrix", "Calibration", "ROC curve", "Precision and recall"]
    assert [table.caption for table in tables(binary)] == ["Recall and precision by class"]
    many = evaluation_section(sample_contents.huge())
    frequent, by_class = tables(many)
    assert len(frequent.rows) == 12
    assert by_class.note == "60 more classes are not shown."


def test_recall_and_precision_by_class() -> None:
    evaluation = ClassificationEvaluation(Confusion(("a", "b", "c"), ((3, 1, 0), (0, 4, 0), (0, 0, 0))))
    table = tables(evaluation_section(replace(EMPTY, evaluation=evaluation)))[1]
    recall = [text.replace("\u00a0", " ") for text in column(table.head, table.rows, "Recall")]
    precision = [text.replace("\u00a0", " ") for text in column(table.head, table.rows, "Precision")]
    assert recall == ["75.0 %", "100 %", "–"]
    assert precision == ["100 %", "80.0 %", "–"]


def test_no_confusion_at_all_is_said() -> None:
    evaluation = ClassificationEvaluation(Confusion("abc", np.eye(3, dtype=int)))
    assert "No class was taken for another." in texts(
        evaluation_section(replace(EMPTY, evaluation=evaluation))
    )


def test_predictions_that_are_not_finite_are_counted() -> None:
    evaluation = RegressionEvaluation((1.0, 2.0, 3.0), (1.5, float("nan"), float("inf")))
    section = evaluation_section(replace(EMPTY, task=Task.REGRESSION, evaluation=evaluation))
    assert "left out: 2." in texts(section)
    nothing = RegressionEvaluation((1.0,), (float("nan"),))
    assert "nothing to draw" in texts(evaluation_section(replace(EMPTY, evaluation=nothing)))


def test_importance_is_ordered_and_broken_numbers_come_last() -> None:
    rows = [
        ImportanceRow("low", 0.1),
        ImportanceRow("broken", float("nan")),
        ImportanceRow("high", 0.2, 0.1, 0.3),
    ]
    table, *_ = tables(importance_section(replace(EMPTY, importance=Importance(rows, "accuracy"))))
    assert [row[0].text for row in table.rows] == ["high", "low", "broken"]
    assert column(table.head, table.rows, "Importance") == ["0.200", "0.100", "–"]
    assert column(table.head, table.rows, "to") == ["0.300", "–", "–"]


def test_mistakes_are_counted_from_one_and_wide_ones_cut() -> None:
    values = {f"c{place}": str(place) for place in range(10)}
    section = mistakes_section(replace(EMPTY, worst_mistakes=[Mistake(0, "no", "yes", 0.97, values)] * 30))
    table, *_ = tables(section)
    assert len(table.rows) == 20
    assert table.rows[0][0].text == "1"
    assert table.rows[0][3].text == "97.0\u00a0%"
    assert table.note == "Rows are counted from 1 below the header. 2 more columns are not shown."


def test_errors_of_a_regression_keep_their_sign_and_unit() -> None:
    table, *_ = tables(mistakes_section(sample_contents.regression()))
    assert table.head[3].text == "Error"
    assert table.rows[0][3].text == "-317,601"


def test_training_without_early_stopping_is_said() -> None:
    history = History([HistoryPoint(1.0, 10, 0.5)], ending="Interrupted after epoch 1.")
    section = training_section(replace(EMPTY, history=history))
    assert "Interrupted after epoch 1. No early stopping" in texts(section)
    assert titles(section) == ["Loss"]


def test_the_table_of_epochs_is_cut_but_keeps_the_best() -> None:
    history = replace(sample_parts.history("roc_auc", epochs=1_000), best=123)
    table, *_ = tables(training_section(replace(EMPTY, history=history)))
    epochs = column(table.head, table.rows, "Epoch")
    assert {"1", "124", "1,000"} <= set(epochs)
    assert [epochs[place] for place in table.strong] == ["124"]
    assert table.note == "31 of 1,000 rows are shown, evenly chosen. The best epoch stands out."


def test_the_monitored_score_is_drawn() -> None:
    contents: ReportContents = sample_contents.binary()
    assert "ROC AUC during training" in titles(training_section(contents))
    assert contents.history is not None
    monitored = replace(contents, history=replace(contents.history, monitor="accuracy"))
    assert "ROC AUC during training" not in titles(training_section(monitored))


def test_times_add_up_and_start_up_is_marked() -> None:
    phases = (Phase("start", 2.0, fixed=True), Phase("train", 6.0))
    table, *_ = tables(origin_section(replace(EMPTY, timing=phases)))
    assert [row[1].text.replace("\u00a0", " ") for row in table.rows] == ["2.0 s", "6.0 s", "8.0 s"]
    assert table.rows[0][0].note.startswith("fixed start-up")
    assert table.rows[1][2].text == "75.0\u00a0%"
