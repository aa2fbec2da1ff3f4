"""Report contents for tests: invented, but of the shape and size that real trainings give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.report import sample_parts

from netwright.findings import Finding
from netwright.report import (
    ClassificationEvaluation,
    ColumnFact,
    Confusion,
    DataFacts,
    EnvironmentRow,
    Estimate,
    GradientFlow,
    Importance,
    ImportanceRow,
    LayerSeries,
    Mistake,
    ModelRow,
    Phase,
    RecipeRow,
    RegressionEvaluation,
    ReportContents,
    TargetCounts,
)
from netwright.task import Task

HOSTILE = (
    "<script>alert('x')</script><img src=https://evil.example/a.png onerror=alert(1)>\"&$x^2$ \x00\u202e日本"
)


def minimal() -> ReportContents:
    return ReportContents(
        title="nothing: y",
        created="2026-01-31T09:30:00+00:00",
        version="0.1.0",
        task=Task.BINARY,
        target="y",
    )


def binary() -> ReportContents:
    """Like the breast_cancer demonstration, with a leak and a missing column to report."""
    features = ["mean radius", "mean texture", "worst area", "worst concave points", "symmetry error"]
    return replace(
        minimal(),
        title="breast_cancer: diagnosis",
        target="diagnosis",
        source="breast_cancer.csv",
        headline="The network tells malignant from benign cells with a ROC AUC of 0.994, level with gradient "
        "boosting (0.992) and a linear model (0.995): take the linear model, which is simpler.",
        tone="caution",
        primary_metric="roc_auc",
        models=sample_parts.binary_models(),
        measured_rows=114,
        data=DataFacts(
            rows=569,
            columns=32,
            train_rows=364,
            validation_rows=91,
            test_rows=114,
            split_reason="Drawn at random with equal shares of the classes (seed 0).",
            target=TargetCounts(counts=(357, 212), labels=("benign", "malignant")),
        ),
        columns=(
            ColumnFact("patient_id", "identifier", False, "569 different values in 569 rows", 0.0),
            *(ColumnFact(name, "number", True, "all values are numbers", 0.002) for name in features),
            ColumnFact("hospital", "category", True, "4 different words", 0.12),
        ),
        decisions=(
            "Delimiter: comma, the only one that gives every line the same number of fields.",
            "Encoding: UTF-8, as the file has no byte that is not.",
            "Missing markers found: '?' in hospital (68 times).",
        ),
        findings=sample_parts.findings(),
        recipe=sample_parts.recipe(),
        history=sample_parts.history(metric="roc_auc"),
        gradient_flow=sample_parts.flow(layers=3),
        evaluation=sample_parts.binary_evaluation(),
        importance=sample_parts.importance(features),
        worst_mistakes=tuple(
            Mistake(
                17 * row,
                "benign",
                "malignant",
                0.97 - 0.05 * row,
                {"mean radius": "15.3", "hospital": "north"},
            )
            for row in range(6)
        ),
        timing=sample_parts.timing(),
        environment=sample_parts.environment(),
        reproduce="netwright train breast_cancer.csv --target diagnosis --seed 0",
    )


def multiclass(classes: int = 4, rows: int = 2_000) -> ReportContents:
    generator = np.random.default_rng(1)
    labels = tuple(
        chr(ord("A") + place) if classes <= 26 else f"class {place:03d}" for place in range(classes)
    )
    true = generator.integers(0, classes, rows)
    slip = np.where(generator.random(rows) < 0.15, generator.choice([-1, 1, 2], rows), 0)
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (true, (true + slip) % classes), 1)
    return replace(
        binary(),
        title="letters: letter",
        task=Task.MULTICLASS,
        target="letter",
        headline="The network names the right letter in 85 of 100 rows; gradient boosting does in 81.",
        tone="good",
        primary_metric="accuracy",
        models=(
            ModelRow("network", {"accuracy": Estimate(0.851, 0.836, 0.867)}, True, 21.4, 0.031, 412_000),
            ModelRow(
                "gradient boosting", {"accuracy": Estimate(0.812, 0.795, 0.829)}, False, 9.3, 0.2, 2_100_000
            ),
            ModelRow("linear model", {"accuracy": Estimate(0.69, 0.67, 0.71)}, False, 1.2, 0.003, 15_000),
            ModelRow(
                "most frequent class", {"accuracy": Estimate(0.05, 0.04, 0.06)}, False, 0.001, 0.001, 300
            ),
        ),
        measured_rows=rows,
        findings=(),
        history=sample_parts.history(metric="accuracy"),
        gradient_flow=sample_parts.flow(layers=9),
        evaluation=ClassificationEvaluation(
            confusion=Confusion(labels, counts),
            roc=tuple(
                sample_parts.one_against_rest(label, true == place) for place, label in enumerate(labels[:7])
            ),
            calibration=sample_parts.calibration("the predicted class"),
        ),
        data=DataFacts(
            rows=10_000,
            columns=16,
            train_rows=6_400,
            validation_rows=1_600,
            test_rows=rows,
            target=TargetCounts(counts=tuple(counts.sum(axis=1).tolist()), labels=labels),
        ),
    )


def regression(rows: int = 3_000) -> ReportContents:
    generator = np.random.default_rng(2)
    true = np.minimum(generator.lognormal(12, 0.5, rows), 500_001)
    predicted = true + generator.normal(0, 25_000, rows) * np.sqrt(true / 160_000)
    counts, edges = np.histogram(true, bins=40)
    rmse = {"rmse": Estimate(46_310.4, 44_620.0, 48_105.0), "r2": Estimate(0.838, 0.825, 0.85)}
    return replace(
        binary(),
        title="california_housing: median_house_value",
        task=Task.REGRESSION,
        target="median_house_value",
        headline="The network misses the price by 46,310, about as little as gradient boosting.",
        tone="good",
        primary_metric="rmse",
        models=(
            ModelRow("network", rmse, True, 41.0, 0.04, 310_000),
            ModelRow(
                "gradient boosting",
                {"rmse": Estimate(47_176.0, 45_400.0, 48_900.0)},
                False,
                0.9,
                0.02,
                900_000,
            ),
            ModelRow(
                "linear model", {"rmse": Estimate(68_900.0, 67_000.0, 70_700.0)}, False, 0.1, 0.001, 2_000
            ),
            ModelRow("mean", {"rmse": Estimate(114_800.0, 112_500.0, 117_000.0)}, False, 0.001, 0.001, 300),
        ),
        measured_rows=rows,
        findings=(),
        history=sample_parts.history(metric="rmse"),
        evaluation=RegressionEvaluation(true, predicted, "US dollars"),
        data=DataFacts(
            rows=20_640,
            columns=9,
            train_rows=13_210,
            validation_rows=3_302,
            test_rows=4_128,
            target=TargetCounts(counts=counts.tolist(), edges=edges),
        ),
        importance=Importance((ImportanceRow("median_income", 41_000.0, 39_500.0, 42_600.0),), "rmse", 5),
        worst_mistakes=(Mistake(3, "500,001", "182,400", -317_601.0, {"median_income": "3.1"}),),
    )


def huge() -> ReportContents:
    """100 classes, 500 columns with long names, 80 layers, 5,000 looks at the training."""
    names = [
        f"measurement_of_the_{'very_' * (place % 9)}important_quantity_{place:03d}" for place in range(500)
    ]
    return replace(
        multiclass(classes=100, rows=20_000),
        columns=tuple(
            ColumnFact(name, "number", place % 50 > 0, "all numbers") for place, name in enumerate(names)
        ),
        history=sample_parts.history("accuracy", epochs=5_000),
        gradient_flow=sample_parts.flow(layers=80, epochs=5_000),
        importance=Importance(
            tuple(ImportanceRow(name, 1 / (3 + place)) for place, name in enumerate(names))
        ),
        worst_mistakes=tuple(
            Mistake(row, "class 007", "class 013", 0.99, dict.fromkeys(names[:40], "0.123"))
            for row in range(300)
        ),
    )


def hostile() -> ReportContents:
    """Markup, mathematics, control characters and endless words wherever text comes from the user."""
    long = "x" * 4_000
    confusion = Confusion((HOSTILE, long), ((5, 2), (1, 9)))
    curve = sample_parts.one_against_rest("a", np.arange(200) % 3 == 0)
    whole = binary()
    assert whole.history is not None
    return replace(
        whole,
        title=HOSTILE,
        target=HOSTILE,
        source=f"{HOSTILE}.csv",
        headline=HOSTILE,
        notices=(HOSTILE,),
        models=tuple(replace(model, name=HOSTILE, note=HOSTILE) for model in whole.models),
        data=replace(whole.data, split_reason=HOSTILE, target=TargetCounts((3, 1), labels=(HOSTILE, long))),
        columns=(
            ColumnFact(HOSTILE, HOSTILE, True, HOSTILE, float("nan")),
            ColumnFact(long, "text", False, long),
        ),
        decisions=(HOSTILE, long),
        findings=(
            Finding(HOSTILE, "alarm", HOSTILE, HOSTILE, (HOSTILE,), (3,), {HOSTILE: HOSTILE, "list": [1, 2]}),
        ),
        recipe=(RecipeRow(HOSTILE, HOSTILE, HOSTILE),),
        history=replace(whole.history, ending=HOSTILE),
        gradient_flow=GradientFlow((1.0, 2.0), (LayerSeries(HOSTILE, (1.0, 2.0), (0.0, float("nan"))),)),
        evaluation=ClassificationEvaluation(
            confusion=confusion,
            roc=(replace(curve, name=HOSTILE),),
            precision_recall=(replace(curve, name=HOSTILE),),
            positive=HOSTILE,
            calibration=sample_parts.calibration(HOSTILE),
        ),
        importance=Importance((ImportanceRow(HOSTILE, 0.1), ImportanceRow(long, float("nan"))), HOSTILE, 5),
        worst_mistakes=(Mistake(0, HOSTILE, HOSTILE, 0.9, {HOSTILE: HOSTILE, "long": long}),),
        timing=(Phase(HOSTILE, 1.0),),
        environment=(EnvironmentRow(HOSTILE, HOSTILE, HOSTILE),),
        reproduce=f"netwright train {HOSTILE!r}",
    )
