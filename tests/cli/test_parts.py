from __future__ import annotations

import pytest
from tests.cli.command import netwright

from netwright.catalogue import FAMILIES, entries


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_printed_whole(family: str) -> None:
    outcome = netwright("parts", family)
    assert outcome.status == 0
    for entry in entries(family):
        assert entry.name in outcome.out.splitlines()
        assert entry.equation in outcome.out
        for setting in entry.settings:
            assert f"{setting.name}={setting.default}" in outcome.out


def test_all_parts_as_json() -> None:
    answer = netwright("parts", "--json").answer
    assert list(answer) == list(FAMILIES)
    assert answer["penalties"][0]["settings"][0]["default"] == "to be given"


def test_an_unknown_family_is_refused() -> None:
    outcome = netwright("parts", "optimisers")
    assert outcome.status == 2
    assert "Did you mean 'optimizers'" in outcome.err
