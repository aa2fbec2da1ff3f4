"""The entry point of the `netwright` command: it always ends with an exit status, never with a traceback."""

from __future__ import annotations

import atexit
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn

STARTED = time.perf_counter()
"""When this module was imported, for the measure of the start-up."""


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and end with its exit status.

    0 when it is done, 2 when something that was given is to be changed, 130 after Ctrl-C, 141 when
    whoever reads the output went away, and 1 for a defect of netwright.

    Args:
        arguments: the words behind `netwright`; those of this process when left out.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Imported inside, so that Ctrl-C is answered from the first moment on.
        from netwright.cli.app import perform

        status = perform(words)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - panics of compiled libraries are no Exception
        from netwright.cli.failures import report

        status = report(error, as_json="--json" in words)
    atexit.unregister(_finish_in_peace)
    atexit.register(_finish_in_peace)
    raise SystemExit(status)


def _finish_in_peace() -> None:
    """Let Ctrl-C come too late: all is said and done, only Python is still tidying up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
