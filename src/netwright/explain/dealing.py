"""From a model and raw rows to games, whatever the rows are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from torch import Tensor

from netwright.data.arrays import ArrayPreparation
from netwright.data.items import Form
from netwright.errors import UserError
from netwright.explain.deal import Deal
from netwright.explain.deal_arrays import deal_arrays, picture, series
from netwright.explain.deal_forecasts import deal_forecasts, forecast_answers, refuse_tables
from netwright.explain.deal_tables import Groups, deal_array, deal_table, module_references
from netwright.explain.deal_texts import deal_texts
from netwright.explain.subject import Subject, with_names

By = Literal["column", "word"] | None


def deals_of(
    subject: Subject,
    rows: Any,
    *,
    background: Any = None,
    answer: Any = None,
    groups: Groups = None,
    by: By = None,
    parts: int | None = None,
    seed: int = 0,
) -> tuple[Subject, list[Deal]]:
    """Return the subject, with its answers named, and the games of the rows.

    Args:
        subject: the model.
        rows: raw rows; of a forecaster a table with series, or None for those of its training.
        background: raw rows that stand in for what is not known, or None, see `Explanation.reference`.
        answer: which answer is explained; the second of two classes or the likeliest one when left out.
        groups: columns that count as one player, or "correlated".
        by: "word" for the words of a table with texts; its columns when left out.
        parts: regions of a picture, or stretches of a sequence.
        seed: of the rows drawn from the background.

    Raises:
        UserError: for settings that do not fit the rows, or when there are no rows.
    """
    form = subject.form
    if form is Form.SERIES:
        assert subject.forecaster is not None
        refuse_tables({"background": background, "groups": groups, "by": by})
        subject = replace(subject, answers=forecast_answers(subject.forecaster.shape_.horizon))
        return subject, deal_forecasts(subject, rows, answer, parts)
    if groups is not None and form is not Form.TABLE and form is not Form.MIXED:
        raise UserError(f"groups: for columns of tables; these rows are {form}.")
    if by not in (None, "column", "word"):
        raise UserError(f"by: expected 'column' or 'word', got {by!r}.")
    if parts is not None and form in (Form.TABLE, Form.MIXED, Form.TEXTS):
        raise UserError(f"parts: for regions of pictures and stretches of series; these rows are {form}.")
    if form is Form.TEXTS or by == "word":
        deals = deal_texts(subject, rows, answer)
    elif form in (Form.TABLE, Form.MIXED):
        deals = deal_table(subject, rows, background, answer, groups, seed)
    else:
        subject, deals = _from_tensors(subject, rows, background, answer, parts)
    if not deals:
        raise UserError("explain: there are no rows. Give at least one.")
    return subject, deals


def _from_tensors(
    subject: Subject, rows: Any, background: Any, answer: Any, parts: int | None
) -> tuple[Subject, list[Deal]]:
    inputs = subject.inputs(rows)
    given = None if background is None else subject.inputs(background)
    if not len(inputs[0]):
        return subject, []
    subject = with_names(subject, subject.predict(tuple(one[:1] for one in inputs)).shape[1])
    if subject.form is Form.IMAGES or _is_picture(subject, inputs):
        return subject, deal_arrays(subject, inputs, given, answer, parts, picture)
    if subject.form in (Form.SEQUENCES, Form.SOUNDS) or inputs[0].dim() == 3:
        return subject, deal_arrays(subject, inputs, given, answer, parts, series)
    if len(inputs) > 1 or inputs[0].dim() != 2 or not inputs[0].is_floating_point():
        shapes = ", ".join(str(tuple(one.shape)) for one in inputs)
        raise UserError(
            f"explain: a module of one's own is explained for real numbers of shape (rows, columns), "
            f"(rows, steps, channels) or (rows, channels, height, width), got {shapes}."
        )
    references, said = module_references(inputs[0], None if given is None else given[0])
    return subject, deal_array(subject, inputs[0], references, said, answer)


def _is_picture(subject: Subject, inputs: tuple[Tensor, ...]) -> bool:
    """Return whether arrays for a module of one's own are pictures: (rows, channels, height, width)."""
    own = subject.model is None or isinstance(subject.preparations[0], ArrayPreparation)
    return own and len(inputs) == 1 and inputs[0].dim() == 4
