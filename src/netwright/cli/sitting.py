"""One sitting of a training: begun or resumed, told about while it goes on, and what is kept after Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from netwright.cli.announce import announce, warn
from netwright.cli.failures import Interrupted
from netwright.cli.startup import seconds_since_start
from netwright.errors import RecipeError, RunError

if TYPE_CHECKING:
    from netwright.run import Run


@dataclass(frozen=True)
class Sitting:
    """A training that came to its end, and the seconds that passed before it could begin."""

    run: Run
    startup: float


def begin(
    source: Path, target: str | None, out: Path | None, quiet: bool, column: Sequence[str], **options: Any
) -> Sitting:
    """Train into a new run folder.

    Args:
        source: the file with the rows.
        target: the column to predict.
        out: the run folder, or None for the usual place.
        quiet: whether nothing is told on the way.
        column: kinds of columns, words such as "age=number".
        options: of `netwright.train`.
    """
    from netwright.verbs import train as verb
    from netwright.verbs.request import Request, parse_kinds

    startup = seconds_since_start()
    kinds = parse_kinds(list(column))
    place = Path("runs") / Request(str(source.resolve()), target or "").name if out is None else out
    with keeping(place):
        run = verb.train(source, target, out=place, columns=kinds, startup=startup, **options, **_told(quiet))
    return Sitting(run, startup)


def resume(place: Path, quiet: bool) -> Sitting:
    """Go on with a run that was interrupted."""
    from netwright.verbs import train as verb

    startup = seconds_since_start()
    with keeping(place):
        run = verb.resume(place, startup=startup, **_told(quiet))
    return Sitting(run, startup)


def settings_of(recipe: Path | None, flags: Mapping[str, Any], assignments: Sequence[str]) -> dict[str, Any]:
    """Return the settings of a recipe file with flags and assignments put on top.

    Args:
        recipe: the file, or None.
        flags: settings that have an option of their own, such as seed; None where not given.
        assignments: words such as "epochs=20".

    Raises:
        RecipeError: when the file cannot be read, or a setting is given twice.
    """
    from netwright.recipe.files import apply_settings, read_recipe

    given = {name: flag for name, flag in flags.items() if flag is not None}
    for assignment in assignments:
        name = assignment.partition("=")[0].strip()
        if name in given:
            raise RecipeError(f"{name} is given twice, by --{name} and by --set {assignment}. Leave one out.")
    settings = {} if recipe is None else read_recipe(recipe)
    return apply_settings({**settings, **given}, assignments)


def _told(quiet: bool) -> dict[str, Any]:
    """Return the arguments that say what is told on the way."""
    return {"progress": False} if quiet else {"progress": True, "announce": announce, "warn": warn}


@contextmanager
def keeping(place: Path) -> Iterator[None]:
    """Turn Ctrl-C into a message that says what is kept in a run folder."""
    before = _stamp(place)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(_kept(place, begun=_stamp(place) != before)) from None


def _stamp(place: Path) -> tuple[int, int] | None:
    """Return what changes whenever a run's record is written."""
    from netwright.run import REQUEST

    try:
        found = (place / REQUEST).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _kept(place: Path, begun: bool) -> str:
    """Say what is in a run folder after Ctrl-C, and how to go on."""
    from netwright.run import MODEL, Run

    try:
        run = Run.open(place)
        status = run.status
    except RunError:
        return "Interrupted before the training began. Nothing was written."
    verb = "forecast" if run.request.get("verb") == "forecast" else "train"
    # On a line of its own, so that it can be copied.
    go_on = f"\nGo on with: netwright {verb} --resume {quote(str(place))}"
    if status == "finished":
        kept = "the run is finished all the same" if begun else "the run that was there before is untouched"
        return f"Interrupted; {kept}.\nSee it with: netwright show {quote(str(place))}"
    if status == "trained":
        return f"Interrupted after the training; the model is kept in {place}.{go_on}"
    if run.has(MODEL):
        return f"Interrupted; the best model so far is kept in {place}.{go_on}"
    if any(place.glob("checkpoint*")):
        return f"Interrupted; the training so far is kept in {place}.{go_on}"
    return f"Interrupted before the first round was finished; what was asked is kept in {place}.{go_on}"
