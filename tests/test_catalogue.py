from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from netwright.catalogue import FAMILIES, entries
from netwright.errors import UserError
from netwright.nets.activations import ACTIVATIONS
from netwright.parts import parts_of
from netwright.recipe.files import recipe_from

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    specification = importlib.util.spec_from_file_location("make_catalogue", DOCS / "make_catalogue.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def numbers(text: str) -> np.ndarray:
    return np.array([float(number) for number in re.findall(r"-?\d+\.?\d*", text)])


def test_every_part_is_in_the_catalogue() -> None:
    for family, kind in {"losses": "loss", "optimizers": "optimizer", "schedules": "schedule"}.items():
        assert {entry.name for entry in entries(family)} == set(parts_of(kind))
    assert {entry.name for entry in entries("activations")} == set(ACTIVATIONS)
    assert len(entries()) == sum(len(entries(family)) for family in FAMILIES)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.family}/{entry.name}")
def test_every_part_says_what_it_is(entry) -> None:  # type: ignore[no-untyped-def]
    assert entry.equation
    assert entry.summary.endswith(".")
    assert all(setting.meaning for setting in entry.settings)
    assert all("Undefined" not in setting.default for setting in entry.settings)


def test_names_and_defaults_are_those_of_a_recipe() -> None:
    for family, field in {"losses": "loss", "optimizers": "optimizer", "schedules": "schedule"}.items():
        for entry in entries(family):
            part = getattr(recipe_from({field: entry.name}), field)
            assert type(part).__name__ == entry.title
            assert [setting.name for setting in entry.settings] == list(type(part).model_fields)


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(UserError, match="Did you mean 'losses'"):
        entries("loses")


def test_the_page_is_up_to_date(maker: ModuleType) -> None:
    page = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    assert page == maker.page(), "run: python docs/make_catalogue.py"


def test_the_pictures_are_up_to_date(maker: ModuleType) -> None:
    folder, drawn = DOCS / "images" / "catalogue", maker.pictures()
    assert {path.name for path in folder.glob("*.svg")} == set(drawn)
    for name, picture in drawn.items():
        kept = numbers((folder / name).read_text(encoding="utf-8"))
        assert kept.shape == numbers(picture).shape
        np.testing.assert_allclose(kept, numbers(picture), atol=0.11)
        assert len(picture) < 8000
