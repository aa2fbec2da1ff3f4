"""What is told about a table before training, with the numbers that prove it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.data.inspect import ROWS_EXAMINED, inspect
from netwright.data.kinds import infer_schema
from netwright.data.schema import Column, Kind, Schema
from netwright.data.split import Split, split_rows
from netwright.data.target import Target
from netwright.errors import DataError
from netwright.findings import Finding
from netwright.task import Task


def healthy(rows: int = 400, seed: int = 0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    age = generator.normal(40, 10, rows)
    return pl.DataFrame(
        {
            "age": age,
            "height": generator.normal(170, 10, rows),
            "city": generator.choice(["Paris", "Rome", "Oslo"], rows),
            "smoker": generator.choice(["yes", "no"], rows),
            "ill": np.where(age + generator.normal(0, 8, rows) > 45, "yes", "no"),
        }
    )


def found(frame: pl.DataFrame, target: str = "ill", *, divided: bool = True) -> list[Finding]:
    inferred = Target.infer(frame[target])
    classes = inferred.encode(frame[target]) if inferred.classes else None
    split = split_rows(frame.height, seed=0, stratify=classes) if divided else None
    return inspect(frame, infer_schema(frame, target=target), target, inferred, split)


def only(findings: list[Finding], rule: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.rule == rule]
    return finding


def test_a_healthy_table_gives_no_finding() -> None:
    assert found(healthy()) == []
    assert found(healthy().drop("ill"), "height") == []


def test_a_leak_is_an_alarm_and_comes_first() -> None:
    frame = healthy().with_columns(
        pl.col("ill").replace({"yes": "treated", "no": "sent home"}).alias("outcome"),
        pl.Series("name", [f"n{i}x" for i in range(400)]),
    )
    findings = found(frame)
    leak = findings[0]
    assert (leak.rule, leak.severity, leak.columns) == ("leak", "alarm", ("outcome",))
    assert "repeats the target 'ill'" in leak.message
    assert "leave it out" in leak.remedy
    assert leak.evidence["alone"] == 1.0
    assert leak.evidence["rows"] == 400
    assert leak.evidence["rows_examined"] == 280
    assert [finding.rule for finding in findings[1:]] == ["identifier"]


def test_a_leak_of_a_number() -> None:
    frame = healthy()
    noise = np.random.default_rng(1).normal(0, 0.2, 400)
    frame = frame.with_columns(inches=frame["height"] * 2 + noise)
    leak = only(found(frame, "height"), "leak")
    assert leak.columns == ("inches",)
    assert leak.evidence["measure"] == "R² of the ranks"
    assert leak.evidence["alone"] > 0.99
    assert leak.evidence["others"] < 0.5
    assert "all other columns together reach" in leak.message


def test_leaks_of_several_targets_are_told_one_by_one() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, (300, 2))
    frame = pl.DataFrame({"x": generator.normal(size=300), "sun": labels[:, 0], "wind": labels[:, 1]})
    frame = frame.with_columns(pl.Series("storm", np.where(labels[:, 1], "high", "low")))
    schema = Schema((Column("x", Kind.NUMBER, ""), Column("storm", Kind.CATEGORY, "")))
    target = Target.infer_matrix(labels, ["sun", "wind"])
    assert target.task is Task.MULTILABEL
    leak = only(inspect(frame, schema, "sun, wind", target), "leak")
    assert leak.columns == ("storm",)
    assert "'wind'" in leak.message


def test_the_test_part_is_not_looked_at_for_leaks() -> None:
    frame = healthy(300).with_columns(pl.lit("unknown").alias("outcome"))
    split = Split(np.arange(200), np.arange(200, 250), np.arange(250, 300), "by hand")
    told = pl.when(pl.int_range(300) >= 250).then(pl.col("ill")).otherwise(pl.lit("unknown"))
    frame = frame.with_columns(told.alias("outcome"))
    findings = inspect(frame, infer_schema(frame, target="ill"), "ill", Target.infer(frame["ill"]), split)
    assert findings == []


def test_columns_left_out_are_told_with_their_reason() -> None:
    frame = healthy().with_columns(
        pl.Series("patient_id", [f"P{i:05d}" for i in range(400)]),
        pl.lit("EU").alias("region"),
    )
    findings = found(frame)
    assert {finding.rule: finding.columns for finding in findings} == {
        "identifier": ("patient_id",),
        "constant": ("region",),
    }
    evidence = only(findings, "identifier").evidence["patient_id"]
    assert evidence["distinct"] == evidence["rows"] == 400
    assert evidence["reason"]
    assert only(findings, "constant").evidence["region"]["distinct"] == 1


def test_columns_that_the_user_ignores_are_not_told() -> None:
    frame = healthy().with_columns(pl.Series("patient_id", [f"P{i:05d}" for i in range(400)]))
    schema = infer_schema(frame, target="ill", ignore=["age"])
    findings = inspect(frame, schema, "ill", Target.infer(frame["ill"]))
    assert [finding.rule for finding in findings] == ["identifier"]


def test_numbers_stored_as_text() -> None:
    frame = healthy().with_columns(pl.col("height").round(1).cast(pl.String))
    finding = only(found(frame), "numbers as text")
    assert finding.columns == ("height",)
    assert finding.evidence["examples"]["height"] == frame["height"][0]


def test_a_target_of_numbers_stored_as_text() -> None:
    frame = healthy().with_columns(pl.col("height").round(1).cast(pl.String))
    assert only(found(frame, "height"), "numbers as text").columns == ("height",)


def test_numbers_with_a_few_words_among_them() -> None:
    values = [str(i % 90) if i % 20 else ("unclear" if i % 40 else "lost") for i in range(400)]
    frame = healthy().with_columns(pl.Series("dose", values))
    schema = Schema((Column("age", Kind.NUMBER, ""), Column("dose", Kind.CATEGORY, "words")))
    finding = only(inspect(frame, schema, "ill", Target.infer(frame["ill"])), "numbers as text")
    assert finding.columns == ("dose",)
    assert "95.0% of its values are numbers" in finding.message
    assert finding.evidence["words"] == {"lost": 10, "unclear": 10}


def test_more_missing_than_present() -> None:
    frame = healthy()
    row = pl.int_range(400)
    frame = frame.with_columns(
        pl.when(row % 5 == 0).then("city").alias("city"),
        pl.when(row % 5 == 0).then("age").otherwise(float("nan")).alias("age"),
        pl.when(row % 5 != 0).then("height").alias("height"),
    )
    finding = only(found(frame), "mostly missing")
    assert finding.columns == ("age", "city")
    assert finding.evidence["missing"] == {"age": 320, "city": 320}
    assert "'city' (80% missing)" in finding.message


def test_copies_across_the_split() -> None:
    frame = healthy()
    split = Split(np.arange(280), np.arange(280, 340), np.arange(340, 400), "by hand")
    schema, target = infer_schema(frame, target="ill"), Target.infer(frame["ill"])
    copied = pl.concat([frame[:340], frame[:3], frame[343:]])
    finding = only(inspect(copied, schema, "ill", target, split), "copies across the split")
    assert finding.severity == "note"
    assert finding.rows == (340, 341, 342)
    assert finding.evidence["test_rows_copied"] == 3
    assert finding.evidence["validation_rows_copied"] == 0
    many = pl.concat([frame[:340], frame[:60]])
    alarm = only(inspect(many, schema, "ill", target, split), "copies across the split")
    assert alarm.severity == "alarm"
    assert "60 of 60 test rows (100.0%)" in alarm.message


def test_copies_in_the_validation_part_when_there_is_no_test_part() -> None:
    frame = healthy()
    frame = pl.concat([frame[:300], frame[:10], frame[310:]])
    split = Split(np.arange(300), np.arange(300, 400), np.arange(0), "by hand")
    findings = inspect(frame, infer_schema(frame, target="ill"), "ill", Target.infer(frame["ill"]), split)
    finding = only(findings, "copies across the split")
    assert "10 of 100 validation rows" in finding.message
    assert finding.rows == (300, 301, 302, 303, 304)


def test_copies_within_one_part_do_no_harm() -> None:
    frame = healthy()
    frame = pl.concat([frame[:100], frame[:100], frame[200:]])
    split = Split(np.arange(200), np.arange(200, 300), np.arange(300, 400), "by hand")
    findings = inspect(frame, infer_schema(frame, target="ill"), "ill", Target.infer(frame["ill"]), split)
    assert findings == []
    repeated = only(found(frame, divided=False), "repeated rows")
    assert repeated.evidence == {"repeated": 100, "rows": 400}
    assert repeated.rows == (100, 101, 102, 103, 104)


def test_equal_rows_with_different_answers() -> None:
    frame = healthy()
    other = pl.when(pl.col("ill") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes")).alias("ill")
    frame = pl.concat([frame, frame[:2].with_columns(other), frame[:1]])
    finding = only(found(frame, divided=False), "conflicting rows")
    assert finding.evidence == {"rows_in_conflict": 5, "certain_errors": 2, "rows": 403}
    assert finding.rows == (0, 1, 400, 401, 402)


def test_tiny_classes_and_classes_never_learnt() -> None:
    frame = healthy()
    ill = pl.Series("ill", ["rare"] * 2 + ["scarce"] * 9 + frame["ill"][11:].to_list())
    frame = frame.with_columns(ill)
    finding = only(found(frame), "tiny classes")
    assert finding.evidence["rows_by_class"] == {"rare": 2, "scarce": 9}
    assert "2 classes of 'ill' have fewer than 10 rows: 'rare' (2), 'scarce' (9)" in finding.message
    split = Split(np.arange(2, 300), np.arange(300, 350), np.array([0, 1, *range(350, 400)]), "by hand")
    findings = inspect(frame, infer_schema(frame, target="ill"), "ill", Target.infer(frame["ill"]), split)
    alarm = only(findings, "classes never learnt")
    assert alarm.severity == "alarm"
    assert alarm.evidence["rows_by_class"] == {"rare": 2}


def test_an_overwhelming_class() -> None:
    frame = healthy().with_columns(ill=np.arange(400) % 20 == 0)
    finding = only(found(frame), "imbalance")
    assert finding.evidence == {"class": "False", "share": 0.95, "rows": 400}


def test_columns_that_say_the_same() -> None:
    frame = healthy()
    frame = frame.with_columns(
        country=frame["city"].replace({"Paris": "France", "Rome": "Italy", "Oslo": "Norway"}),
        log_age=(frame["age"] + 100).log(),
        minus=-frame["height"].round(3),
        nearly=frame["height"] + np.random.default_rng(3).normal(0, 3, 400),
    )
    finding = only(found(frame), "same columns")
    assert finding.evidence["groups"] == [["age", "log_age"], ["height", "minus"], ["city", "country"]]
    assert finding.severity == "note"


def test_three_columns_that_say_the_same_are_one_group() -> None:
    frame = healthy()
    frame = frame.with_columns(a=frame["height"], b=frame["height"] * 2)
    assert only(found(frame), "same columns").evidence["groups"] == [["height", "a", "b"]]


def test_few_rows_agree_by_chance() -> None:
    frame = pl.DataFrame({"a": range(19), "b": [i * 1.5 for i in range(19)], "y": [0.5, 1.5, 2.0] * 6 + [1]})
    schema = Schema((Column("a", Kind.NUMBER, ""), Column("b", Kind.NUMBER, "")))
    assert inspect(frame, schema, "y", Target.infer(frame["y"])) == []


def test_two_numbers_of_one_patient_do_not_say_the_same() -> None:
    frame = pl.concat([healthy(50)] * 20).drop("city", "smoker").with_columns(day=pl.int_range(1000) // 125)
    schema = infer_schema(frame, target="ill")
    assert [column.name for column in schema.used] == ["age", "height", "day"]
    rules = [finding.rule for finding in inspect(frame, schema, "ill", Target.infer(frame["ill"]))]
    assert rules == ["repeated rows"]


def test_values_that_cannot_be_read_are_refused() -> None:
    frame = healthy().with_columns(pl.lit("tall").alias("height"))
    schema = Schema((Column("height", Kind.NUMBER, "overruled"),))
    with pytest.raises(DataError, match=r"sample of 400 training rows: .*'height'.*'tall'"):
        inspect(frame, schema, "ill", Target.infer(frame["ill"]))


def test_without_usable_columns_only_the_target_is_told_about() -> None:
    frame = pl.DataFrame({"id": [f"n{i}" for i in range(400)], "y": [0] * 390 + [1] * 10})
    schema = Schema((Column("id", Kind.IDENTIFIER, "each value once", used=False),))
    findings = inspect(frame, schema, "y", Target.infer(frame["y"]))
    assert [finding.rule for finding in findings] == ["identifier", "imbalance"]


def test_the_same_seed_gives_the_same_findings_from_a_sample() -> None:
    frame = healthy(30_000).with_columns(pl.col("ill").alias("copy"))
    schema, target = infer_schema(frame, target="ill"), Target.infer(frame["ill"])
    first, second = (inspect(frame, schema, "ill", target, seed=3) for _ in range(2))
    assert first == second
    assert only(first, "leak").evidence["rows_examined"] == ROWS_EXAMINED
