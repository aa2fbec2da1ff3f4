from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.verbs.small import people

from netwright.cli.announce import MOST_COLUMNS, MOST_FINDINGS, announce
from netwright.data.kinds import infer_schema
from netwright.data.schema import Column, Kind, Schema
from netwright.data.split import split_rows
from netwright.data.target import Target
from netwright.findings import Finding
from netwright.verbs.material import Material


@pytest.fixture
def material() -> Material:
    frame = people(60).drop("amount")
    target = Target.infer(frame["label"])
    schema = infer_schema(frame, target="label", ignore=["code"])
    return Material(frame, schema, target, split_rows(60, seed=0), ("delimiter ',' - in every line",), ())


def test_every_column_has_its_kind_and_reason(material: Material, capsys: pytest.CaptureFixture[str]) -> None:
    announce(material)
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = {line.split()[0]: " ".join(line.split()) for line in captured.err.splitlines()}
    assert lines["age"] == f"age number {material.schema.column('age').reason}"
    assert lines["code"] == "code category, left out you asked to ignore it"
    assert "delimiter ',' - in every line" in captured.err
    assert "60 rows, target label: binary" in captured.err
    assert "42 to train, 9 to validate, 9 to test" in captured.err


def test_alarms_come_first_and_the_rest_is_counted(
    material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = [Finding("a", "note", f"Note {place}.", "Do it.") for place in range(MOST_FINDINGS + 2)]
    announce(replace(material, findings=(*notes, Finding("b", "alarm", "A leak.", "Ignore it."))))
    told = capsys.readouterr().err
    assert told.index("alarm: A leak. Ignore it.") < told.index("note: Note 0. Do it.")
    assert "and 3 more findings" in told


def test_a_wide_table_is_shortened(material: Material, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = tuple(Column(f"x{place}", Kind.NUMBER, "numbers") for place in range(400))
    gone = Column("key", Kind.IDENTIFIER, "every row has another", used=False)
    announce(
        replace(material, schema=Schema((*numbers, gone)), split=replace(material.split, test=np.arange(0)))
    )
    told = capsys.readouterr().err
    assert "identifier, left out" in told
    assert f"and {401 - MOST_COLUMNS} more columns: {401 - MOST_COLUMNS} number" in told
    assert "0 to test" in told
    assert len(told.splitlines()) < MOST_COLUMNS + 8
