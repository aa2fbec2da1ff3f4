"""The labels of all rows: what a training sees in passing from a sample, a treatment looks at as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netwright.clinic.data_facts import gather
from netwright.clinic.record import Epoch, Facts, Record
from netwright.clinic.rules.labels import labels
from netwright.estimators.base import NetworkEstimator
from netwright.findings import Finding
from netwright.task import Task
from netwright.treatment.case import Case

MOST_NUMBERS = 20_000_000
"""Entries of the prepared rows beyond which their neighbours are not looked for."""


def labels_at_fault(case: Case, model: NetworkEstimator, seed: int) -> Finding | None:
    """Return an alarm with the rows whose labels contradict their neighbours'; None where all is well.

    Asked of a training that went well otherwise: a network that has learnt nothing says nothing of labels.
    """
    if case.target.task not in (Task.BINARY, Task.MULTICLASS):
        return None
    train = case.ready(case.recipe).train
    if sum(tensor.numel() for tensor in train.inputs) > MOST_NUMBERS:
        return None
    truth = case.truth(case.stopping)
    counts = np.bincount(truth.astype(np.int64))
    right = 1 - float(case.mistakes(model, case.stopping).mean())
    seen = Epoch(0, 1.0, 0.0, validation_score=right, validation_trivial=float(counts.max() / counts.sum()))
    facts = Facts(data=gather(list(train.inputs), train.target, seed=seed))
    finding = labels(Record(facts=facts, epochs=[seen]))
    if finding is None or finding.severity != "alarm":
        return None
    return replace(finding, rows=case.placed(facts.data.suspect_labels), step=None)
