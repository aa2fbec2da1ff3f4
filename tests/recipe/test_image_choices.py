"""The network for pictures follows their size, their number and the time there is."""

from __future__ import annotations

import pytest

from netwright.data.items import Form
from netwright.nets.cnn import CNN
from netwright.nets.resnet import ResNet
from netwright.recipe.facts import Facts
from netwright.recipe.image_choices import network
from netwright.recipe.recipe import Recipe
from netwright.task import Task

GREY, COLOUR = (1, 28, 28), (3, 32, 32)


def pictures(rows: int, extent: tuple[int, int, int], device: str = "cpu") -> Facts:
    return Facts(
        rows=rows,
        columns=1,
        task=Task.MULTICLASS,
        classes=10,
        validation=True,
        device=device,
        device_reason="",
        form=Form.IMAGES,
        extent=extent,
    )


def test_without_a_limit_the_width_follows_the_effort() -> None:
    facts = pictures(54_000, GREY)
    assert network(Recipe(), facts)[0].widths == (32, 64, 128)
    assert network(Recipe(effort="quick"), facts)[0].widths == (16, 32, 64)


@pytest.mark.parametrize(("rows", "extent", "kind"), [(54_000, GREY, CNN), (9_000, COLOUR, ResNet)])
def test_little_time_makes_it_narrow_and_the_reason_says_so(
    rows: int, extent: tuple[int, int, int], kind: type
) -> None:
    chosen, reason = network(Recipe(time=60), pictures(rows, extent))
    assert isinstance(chosen, kind)
    assert chosen.widths == (16, 32, 64)
    assert "narrow enough to see each often in 60 seconds" in reason


def test_time_enough_changes_nothing() -> None:
    facts = pictures(54_000, GREY)
    assert network(Recipe(time=3600), facts) == network(Recipe(), facts)


def test_few_pictures_are_seen_often_in_little_time() -> None:
    chosen, reason = network(Recipe(time=30), pictures(1_000, GREY))
    assert chosen.widths == (32, 64, 128)
    assert "narrow" not in reason


def test_an_accelerator_is_fast_enough() -> None:
    assert network(Recipe(time=60), pictures(54_000, GREY, "cuda"))[0].widths == (32, 64, 128)


def test_it_is_never_too_narrow_to_learn() -> None:
    assert network(Recipe(time=1), pictures(1_000_000, COLOUR))[0].widths[0] >= 16
