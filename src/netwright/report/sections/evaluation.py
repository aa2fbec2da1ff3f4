"""The evaluation: curves and counts of a classification, errors of a regression."""

from __future__ import annotations

import numpy as np

from netwright.pages.blocks import Block, Cell, Details, Section, Table, Text, figures, number_cell
from netwright.pages.wording import NOTHING, left_out, share, shorten
from netwright.report.contents import ReportContents
from netwright.report.figures.calibration import calibration_picture
from netwright.report.figures.confusion import confusion_picture, frequent_confusions
from netwright.report.figures.ranking import precision_recall_picture, roc_picture
from netwright.report.figures.regression import (
    error_picture,
    finite_pairs,
    predicted_picture,
    residual_picture,
)
from netwright.report.measurements import ClassificationEvaluation, Confusion, RegressionEvaluation
from netwright.report.sections.absence import absence

MOST_CLASSES = 40
MOST_CONFUSIONS = 12


def evaluation_section(contents: ReportContents) -> Section | None:
    """Show where the network is right and wrong; None when nothing was measured and no reason is given."""
    evaluation = contents.evaluation
    if isinstance(evaluation, ClassificationEvaluation):
        blocks = _classification(evaluation)
    elif isinstance(evaluation, RegressionEvaluation):
        blocks = _regression(evaluation)
    else:
        blocks = absence(contents, "evaluation")
    return Section("evaluation", "Where it is right and wrong", "Right and wrong", blocks) if blocks else None


def _classification(evaluation: ClassificationEvaluation) -> list[Block]:
    confusion, calibration = evaluation.confusion, evaluation.calibration
    positive, base = evaluation.positive, evaluation.positive_share
    recall = evaluation.precision_recall
    blocks = figures(
        confusion_picture(confusion) if confusion else None,
        calibration_picture(calibration) if calibration and calibration.bins else None,
        roc_picture(evaluation.roc, positive) if evaluation.roc else None,
        precision_recall_picture(recall, positive, base) if recall else None,
    )
    if confusion and len(confusion.labels) > 2:
        blocks.append(_most_confused(confusion))
    if confusion:
        blocks.append(Details("Class by class", [_by_class(confusion)]))
    return blocks


def _regression(evaluation: RegressionEvaluation) -> list[Block]:
    true, predicted = finite_pairs(evaluation)
    if len(true) == 0:
        return [Text("No row has both a true and a predicted number, so that there is nothing to draw.")]
    finite = RegressionEvaluation(true, predicted, evaluation.unit)
    blocks = figures(predicted_picture(finite), residual_picture(finite), error_picture(finite))
    lost = len(evaluation.true) - len(true)
    if lost:
        blocks.append(Text(f"Rows without a finite prediction or truth are left out: {lost:,}.", "aside"))
    return blocks


def _most_confused(confusion: Confusion) -> Block:
    pairs = frequent_confusions(confusion, MOST_CONFUSIONS)
    if not pairs:
        return Text("No class was taken for another.")
    head = [
        Cell("True class"),
        Cell("taken for"),
        number_cell("Rows"),
        number_cell("Share of the true class"),
    ]
    rows = [
        [
            Cell(shorten(true, 60)),
            Cell(shorten(predicted, 60)),
            number_cell(f"{rows:,}"),
            number_cell(share(part)),
        ]
        for true, predicted, rows, part in pairs
    ]
    return Table("The most frequent confusions", head, rows)


def _by_class(confusion: Confusion) -> Table:
    counts = np.asarray(confusion.counts, dtype=np.int64)
    right, true, answered = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    head = [
        Cell("Class"),
        number_cell("Rows"),
        number_cell("Recall", "share found"),
        number_cell("Precision", "share of answers right"),
    ]
    rows = [
        [
            Cell(shorten(label, 60)),
            number_cell(f"{true[place]:,}"),
            number_cell(share(right[place] / true[place]) if true[place] else NOTHING),
            number_cell(share(right[place] / answered[place]) if answered[place] else NOTHING),
        ]
        for place, label in enumerate(confusion.labels[:MOST_CLASSES])
    ]
    note = left_out(len(counts) - len(rows), "class", "classes")
    return Table("Recall and precision by class", head, rows, note=note)
