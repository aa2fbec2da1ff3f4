"""From what a training left behind to the plain data of its report."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import torch

import netwright
from netwright.compare import curves as measured_curves
from netwright.compare.measurements import Measurement
from netwright.estimators.base import NetworkEstimator
from netwright.explain.check import Check
from netwright.recipe.files import setting_text
from netwright.report.contents import (
    ColumnFact,
    DataFacts,
    EnvironmentRow,
    GradientFlow,
    History,
    HistoryPoint,
    LayerSeries,
    Phase,
    PictureSample,
    RecipeRow,
    ReportContents,
    SequenceSample,
    TargetCounts,
)
from netwright.report.measurements import (
    Calibration,
    CalibrationBin,
    ClassificationEvaluation,
    Confusion,
    Curve,
    Estimate,
    Importance,
    Mistake,
    ModelRow,
    RegressionEvaluation,
)
from netwright.run import MODEL, Run
from netwright.task import Task
from netwright.verbs import pictures, sequences, texts
from netwright.verbs.budget import Budget
from netwright.verbs.evidence import Evidence
from netwright.verbs.health import health_of
from netwright.verbs.material import Material
from netwright.verbs.request import Request
from netwright.verbs.treatment_facts import treatment_facts

HISTOGRAM_BINS = 30


def report_contents(
    run: Run,
    request: Request,
    material: Material,
    model: NetworkEstimator,
    evidence: Evidence,
    budget: Budget,
    startup: float | None,
) -> ReportContents:
    """Return everything that the report of a training shows."""
    target = material.target
    return ReportContents(
        title=f"{request.name}: {target.name}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=netwright.__version__,
        task=target.task,
        target=target.name,
        source=Path(request.source).name if request.source else "rows in memory",
        headline=evidence.verdict.sentence,
        tone="good" if evidence.verdict.use == "network" else "caution",
        notices=_notices(model),
        primary_metric=evidence.verdict.metric,
        models=_models(run, evidence, budget),
        measured_on="test",
        measured_rows=len(material.split.test),
        data=_data(material),
        columns=_columns(material),
        decisions=material.decisions,
        findings=material.findings,
        health=health_of(run),
        treatment=treatment_facts(run),
        recipe=_recipe(model),
        history=_history(model),
        gradient_flow=_gradient_flow(model),
        evaluation=_evaluation(material, evidence),
        promises=evidence.promises,
        importance=None if evidence.importance is None else Importance.of(evidence.importance),
        explanations=evidence.checked if isinstance(evidence.checked, Check) else None,
        absent={"explanations": evidence.checked} if isinstance(evidence.checked, str) else {},
        worst_mistakes=_mistakes(material, evidence),
        samples=_samples(material),
        texts=texts.facts_of(material, model),
        sequences=_sequences(material),
        timing=_timing(budget, startup),
        environment=_environment(model),
        reproduce=_command(request),
    )


def _notices(model: NetworkEstimator) -> list[str]:
    outcome = getattr(model, "outcome_", None)
    return list(outcome.events) if outcome is not None else []


def _estimate(measured: Measurement) -> Estimate | None:
    return None if measured.value is None else Estimate(measured.value, measured.low, measured.high)


def _models(run: Run, evidence: Evidence, budget: Budget) -> list[ModelRow]:
    seconds = {one.name: one.fit_seconds for one in evidence.baselines}
    notes = {one.name: one.note for one in evidence.baselines}
    rows = []
    for model in evidence.verdict.models:
        is_network = model.name == "network"
        measured = evidence.evaluation.metrics if is_network else model.metrics
        estimates = {one.name: estimate for one in measured if (estimate := _estimate(one)) is not None}
        rows.append(
            ModelRow(
                name=model.label,
                metrics=estimates,
                is_network=is_network,
                fit_seconds=budget.phases.get("training") if is_network else seconds[model.name],
                predict_seconds=evidence.predict_seconds if is_network else None,
                size_bytes=(run.path / MODEL).stat().st_size if is_network else None,
                note=notes.get(model.name, ""),
            )
        )
    return rows


def _data(material: Material) -> DataFacts:
    split = material.split
    return DataFacts(
        rows=material.frame.height,
        columns=len(material.schema.columns),
        train_rows=len(split.train),
        validation_rows=len(split.validation),
        test_rows=len(split.test),
        split_reason=split.reason,
        target=_target_counts(material),
    )


def _target_counts(material: Material) -> TargetCounts:
    target = material.target
    values = target.encode(material.frame[target.name])
    if target.task is Task.REGRESSION:
        counts, edges = np.histogram(target.decode_numbers(values), bins=HISTOGRAM_BINS)
        return TargetCounts(counts=counts.tolist(), edges=edges.tolist())
    counts = np.bincount(values, minlength=len(target.classes))
    return TargetCounts(counts=counts.tolist(), labels=[str(label) for label in target.classes])


def _columns(material: Material) -> list[ColumnFact]:
    frame = material.frame
    rows = max(1, frame.height)
    return [
        ColumnFact(
            name=column.name,
            kind=str(column.kind),
            used=column.used,
            reason=column.reason,
            missing=frame[column.name].null_count() / rows,
        )
        for column in material.schema.columns
    ]


def _recipe(model: NetworkEstimator) -> list[RecipeRow]:
    plain = model.recipe_.to_plain()
    return [
        RecipeRow(name, setting_text(value), model.reasons_.get(name, "")) for name, value in plain.items()
    ]


def _history(model: NetworkEstimator) -> History:
    points = [
        HistoryPoint(
            epoch=one.epoch,
            step=one.step,
            train_loss=one.train_loss,
            validation_loss=one.validation.get("loss"),
            metrics={name: score for name, score in one.validation.items() if name != "loss"},
            learning_rate=one.learning_rate,
            seconds=one.seconds,
        )
        for one in model.history_
    ]
    stopping = model.recipe_.early_stopping
    best = [place for place, one in enumerate(model.history_) if one.best]
    monitor = "loss" if stopping is None or stopping.metric == "auto" else stopping.metric
    outcome = getattr(model, "outcome_", None)
    ending = outcome.ending if outcome is not None else ""
    return History(points, best[-1] if best and stopping is not None else None, monitor, ending)


def _gradient_flow(model: NetworkEstimator) -> GradientFlow | None:
    rounds = [one for one in model.history_ if one.layers]
    if not rounds:
        return None
    layers = [
        LayerSeries(
            name,
            [one.layers[name].gradient for one in rounds],
            [one.layers[name].update for one in rounds],
        )
        for name in rounds[0].layers
    ]
    return GradientFlow([one.epoch for one in rounds], layers)


def _evaluation(
    material: Material, evidence: Evidence
) -> ClassificationEvaluation | RegressionEvaluation | None:
    measured, target = evidence.evaluation, material.target
    if target.task is Task.REGRESSION:
        if not measured.residuals:
            return None
        first = measured.residuals[0]
        return RegressionEvaluation(true=first.true, predicted=first.predicted)
    confusion, calibration = measured.confusion, measured.calibration
    positive = str(target.classes[1]) if target.task is Task.BINARY else ""
    return ClassificationEvaluation(
        confusion=None if confusion is None else Confusion(confusion.labels, confusion.counts),
        roc=_curves(measured.roc),
        precision_recall=_curves(measured.precision_recall),
        positive=positive,
        positive_share=measured.roc[0].share if measured.roc and positive else None,
        calibration=None
        if calibration is None
        else Calibration(
            [CalibrationBin(**one.__dict__) for one in calibration.bins], calibration.error, calibration.about
        ),
    )


def _curves(curves: tuple[measured_curves.Curve, ...]) -> list[Curve]:
    return [Curve(one.name, one.x, one.y, one.area) for one in curves]


def _mistakes(material: Material, evidence: Evidence) -> list[Mistake]:
    column = pictures.column_of(material.schema)
    return [
        Mistake(**mistake.__dict__, picture=pictures.thumbnail(mistake.values[column]) if column else "")
        for mistake in evidence.mistakes
    ]


def _sequences(material: Material) -> list[SequenceSample]:
    column = sequences.column_of(material.schema)
    if column is None:
        return []
    rows = material.split.train[: sequences.LOOKED_AT]
    return sequences.samples(
        material.frame[column.name].gather(rows), material.truth(rows), rows, column.kind
    )


def _samples(material: Material) -> list[PictureSample]:
    column = pictures.column_of(material.schema)
    if column is None:
        return []
    rows = material.split.train
    return pictures.samples(material.frame[column].gather(rows), material.truth(rows))


def _timing(budget: Budget, startup: float | None) -> list[Phase]:
    fixed = [Phase("start-up", startup, fixed=True)] if startup is not None else []
    return fixed + [Phase(name, seconds) for name, seconds in budget.phases.items()]


def _environment(model: NetworkEstimator) -> list[EnvironmentRow]:
    recipe, reasons = model.recipe_, model.reasons_
    facts: list[tuple[str, Any, str]] = [
        ("device", recipe.device, reasons.get("device", "")),
        ("precision", recipe.precision, reasons.get("precision", "")),
        ("threads", torch.get_num_threads(), ""),
        ("processor", platform.processor() or platform.machine(), ""),
        ("Python", platform.python_version(), ""),
        ("PyTorch", torch.__version__, ""),
        ("scikit-learn", version("scikit-learn"), ""),
        ("netwright", netwright.__version__, ""),
    ]
    return [EnvironmentRow(name, str(value), reason) for name, value, reason in facts]


def _command(request: Request) -> str:
    """Return the command that gives this result again."""
    words = ["netwright train", quote(request.source or "ROWS"), "--target", quote(request.target)]
    if request.test is not None:
        words += ["--test", quote(request.test)]
    for flag, values in (
        ("--ignore", request.ignore),
        ("--column", [f"{k}={v}" for k, v in request.kinds.items()]),
    ):
        for given in values:
            words += [flag, quote(given)]
    for flag, value in (
        ("--group", request.group),
        ("--order-by", request.order_by),
        ("--task", request.task),
    ):
        if value is not None:
            words += [flag, quote(value)]
    for name, setting in request.recipe.items():
        words += ["--set", quote(f"{name}={setting_text(setting)}")]
    return " ".join(words)
