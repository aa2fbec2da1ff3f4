"""The table of networks and targets in the docs says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.exporting.kinds import FORMS, model_of

from netwright.exporting.support import refusal
from netwright.exporting.targets import TARGETS

PAGE = Path(__file__).parents[2] / "docs" / "export.md"


def cells() -> dict[tuple[str, str], str]:
    """Return what the docs say of each kind of model and each target."""
    found = {}
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("| model |"))
    targets = re.findall(r"`(\w+)`", lines[start])
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        name, *says = (cell.strip() for cell in line.strip("|").split("|"))
        for kind in re.findall(r"`(\w+)`", name):
            found |= {(kind, target): text for target, text in zip(targets, says, strict=True)}
    return found


def test_every_kind_and_target_has_a_cell() -> None:
    assert set(cells()) == {(kind, target) for kind in FORMS for target in TARGETS}


@pytest.mark.parametrize("kind", FORMS)
def test_a_cell_says_yes_where_nothing_is_refused(kind: str) -> None:
    for target in TARGETS:
        told, reason = cells()[kind, target], refusal(model_of(kind), target)
        assert told.startswith("no: " if reason else "yes"), f"{kind} to {target}: {told!r}, but {reason!r}"
