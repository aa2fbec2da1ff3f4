"""What is asked of a network: which of two, which of many, several at once, or how much."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """The kind of answer that a target asks for."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"

    @property
    def is_classification(self) -> bool:
        """Whether the answer is a class or a set of labels rather than a number."""
        return self is not Task.REGRESSION
