"""Trainings on disk: outcome and signals of an unwatched run, and the clinic's record of a watched one."""

from __future__ import annotations

import math
import os
import pickle
import warnings
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

from netwright.clinic.data_facts import gather
from netwright.clinic.record import Record
from netwright.clinic.row_facts import DataFacts
from netwright.clinic.watch import watch

from . import run
from .judge import Outcome
from .setting import Setting
from .signals import Collector, Signals


@dataclass(frozen=True)
class Job:
    """A setting to be trained from a seed, and whether signals are taken and a watched run is made too."""

    setting: Setting
    seed: int
    watched: bool


@dataclass(frozen=True)
class Seen:
    """A watched training: how it ended, and the clinic's record of it."""

    outcome: Outcome
    record: Record


class Watched:
    """The two lines that put a training under the clinic."""

    def watch(self, training: run.Training) -> AbstractContextManager[object]:
        """Enter the clinic, and declare what is odd by design."""
        wiring = training.setting.wiring
        validation = (training.inputs["validation"], training.targets["validation"])
        self.clinic = watch(
            training.model,
            training.optimizers,
            training.loss.function,
            validation=validation,
            budget=None,
            accumulation=training.setting.accumulation,
            loss_may_rise="loss may rise" in wiring,
            frozen_on_purpose="frozen on purpose" in wiring,
            steps_planned=training.steps,
            epoch_steps=training.epoch_steps,
            announce=None,
        )
        return self.clinic

    def step(self, loss: Tensor) -> None:
        """Tell the clinic of a batch."""
        self.clinic.step(loss)

    def epoch(self, train_loss: float, validation: tuple[float, float]) -> None:
        """The clinic finds the ends of epochs itself."""


class Store:
    """A folder of trainings; what is there is not run again.

    Args:
        folder: where files lie.
        data: folder of the public data sets, or None.
    """

    def __init__(self, folder: Path, data: Path | None) -> None:
        self.folder, self.data = folder, data
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, setting: Setting, seed: int, kind: str) -> Path:
        """Return the file of a training; `kind` is "outcome", "signals", "rows" or "watched".

        What is found in the rows is the same for all trainings on them.
        """
        if kind == "rows":
            alike = Setting(
                setting.data, preparation=setting.preparation, spoils=setting.spoils, loss=setting.loss
            )
            return self.folder / f"{alike.key(seed)}.facts"
        return self.folder / f"{setting.key(seed)}.{kind}"

    def outcome(self, setting: Setting, seed: int) -> Outcome:
        """Return how an unwatched training ended."""
        found = self._read(self.path(setting, seed, "outcome"))
        assert isinstance(found, Outcome)
        return found

    def signals(self, setting: Setting, seed: int) -> Signals:
        """Return what the published rule sets look at in an unwatched training."""
        found = self._read(self.path(setting, seed, "signals"))
        assert isinstance(found, Signals)
        return found

    def seen(self, setting: Setting, seed: int) -> Seen:
        """Return a watched training that was run."""
        found = self._read(self.path(setting, seed, "watched"))
        assert isinstance(found, Seen)
        return found

    def rows(self, setting: Setting, seed: int) -> DataFacts:
        """Return what a check-up before training finds in the rows."""
        found = self._read(self.path(setting, seed, "rows"))
        assert isinstance(found, DataFacts)
        return found

    def has(self, job: Job) -> bool:
        """Return whether all that a job asks for is there."""
        kinds = ("outcome", "signals", "rows", "watched") if job.watched else ("outcome",)
        return all(self.path(job.setting, job.seed, kind).exists() for kind in kinds)

    def missing(self, jobs: Iterable[Job]) -> list[Job]:
        """Return the jobs that are not done, each once."""
        found: dict[str, Job] = {}
        for job in jobs:
            key = job.setting.key(job.seed)
            if not self.has(job) and (job.watched or key not in found):
                found[key] = job
        return list(found.values())

    def run(self, jobs: Iterable[Job], processes: int) -> None:
        """Run what is missing, in so many processes, and say now and then how far it is."""
        wanted = self.missing(jobs)
        if processes == 1:
            _settle()
            for number, job in enumerate(wanted):
                self._report(number, len(wanted))
                self.do(job)
            return
        with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_settle) as pool:
            for number, _ in enumerate(pool.map(self.do, wanted, chunksize=4)):
                self._report(number, len(wanted))

    def do(self, job: Job) -> None:
        """Run one job, as far as it is not done."""
        if job.watched and not self.path(job.setting, job.seed, "signals").exists():
            collector = Collector()
            outcome = run.train(run.prepare(job.setting, job.seed, self.data), collector)
            self._write(job, "outcome", outcome)
            self._write(job, "signals", collector.signals)
        if not self.path(job.setting, job.seed, "outcome").exists():
            self._write(job, "outcome", run.train(run.prepare(job.setting, job.seed, self.data)))
        if job.watched and not self.path(job.setting, job.seed, "rows").exists():
            training = run.prepare(job.setting, job.seed, self.data)
            inputs, targets = training.inputs, training.targets
            held_out = (inputs["validation"], targets["validation"])
            self._write(job, "rows", gather(inputs["train"], targets["train"], held_out))
        if job.watched and not self.path(job.setting, job.seed, "watched").exists():
            observer = Watched()
            outcome = run.train(run.prepare(job.setting, job.seed, self.data), observer)
            self._write(job, "watched", Seen(outcome, observer.clinic.record))

    def _read(self, path: Path) -> object:
        return pickle.loads(path.read_bytes())  # noqa: S301 - files of this benchmark's own making

    def _write(self, job: Job, kind: str, what: object) -> None:
        path = self.path(job.setting, job.seed, kind)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(pickle.dumps(what))
        part.replace(path)

    def _report(self, number: int, total: int) -> None:
        if number % 100 == 0:
            print(f"   {number} of {total} trainings", flush=True)


def with_rows(record: Record, rows: DataFacts) -> Record:
    """Return the record as it is when a check-up of all rows went before the training."""
    return replace(record, facts=replace(record.facts, data=rows))


def until(record: Record, step: int) -> Record:
    """Return what the record was after so many updates."""
    if step >= record.step:
        return record
    broken = record.breakdown if record.breakdown and record.breakdown.step <= step else None
    return replace(
        record,
        losses=record.losses[:step],
        observations=[one for one in record.observations if one.step <= step],
        probes=[one for one in record.probes if one.step <= step],
        epochs=[one for one in record.epochs if one.step <= step],
        breakdown=broken,
        finished=False,
    )


def moments(steps: int) -> list[int]:
    """Return the points of a run at which it is diagnosed: 0, 1 %, 2 % … of the steps, and the end."""
    shares = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    return sorted({math.ceil(share * steps) for share in shares})


def _settle() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
