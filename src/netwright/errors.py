"""Errors that teach: what was expected, what came, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches


class UserError(ValueError):
    """A mistake in what netwright was given; its message names the place and the remedy."""


class DataError(UserError):
    """The data cannot be used as given; names the column and row."""


class RecipeError(UserError):
    """A setting of the recipe is unknown or impossible; names the field."""


class ArtifactError(UserError):
    """A saved model cannot be loaded: damaged, altered, or written by a newer version."""


class RunError(UserError):
    """A run folder cannot be used as asked."""


class TrainingError(UserError):
    """The training cannot go on; names the step and the layer."""


class ExportError(UserError):
    """A model cannot be exported as asked, or the exported file does not answer as the model does."""


class MissingExtraError(ImportError):
    """An optional dependency is not installed; the message is the install line."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f"Install it with: pip install 'netwright[{extra}]'"
        )


@contextmanager
def needing(package: str, extra: str, purpose: str) -> Iterator[None]:
    """Import what an extra installs: where it is missing, the error is the install line.

    Args:
        package: as it is installed.
        extra: that holds it.
        purpose: what needs it, the beginning of a sentence.

    Raises:
        MissingExtraError: when an import inside fails.

    >>> with needing("numpy", "images", "Reading pictures"):
    ...     import numpy
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(package, extra, purpose) from error


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest in spelling to `name`, or None.

    >>> nearest("incme", ["age", "income"])
    'income'
    """
    candidates = {choice.lower(): choice for choice in known}
    matches = get_close_matches(name.lower(), candidates, n=1, cutoff=0.6)
    return candidates[matches[0]] if matches else None


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return the sentence that leads from a wrong name to the right one.

    >>> did_you_mean("incme", ["age", "income"])
    "Did you mean 'income'? Known: age, income."
    """
    closest = nearest(name, known)
    hint = f"Did you mean {closest!r}? " if closest else ""
    return f"{hint}Known: {listing(known)}."


def listing(names: Iterable[object], limit: int = 12) -> str:
    """Return names joined by commas, shortened after `limit` of them.

    >>> listing(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    items = [str(name) for name in names]
    if len(items) <= limit:
        return ", ".join(items)
    return f"{', '.join(items[:limit])} and {len(items) - limit:,} more"
