"""The clinic's page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from netwright.clinic.causes import Cause
from netwright.clinic.diagnosis import Diagnosis, diagnose
from netwright.clinic.page import build_page, write_page
from netwright.clinic.record import (
    Epoch,
    Facts,
    LayerFacts,
    LayerReading,
    Observation,
    OptimizerFacts,
    Probe,
    Record,
    UnitReading,
    Wiring,
)
from netwright.findings import Finding


def sample(layers: int = 3, steps: int = 50) -> Record:
    names = [f"layer{place}" for place in range(layers)]
    readings = {name: LayerReading(0.1 / (place + 1), 1.0, 1e-3) for place, name in enumerate(names)}
    return Record(
        facts=Facts(
            layers=tuple(LayerFacts(name, "dense", "relu", depth, 64) for depth, name in enumerate(names)),
            optimizers=(OptimizerFacts("Adam", 0.001),),
        ),
        wiring=Wiring(initial_loss=2.3, expected_loss=2.2),
        losses=[2.3 * 0.98**step for step in range(steps)],
        observations=[Observation(step, 0.0, 1.0, 1e-3, readings) for step in (1, 2, 10)],
        probes=[Probe(0, {name: UnitReading(0.1, 0.2, 1.0) for name in names})],
        epochs=[Epoch(steps, 1.0, 1.0, validation_loss=1.2, validation_score=0.8)],
        finished=True,
    )


def alarm() -> Finding:
    return Finding(
        rule="rate-high",
        severity="alarm",
        message="The loss leapt.",
        remedy="Lower the learning rate.",
        cause=Cause.RATE_TOO_HIGH.value,
        causes=("exploding gradient",),
        layer="layer1",
        step=20,
        confidence=0.8,
        change="- learning_rate: 1\n+ learning_rate: 0.001",
        evidence={"largest relative update": 16.5},
    )


class Outline(HTMLParser):
    """Open tags, ids and text of a page."""

    VOID = {"meta", "link", "br", "path", "use", "rect", "image"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("layers", [1, 3, 12])
def test_every_tag_closes_and_ids_are_unique(layers: int) -> None:
    outline = Outline(build_page(sample(layers), Diagnosis((alarm(),), checked=("leak",))))
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_the_verdict_comes_first_then_the_finding() -> None:
    page = build_page(sample(), Diagnosis((alarm(),), checked=("rate-high",)), 0.0123)
    text = " ".join(" ".join(Outline(page).words).split())
    place = [
        text.index(words)
        for words in (
            "A finished training of 50 steps.",
            "The loss leapt. (1 rules were checked.)",
            "of the training time",
            "rate high, layer layer1, step 20",
            "Cause: learning rate too high (confidence 80%). Less likely: exploding gradient.",
            "Lower the learning rate.",
            "+ learning_rate: 0.001",
            "largest relative update",
            "The health of the layers",
            "What was checked",
        )
    ]
    assert place == sorted(place)


def test_a_healthy_training_says_so() -> None:
    page = build_page(sample(), diagnose(Record()))
    assert "Nothing suspicious was found." in page
    assert 'class="headline good"' in build_page(sample(), Diagnosis(checked=("leak",)))


def test_withheld_alarms_and_gaps_are_folded_away() -> None:
    record = sample()
    record.gaps.append("The fixed rows could not be seen.")
    page = build_page(record, Diagnosis((alarm(),), (alarm(),), ("leak",), (("decay", "no optimizer"),)))
    assert "1 later alarm: consequences of these, perhaps" in page
    assert "The fixed rows could not be seen." in page
    assert "decay: no optimizer" in page


def test_before_training_there_is_no_curve() -> None:
    page = build_page(Record(), Diagnosis(checked=("leak",)))
    assert "Before training." in page
    assert "<svg" not in page


@pytest.mark.parametrize(
    "losses", [[float("nan")] * 3, [1.0, float("nan"), float("inf")], [-1.0, -2.0], [0.5]]
)
def test_losses_of_every_kind(losses: list[float]) -> None:
    record = Record(losses=losses)
    assert Outline(build_page(record, Diagnosis())).open == []


def test_long_trainings_make_short_pages() -> None:
    record = sample(steps=50_000)
    page = build_page(record, Diagnosis((alarm(),), checked=("leak",)))
    assert len(page) < 120_000
    assert "median of a stretch" in page


def test_names_cannot_garble_the_page() -> None:
    bad = "<script>alert(1)</script>\x1b[31m"
    record = sample()
    record.facts = Facts(layers=(LayerFacts(bad, "dense"),))
    record.probes = [Probe(0, {bad: UnitReading()})]
    page = build_page(record, Diagnosis((Finding(bad, "alarm", bad, change=bad, layer=bad),)), title=bad)
    assert "<script" not in page
    assert "\x1b" not in page


def test_the_page_loads_nothing_and_is_the_same_every_time(tmp_path: Path) -> None:
    write_page(tmp_path / "first.html", sample(), Diagnosis((alarm(),)))
    page = (tmp_path / "first.html").read_text(encoding="utf-8")
    assert page == build_page(sample(), Diagnosis((alarm(),)))
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "@import" not in page
