"""Figures: each draws what it is given, says it in words, and bears what trainings really produce."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report import sample_contents, sample_parts

from netwright.pages.style import Picture
from netwright.report import (
    Calibration,
    CalibrationBin,
    Confusion,
    Curve,
    Estimate,
    GradientFlow,
    History,
    HistoryPoint,
    Importance,
    ImportanceRow,
    LayerSeries,
    ModelRow,
    RegressionEvaluation,
    ReportContents,
    TargetCounts,
)
from netwright.report.figures.calibration import calibration_picture
from netwright.report.figures.confusion import confusion_picture, frequent_confusions
from netwright.report.figures.dots import comparison_picture, importance_picture
from netwright.report.figures.flow import flow_pictures
from netwright.report.figures.learning import loss_picture, rate_picture, score_picture
from netwright.report.figures.ranking import precision_recall_picture, roc_picture
from netwright.report.figures.regression import error_picture, predicted_picture, residual_picture
from netwright.report.figures.target import target_picture
from netwright.report.glossary import describe_metric
from netwright.task import Task

ACCURACY = describe_metric(Task.BINARY, "accuracy")


def spoken(picture: Picture | None) -> str:
    assert picture is not None
    return ElementTree.fromstring(picture.svg).attrib["aria-label"]


def words(picture: Picture | None) -> list[str]:
    assert picture is not None
    return [text.text or "" for text in ElementTree.fromstring(picture.svg).iter("text")]


def history(*losses: tuple[float, float | None], best: int | None = None) -> History:
    points = [HistoryPoint(place + 1.0, place + 1, *pair) for place, pair in enumerate(losses)]
    return History(points, best)


def test_loss_picture_marks_the_best_epoch() -> None:
    picture = loss_picture(history((1.0, 1.1), (0.5, 0.7), (0.2, 0.9), best=1))
    assert "best: epoch 2" in words(picture)
    assert "Training loss goes from 1 to 0.2." in spoken(picture)
    assert "Validation loss is lowest at epoch 2: 0.7." in spoken(picture)


def test_a_wide_range_of_losses_is_drawn_logarithmically() -> None:
    labels = words(loss_picture(history((100.0, None), (1.0, None), (0.01, None))))
    assert {"0.1", "1", "10"} <= set(labels)
    assert "validation" not in labels


@pytest.mark.parametrize("losses", [[(math.nan, None)], [(math.inf, math.nan), (-1.0, 0.0)], [(0.0, 0.0)]])
def test_losses_that_are_not_finite_are_said(losses: list[tuple[float, float | None]]) -> None:
    text = spoken(loss_picture(history(*losses)))
    assert ("not finite" in text) == any(not math.isfinite(train) for train, _ in losses)


def test_a_long_history_stays_small_and_keeps_its_lowest_point() -> None:
    generator = np.random.default_rng(0)
    losses = [(float(value), float(value) + 0.1) for value in generator.random(20_000) + 0.1]
    losses[7_777] = (0.01, 0.02)
    picture = loss_picture(history(*losses, best=12_345))
    assert len(picture.svg) <= 30_000
    assert "Validation loss is lowest at epoch 7,778: 0.02." in spoken(picture)
    assert "best: epoch 12,346" in words(picture)


def test_score_and_rate_pictures_need_something_to_draw() -> None:
    assert score_picture(history((1.0, 1.0)), ACCURACY) is None
    assert rate_picture(history((1.0, 1.0), (1.0, 1.0))) is None
    constant = [HistoryPoint(epoch, 1, 1.0, learning_rate=0.1) for epoch in (1.0, 2.0)]
    assert rate_picture(History(constant)) is None
    falling = [
        HistoryPoint(epoch, 1, 1.0, None, {"accuracy": 0.5 * epoch}, 0.1 / epoch) for epoch in (1.0, 2.0)
    ]
    assert "between 0.05 and 0.1" in spoken(rate_picture(History(falling)))
    assert "from 0.5 at the start to 1 at the end" in spoken(score_picture(History(falling), ACCURACY))


def test_few_layers_are_lines_and_many_are_rows() -> None:
    lines, _ = flow_pictures(sample_parts.flow(layers=3))
    assert "<image" not in lines.svg
    assert {"hidden.0", "hidden.1", "output"} <= set(words(lines))
    rows, updates = flow_pictures(sample_parts.flow(layers=80))
    assert "<image" in rows.svg
    assert "40 of 80 layers are shown." in rows.caption
    assert "smallest in output" in spoken(rows)
    assert updates.title != rows.title


@pytest.mark.parametrize("layers", [1, 9])
@pytest.mark.parametrize("values", [(0.0, 0.0), (math.nan, 1.0), (math.inf, 2.0), (1.0, 1.0)])
def test_gradients_that_vanish_or_explode(layers: int, values: tuple[float, float]) -> None:
    series = [LayerSeries(f"layer {place}", values, values) for place in range(layers)]
    gradients, _ = flow_pictures(GradientFlow((1.0, 2.0), series))
    assert ("nothing but zeros" in spoken(gradients)) == (max(values) == 0)


def test_one_layer_without_any_gradient_among_others() -> None:
    series = [LayerSeries("dead", (0.0,), (0.0,)), LayerSeries("alive", (0.3,), (0.001,))]
    assert "dead –, alive 0.3" in spoken(flow_pictures(GradientFlow((1.0,), series))[0])


def test_confusion_picture_shows_every_count() -> None:
    picture = confusion_picture(Confusion(("a", "b"), ((1234, 5), (0, 9))))
    assert {"1,234", "5", "0", "9", "a", "b"} <= set(words(picture))
    assert spoken(picture) == (
        "Confusion matrix of 2 classes: 1,243 of 1,248 rows are right. "
        "Most frequent mistake: a taken for b, 5 times."
    )


@pytest.mark.parametrize(
    ("classes", "numbers", "names"), [(12, True, True), (26, False, True), (100, False, False)]
)
def test_many_classes_are_a_heat_map(classes: int, numbers: bool, names: bool) -> None:
    counts = 7 * np.eye(classes, dtype=int)
    counts[0, 1] = 3
    picture = confusion_picture(Confusion([f"k{place}" for place in range(classes)], counts))
    assert ("7" in words(picture)) == numbers
    assert ("k5" in words(picture)) == names
    assert ("<image" in picture.svg) == (not numbers)
    assert len(picture.svg) < 30_000


def test_a_confusion_matrix_without_rows() -> None:
    assert "0 of 0 rows" in spoken(confusion_picture(Confusion(("a", "b"), ((0, 0), (0, 0)))))


@given(st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4))
def test_frequent_confusions(counts: list[list[int]]) -> None:
    found = frequent_confusions(Confusion("abcd", counts), 5)
    wrong = sorted(
        (counts[i][j] for i in range(4) for j in range(4) if i != j and counts[i][j]), reverse=True
    )
    assert [size for _, _, size, _ in found] == wrong[:5]
    for true, predicted, size, part in found:
        row = "abcd".index(true)
        assert counts[row]["abcd".index(predicted)] == size
        assert part == pytest.approx(size / sum(counts[row]))


def test_ranking_pictures_name_curves_and_areas() -> None:
    curve = Curve("network", (0.0, 0.0, 1.0), (0.0, 1.0, 1.0), 1.0)
    baseline = replace(curve, name="linear", area=0.5, is_network=False)
    picture = roc_picture((curve, baseline), "yes")
    assert spoken(picture) == "ROC curve of network with area 1.000 and linear with area 0.500."
    assert "rows of class yes" in picture.caption
    recall = precision_recall_picture((curve,), "", 0.25)
    assert "The dotted line is guessing." in recall.caption
    assert "average precision 1.000" in spoken(recall)


def test_at_most_six_curves_are_drawn_and_the_rest_is_said() -> None:
    curves = [Curve(f"class {place}", (0.0, 1.0), (0.0, 1.0)) for place in range(9)]
    picture = roc_picture(curves, "")
    assert "6 of 9 curves are shown." in picture.caption
    assert picture.title == "ROC curve of each class"
    assert "class 6" not in " ".join(words(picture))


def test_a_curve_of_many_points_keeps_its_ends_and_stays_small() -> None:
    x = np.linspace(0, 1, 300_000)
    picture = roc_picture([Curve("network", x, np.sqrt(x))], "")
    assert len(picture.svg) < 20_000


def test_calibration_picture() -> None:
    bins = (CalibrationBin(0.1, 0.12, 50, 0.05, 0.2), CalibrationBin(0.9, 0.5, 7))
    picture = calibration_picture(Calibration(bins, 0.06, "yes"))
    assert "Largest gap: 0.9 predicted, 0.5 observed, in 7 rows." in spoken(picture)
    assert "0.06 (expected calibration error)" in picture.caption


def dots(rows: int) -> RegressionEvaluation:
    generator = np.random.default_rng(3)
    true = generator.normal(50, 10, rows)
    return RegressionEvaluation(true, true + generator.normal(0, 2, rows), "kg")


@pytest.mark.parametrize("draw", [predicted_picture, residual_picture, error_picture])
@pytest.mark.parametrize("rows", [1, 2, 300, 5_000])
def test_regression_pictures(draw: Callable[[RegressionEvaluation], Picture], rows: int) -> None:
    picture = draw(dots(rows))
    assert len(picture.svg) <= 30_000
    assert any("kg" in word for word in words(picture))
    assert ("<image" in picture.svg) == (rows > 400 and draw is not error_picture)


def test_the_size_of_errors_is_said_in_plain_words() -> None:
    true = np.zeros(1_000)
    picture = error_picture(RegressionEvaluation(true, np.linspace(-10, 10, 1_000)))
    assert picture.caption == (
        "Half of the predictions are within 5.01 of the truth, nine in ten within 9. "
        "Beyond the picture: 10 rows."
    )


@settings(max_examples=8)
@given(st.lists(st.tuples(st.floats(-1e140, 1e140), st.floats(-1e140, 1e140)), min_size=1, max_size=30))
def test_regression_pictures_bear_any_numbers(pairs: list[tuple[float, float]]) -> None:
    evaluation = RegressionEvaluation([true for true, _ in pairs], [predicted for _, predicted in pairs])
    for draw in (predicted_picture, residual_picture, error_picture):
        assert spoken(draw(evaluation))


def comparison(*values: float, primary: str = "accuracy") -> ReportContents:
    rows = [
        ModelRow(f"model {place}", {primary: Estimate(value, value - 0.01, value + 0.01)}, place == 0)
        for place, value in enumerate(values)
    ]
    return replace(sample_contents.minimal(), models=tuple(rows), primary_metric=primary)


def test_models_are_compared_best_first() -> None:
    text = spoken(comparison_picture(comparison(0.8, 0.9)))
    assert text == (
        "Accuracy of 2 models, best first: model 1 0.900 (0.890 to 0.910); model 0 0.800 (0.790 to 0.810)."
    )
    losses = spoken(comparison_picture(comparison(0.8, 0.9, primary="log_loss")))
    assert losses.index("model 0") < losses.index("model 1")


def test_a_model_far_off_is_an_arrow_but_never_the_network() -> None:
    far = comparison_picture(comparison(0.93, 0.94, 0.95, 0.1))
    assert far is not None
    assert "beyond the scale" in far.caption
    near = comparison_picture(comparison(0.1, 0.94, 0.95, 0.93))
    assert near is not None
    assert "beyond the scale" not in near.caption


@pytest.mark.parametrize("values", [(), (0.9,), (0.9, math.nan)])
def test_one_model_is_no_comparison(values: tuple[float, ...]) -> None:
    assert comparison_picture(comparison(*values)) is None


def test_importance_picture_orders_columns_and_counts_the_rest() -> None:
    rows = [ImportanceRow(f"column {place}", place / 100, math.nan, 1.0) for place in range(30)]
    picture = importance_picture(Importance([*rows, ImportanceRow("broken", math.nan)], repeats=5), ACCURACY)
    assert picture is not None
    shown = [word for word in words(picture) if word.startswith("column")]
    assert shown == [f"column {place}" for place in range(29, 9, -1)]
    assert "The first 20 of 30 columns." in picture.caption
    assert "Accuracy worsens by" in words(picture)
    assert importance_picture(Importance([ImportanceRow("broken", math.nan)]), None) is None


def test_target_pictures() -> None:
    picture = target_picture(TargetCounts((75, 25), ("no", "yes")), "income")
    assert (
        re.sub("\u00a0", " ", spoken(picture))
        == "Rows by class of income: no 75 (75.0 %) and yes 25 (25.0 %)."
    )
    many = target_picture(TargetCounts(range(1, 31), [f"c{place}" for place in range(30)]), "c")
    assert (
        many.caption
        == "Rows in each of the 30 classes. The smallest, c0, has 1 row. 18 more classes are not shown."
    )
    numbers = target_picture(TargetCounts((1, 5, 2), edges=(0.0, 1.0, 2.0, 3.0)), "price")
    assert spoken(numbers) == "Histogram of price from 0 to 3; most rows lie between 1 and 2."


def test_contents_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(AssertionError):
        TargetCounts((1, 2), ("only one",))
    with pytest.raises(AssertionError):
        Confusion(("a", "b"), ((1, 2, 3), (4, 5, 6)))
    with pytest.raises(AssertionError):
        Curve("network", (0.0, 1.0), (0.0,))
