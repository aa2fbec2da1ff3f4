from __future__ import annotations

import importlib.util
from pathlib import Path

from netwright.clinic.advice import ADVICE
from netwright.clinic.causes import Cause
from netwright.clinic.evidence import SPEAKS_FOR
from netwright.clinic.record import Record
from netwright.clinic.rules import RULES

DOCS = Path(__file__).parents[3] / "docs"


def test_names_are_unique_and_every_rule_says_what_it_is() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) >= 25
    for rule in RULES:
        assert rule.signal
        assert rule.source
        assert rule.speaks_from
        assert rule.causes


def test_an_empty_record_finds_nothing() -> None:
    assert [rule.name for rule in RULES if rule.look(Record())] == []


def test_every_cause_has_a_remedy_and_a_rule_that_can_name_it() -> None:
    assert set(ADVICE) == set(Cause)
    named = {cause for rule in RULES for cause in rule.causes}
    named |= {cause for weights in SPEAKS_FOR.values() for cause in weights}
    assert set(Cause) - named == set()


def test_evidence_speaks_of_rules_that_exist() -> None:
    assert set(SPEAKS_FOR) <= {rule.name for rule in RULES}


def test_the_page_of_rules_is_true() -> None:
    specification = importlib.util.spec_from_file_location("make_rules", DOCS / "make_clinic_rules.py")
    assert specification is not None
    assert specification.loader is not None
    maker = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(maker)
    page = (DOCS / "clinic-rules.md").read_text(encoding="utf-8")
    assert page == maker.page(), "run: python docs/make_clinic_rules.py"
    for rule in RULES:
        assert f"| `{rule.name}` |" in page
