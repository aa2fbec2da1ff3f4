"""Pieces of invented report contents, see `sample_contents`."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from netwright.findings import Finding
from netwright.report import (
    Calibration,
    CalibrationBin,
    ClassificationEvaluation,
    Confusion,
    Curve,
    EnvironmentRow,
    Estimate,
    GradientFlow,
    History,
    HistoryPoint,
    Importance,
    ImportanceRow,
    LayerSeries,
    ModelRow,
    Phase,
    RecipeRow,
)


def binary_models() -> tuple[ModelRow, ...]:
    def metrics(roc_auc: float, accuracy: float, log_loss: float) -> dict[str, Estimate]:
        return {
            "roc_auc": Estimate(roc_auc, roc_auc - 0.011, min(1.0, roc_auc + 0.005)),
            "accuracy": Estimate(accuracy, accuracy - 0.035, min(1.0, accuracy + 0.026)),
            "log_loss": Estimate(log_loss, log_loss - 0.03, log_loss + 0.05),
        }

    return (
        ModelRow("network", metrics(0.994, 0.965, 0.081), True, 2.31, 0.0009, 53_200),
        ModelRow("linear model", metrics(0.995, 0.974, 0.074), False, 0.02, 0.0004, 4_100),
        ModelRow("gradient boosting", metrics(0.992, 0.956, 0.112), False, 0.61, 0.004, 310_000),
        ModelRow("most frequent class", {"roc_auc": Estimate(0.5, 0.5, 0.5)}, note="knows no probabilities"),
    )


def binary_evaluation(rows: int = 400) -> ClassificationEvaluation:
    generator = np.random.default_rng(0)
    true = generator.random(rows) < 0.37
    scores = generator.normal(0, 1, rows) + 2.6 * true
    worse = generator.normal(0, 1, rows) + 1.9 * true
    answers = scores > 1.3
    counts = [[int((~true & ~answers).sum()), int((~true & answers).sum())]]
    counts.append([int((true & ~answers).sum()), int((true & answers).sum())])
    return ClassificationEvaluation(
        confusion=Confusion(("benign", "malignant"), counts),
        roc=(roc("network", true, scores), roc("gradient boosting", true, worse, is_network=False)),
        precision_recall=(recall("network", true, scores), recall("gradient boosting", true, worse, False)),
        positive="malignant",
        positive_share=0.37,
        calibration=calibration("malignant"),
    )


def roc(name: str, true: np.ndarray, scores: np.ndarray, is_network: bool = True) -> Curve:
    false_alarms, found, _ = roc_curve(true, scores)
    return Curve(name, false_alarms, found, float(roc_auc_score(true, scores)), is_network)


def recall(name: str, true: np.ndarray, scores: np.ndarray, is_network: bool = True) -> Curve:
    precision, found, _ = precision_recall_curve(true, scores)
    return Curve(name, found, precision, float(average_precision_score(true, scores)), is_network)


def one_against_rest(label: str, true: np.ndarray) -> Curve:
    scores = np.random.default_rng(len(label) + ord(label[-1])).normal(0, 1, len(true)) + 2.5 * true
    return roc(label, true, scores)


def calibration(about: str) -> Calibration:
    centres = np.linspace(0.05, 0.95, 10)
    observed = np.clip(centres + 0.05 * np.sin(7 * centres), 0, 1)
    counts = (120, 40, 18, 9, 7, 6, 9, 14, 30, 85)
    bins = tuple(
        CalibrationBin(centre, seen, rows, max(0.0, seen - 0.9 / rows**0.5), min(1.0, seen + 0.9 / rows**0.5))
        for centre, seen, rows in zip(centres.tolist(), observed.tolist(), counts, strict=True)
    )
    return Calibration(bins, 0.031, about)


def history(metric: str, epochs: int = 60, scale: float = 1.0) -> History:
    def point(epoch: int) -> HistoryPoint:
        rise = 0.0011 * max(0, epoch - 28) ** 1.2
        return HistoryPoint(
            epoch=float(epoch),
            step=12 * epoch,
            train_loss=0.62 * np.exp(-epoch / 9) + 0.02,
            validation_loss=0.6 * np.exp(-epoch / 9) + 0.065 + rise,
            metrics={metric: scale * (1 - 0.4 * np.exp(-epoch / 7) - rise / 8)},
            learning_rate=0.001 * (1 + np.cos(np.pi * epoch / epochs)) / 2,
            seconds=0.05 * epoch,
        )

    points = tuple(point(epoch) for epoch in range(1, epochs + 1))
    best = int(np.argmin([point.validation_loss for point in points]))
    return History(points, best, "loss", "Stopped early: the validation loss did not fall for 24 epochs.")


def flow(layers: int, epochs: int = 60) -> GradientFlow:
    times = np.arange(1, epochs + 1, dtype=float)
    series = tuple(
        LayerSeries(
            f"hidden.{place}" if place < layers - 1 else "output",
            0.4 * 0.75**place * np.exp(-times / 40) * (1 + 0.2 * np.sin(times + place)),
            2e-3 * 0.9**place * np.exp(-times / 30) * (1 + 0.2 * np.cos(times + place)),
        )
        for place in range(layers)
    )
    return GradientFlow(times, series)


def importance(columns: list[str]) -> Importance:
    rows = tuple(
        ImportanceRow(name, 0.08 * 0.6**place - 0.001, 0.06 * 0.6**place - 0.004, 0.1 * 0.6**place + 0.002)
        for place, name in enumerate(columns)
    )
    return Importance(rows, "roc_auc", 5)


def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            "duplicates",
            "note",
            "3 rows of the test part are also in the training part.",
            "Drop them or split by group with --group.",
            rows=(4, 17, 230),
            evidence={"share": 0.026},
        ),
        Finding(
            "leak",
            "alarm",
            "The column 'biopsy_result' alone gives the answer away (ROC AUC 0.999).",
            "If it is not known when the prediction is needed, train with --ignore biopsy_result.",
            columns=("biopsy_result",),
            evidence={"roc_auc_alone": 0.9991, "rows": 569},
        ),
    )


def recipe() -> tuple[RecipeRow, ...]:
    return (
        RecipeRow(
            "network", "MLP(hidden=(128, 128), activation='relu', dropout=0.2)", "364 rows: a small network"
        ),
        RecipeRow("optimizer", "AdamW(learning_rate=0.002, weight_decay=0.01)", "the default for tables"),
        RecipeRow("batch_size", "32", "364 training rows, two cores"),
        RecipeRow("early_stopping", "EarlyStopping(patience=24)", "91 validation rows are a noisy judge"),
        RecipeRow("seed", "0", "given"),
    )


def timing() -> tuple[Phase, ...]:
    return (
        Phase("start", 2.4, fixed=True),
        Phase("read and type", 0.08),
        Phase("train", 2.31),
        Phase("baselines", 0.9),
        Phase("evaluate and explain", 0.7),
    )


def environment() -> tuple[EnvironmentRow, ...]:
    return (
        EnvironmentRow("netwright", "0.1.0"),
        EnvironmentRow("Python", "3.11.7"),
        EnvironmentRow("PyTorch", "2.13.0"),
        EnvironmentRow("device", "CPU, 2 threads", "no GPU was found"),
        EnvironmentRow("precision", "float32", "bfloat16 was measured and 1.3 times slower"),
    )
