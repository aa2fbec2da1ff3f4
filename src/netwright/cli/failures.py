"""Whatever goes wrong: one message for people on standard error, and an exit status."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from dataclasses import dataclass

import typer

import netwright
from netwright.cli.output import note, print_json
from netwright.errors import MissingExtraError, UserError

DEFECT = 1
MISTAKE = 2
INTERRUPTED = 130
READER_GONE = 141

# What typer raises for a wrong option or argument. Which package it comes from depends on typer's version.
UsageError = typer.BadParameter.__base__


class Interrupted(Exception):  # noqa: N818 - not an error: the user asked for it
    """Ctrl-C, with what is kept and how to go on."""


@dataclass(frozen=True)
class Failure:
    """What is said about something that went wrong.

    Attributes:
        status: the exit status.
        kind: a name for programs.
        message: for people; empty when nobody is left to read it.
    """

    status: int
    kind: str
    message: str


def report(error: BaseException, as_json: bool) -> int:
    """Say what went wrong and return the exit status.

    Args:
        error: what was raised.
        as_json: whether standard output gets it as a JSON object too.
    """
    failure = understand(error)
    if failure.message:
        # A terminal shows ^C where Ctrl-C was pressed; the message gets a line of its own.
        line = "\n" if failure.status == INTERRUPTED and sys.stderr.isatty() else ""
        note(f"{line}netwright: {failure.message}")
        if as_json:
            with contextlib.suppress(OSError):
                print_json({"error": {"type": failure.kind, "message": failure.message}})
    _drop_unwritten_output()
    return failure.status


def understand(error: BaseException) -> Failure:
    """Return what is to be said about an error."""
    kind = type(error).__name__
    if _reader_gone(error):
        return Failure(READER_GONE, kind, "")
    if isinstance(error, Interrupted):
        return Failure(INTERRUPTED, kind, str(error))
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return Failure(INTERRUPTED, "Interrupted", "Interrupted. Nothing was written.")
    if isinstance(error, (UserError, MissingExtraError)):
        return Failure(MISTAKE, kind, str(error))
    if UsageError is not None and isinstance(error, UsageError):
        return Failure(MISTAKE, "UsageError", _usage(error))
    if isinstance(error, OSError):
        return Failure(MISTAKE, kind, _system(error))
    if isinstance(error, MemoryError):
        return Failure(
            MISTAKE, kind, "The memory is used up. Give fewer rows or columns, or a larger machine."
        )
    return Failure(DEFECT, kind, _defect(error))


def _reader_gone(error: BaseException) -> bool:
    """Return whether nobody reads the output; of that rich, which prints the help, makes a SystemExit."""
    return isinstance(error, BrokenPipeError) or (
        isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)
    )


def _usage(error: BaseException) -> str:
    """Return a wrong option or argument in plain words, with the way to the help."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "netwright"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{message.rstrip('.')}. {_setting_meant(error)}See: {command} --help"


def _setting_meant(error: BaseException) -> str:
    """Return how a setting of the recipe is given, where an option that is none names one."""
    name = str(getattr(error, "option_name", "")).lstrip("-").replace("-", "_")
    context = getattr(error, "ctx", None)
    options = [] if context is None else [word for one in context.command.params for word in one.opts]
    if not name or "--set" not in options:
        return ""
    from netwright.recipe.recipe import Recipe

    return f"It is a setting of the recipe: --set {name}=VALUE. " if name in Recipe.model_fields else ""


def _system(error: OSError) -> str:
    """Return what the operating system refused."""
    reason = error.strerror or str(error)
    place = f"{error.filename}: " if error.filename is not None else ""
    return f"{place}{reason}. Choose a place that exists, may be used, and has free space."


def _defect(error: BaseException) -> str:
    """Write the traceback to a file and return the message that names it."""
    brief = "".join(traceback.format_exception_only(error)).strip()
    text = f"netwright {netwright.__version__}, Python {sys.version}\n\n"
    text += "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="netwright-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
    except OSError:
        return f"A defect in netwright, please report it: {brief}\n{text}"
    return f"A defect in netwright: {brief}\nThe details are in {file.name}. Please report it with them."


def _drop_unwritten_output() -> None:
    """Give up output that cannot be written, or Python would complain about it once more at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
