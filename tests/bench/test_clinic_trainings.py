"""The trainings of the clinic's benchmark: complete, seeded, and as faulty as they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.clinic import random_trainings, run
from bench.clinic.cases import cases
from bench.clinic.competitors.alarm import opinion
from bench.clinic.competitors.autotrainer import autotrainer
from bench.clinic.competitors.deepchecker import deepchecker
from bench.clinic.faults import FAULTS
from bench.clinic.healthy import ODD, PLAIN, controls
from bench.clinic.results import of_record
from bench.clinic.setting import BASES, PARTS, Part, Setting
from bench.clinic.signals import Collector
from bench.clinic.store import Job, Store, moments, until

from netwright.clinic.causes import Cause

SHORT = BASES["iris"].but({"epochs": 25})


def test_there_are_72_faults_and_40_healthy_trainings() -> None:
    assert [fault.number for fault in FAULTS] == list(range(1, 73))
    assert (len(PLAIN), len(ODD)) == (20, 20)


def test_every_fault_changes_its_twin_and_has_a_cause() -> None:
    for case in cases():
        assert case.setting.key(0) != case.twin.key(0), case.name
        assert case.fault.causes, case.name


@pytest.mark.parametrize("part", PARTS)
def test_every_part_holds_faults_and_healthy_trainings(part: Part) -> None:
    for settings in ([case.setting for case in cases()], [one.setting for one in controls()]):
        assert sum(setting.part == part for setting in settings) > 20


@pytest.mark.parametrize("part", PARTS)
def test_random_trainings_keep_to_their_part(part: Part) -> None:
    drawn = list(random_trainings.trainings(60, part))
    assert all(setting.part == part for setting, _ in drawn)
    assert drawn == list(random_trainings.trainings(60, part))


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second, other = (run.train(run.prepare(SHORT, seed, None)) for seed in (0, 0, 1))
    assert first.weights == second.weights != other.weights


def test_a_rate_far_too_high_fails_and_everyone_sees_it(tmp_path: Path) -> None:
    faulty = SHORT.but({"optimizer": "sgd", "rate": 50.0})
    store = Store(tmp_path, None)
    jobs = [Job(faulty, 0, True), Job(SHORT, 0, True)]
    store.run(jobs, 1)
    assert store.missing(jobs) == []
    bad, good = store.seen(faulty, 0), store.seen(SHORT, 0)
    assert bad.outcome.score < 0.6 < 0.85 < good.outcome.score
    assert bad.outcome.weights == store.outcome(faulty, 0).weights, "watching changes nothing"
    assert Cause.RATE_TOO_HIGH in of_record(bad.record).guesses
    assert opinion(deepchecker, store.signals(faulty, 0)).alarmed
    assert not opinion(autotrainer, store.signals(SHORT, 0)).alarmed


def test_a_record_can_be_cut_short(tmp_path: Path) -> None:
    store = Store(tmp_path, None)
    store.run([Job(SHORT, 0, True)], 1)
    record = store.seen(SHORT, 0).record
    early = until(record, 20)
    assert early.step == 20
    assert not early.finished
    assert max(one.step for one in early.observations) <= 20
    assert until(record, record.step) is record
    assert moments(400)[:3] == [0, 4, 8]
    assert moments(400)[-1] == 400


@pytest.mark.parametrize("network", ["cnn", "lstm", "transformer"])
def test_the_collector_sees_every_kind_of_network(network: str) -> None:
    setting = Setting(network=network, widths=(8, 8), epochs=2, batch=128)
    collector = Collector()
    outcome = run.train(run.prepare(setting, 0, None), collector)
    assert outcome.steps == 18
    assert [epoch.step for epoch in collector.signals.epochs] == [9, 18]
    assert collector.signals.steps[0].layers
    assert all(layer.gradient > 0 for layer in collector.signals.steps[0].layers)
