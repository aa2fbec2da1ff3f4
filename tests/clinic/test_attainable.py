"""A network beside a cheap model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.clinic.rules.records import falling, training

from netwright.clinic.attainable import beaten, chance, comparisons, held_out_score
from netwright.clinic.record import Record
from netwright.clinic.row_facts import CheapScore


def beside(cheap: CheapScore | None, rows: int | None = 400, **changes: Any) -> Record:
    return training(falling(390), data={"cheap": cheap, "validation_rows": rows}, **changes)


GOOD = CheapScore("a linear model", 0.94, 0.94, 0.8, 1280)


def test_a_network_that_has_learnt_less_than_a_cheap_model() -> None:
    assert beaten(beside(GOOD, accuracy=0.7)) is True
    assert beaten(beside(GOOD, accuracy=0.92)) is False
    assert beaten(beside(None, accuracy=0.7)) is None


def test_few_rows_say_little() -> None:
    assert beaten(beside(GOOD, rows=20, accuracy=0.7)) is False


def test_each_place_of_a_text_is_an_answer() -> None:
    def worse(places: int) -> bool | None:
        cheap = CheapScore("the tokens before", 0.47, None, 0.36, 720)
        scores = {"validation_score": 0.37, "validation_trivial": 0.17, "validation_recall": ()}
        counts = (72 * places,) * 10
        data = {"cheap": cheap, "validation_rows": 240, "rows": 720, "class_counts": counts}
        return beaten(training(falling(390), data=data, epoch=lambda n: scores))

    assert worse(places=1) is False, "240 answers are few"
    assert worse(places=24) is True


def test_a_rare_class_that_is_given_up_counts() -> None:
    cheap = CheapScore("a linear model", 0.82, 0.75, 0.2, 1280)
    record = beside(cheap, facts={"answer": "two classes"}, epoch=lambda n: {
        "validation_score": 0.81, "validation_trivial": 0.75, "validation_recall": (0.99, 0.27),
    })  # fmt: skip
    record.facts = replace(record.facts, data=replace(record.facts.data, classes=2, class_counts=(960, 320)))
    by_score, by_class = comparisons(record)
    assert not by_score.beaten
    assert by_class.beaten
    assert "mean over the classes" in by_class.sentence()


@pytest.mark.parametrize(("score", "worse"), [(0.2, True), (0.62, False), (0.5, True)])
def test_numbers(score: float, worse: bool) -> None:
    cheap = CheapScore("the nearest rows", 0.66, None, 0.66, 1280)
    record = beside(cheap, rows=2000, facts={"answer": "numbers"}, epoch=lambda n: {
        "validation_score": score, "validation_trivial": 0.0, "validation_recall": (),
    })  # fmt: skip
    assert beaten(record) is worse


def test_the_best_of_many_epochs_is_partly_luck() -> None:
    record = beside(GOOD, epoch=lambda n: {"validation_score": 0.95 if n == 4 else 0.5})
    assert held_out_score(record) == pytest.approx(0.725)


def test_chance_shrinks_with_the_rows() -> None:
    wide, narrow = (chance(beside(GOOD, rows=rows), 0.8) for rows in (50, 5000))
    assert 0 < narrow < 0.02 < wide < 0.15
    assert chance(beside(GOOD, rows=None), 0.8) == 0.0


def test_right_answers_may_be_given_up_for_rare_classes() -> None:
    cheap = CheapScore("the nearest rows", 0.99, 0.74, 0.4, 2000)
    record = beside(cheap, rows=700, facts={"answer": "two classes"}, epoch=lambda n: {
        "validation_score": 0.93, "validation_trivial": 0.977, "validation_recall": (0.93, 0.85),
    })  # fmt: skip
    record.facts = replace(record.facts, data=replace(record.facts.data, classes=2, class_counts=(1960, 40)))
    assert beaten(record) is False


def test_classes_that_only_some_epochs_were_asked_for() -> None:
    cheap = CheapScore("a linear model", 0.82, 0.75, 0.2, 1280)
    recalls = [(0.99, 0.27), ()]
    record = beside(cheap, facts={"answer": "two classes"}, epoch=lambda n: {
        "validation_score": 0.81, "validation_trivial": 0.75, "validation_recall": recalls[n % 2],
    })  # fmt: skip
    record.facts = replace(record.facts, data=replace(record.facts.data, classes=2, class_counts=(960, 320)))
    assert len(comparisons(record)) == 2
    nothing = replace(record.facts.data, class_counts=(0, 0))
    record.facts = replace(record.facts, data=nothing)
    assert len(comparisons(record)) == 1


def test_a_text_need_not_reach_all_that_counting_does() -> None:
    cheap = CheapScore("the tokens before", 0.46, None, 0.36, 720)
    scores = {"validation_score": 0.41, "validation_trivial": 0.16, "validation_recall": ()}

    def worse(kind: str) -> bool | None:
        data = {"cheap": cheap, "validation_rows": 240, "rows": 720, "class_counts": (1728,) * 10}
        return beaten(training(falling(390), data=data | {"input_kind": kind}, epoch=lambda n: scores))

    assert (worse("tokens"), worse("numbers")) == (False, True)
