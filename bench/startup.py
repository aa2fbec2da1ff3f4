"""How long netwright takes before it does anything: nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys

from common import announce, arguments, program, row, seconds_of

# Python keeps compiled files unless told not to; without them every start would compile again.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
IMPORT = "import time; start = time.perf_counter(); import netwright; print(time.perf_counter() - start)"


def output(*command: str) -> str:
    """Run a command in a fresh process and return what it printed."""
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    repeats = range(parser.parse_args().repeats)
    announce("Start-up")
    output(program(), "--help")
    row("python -c pass", [seconds_of(lambda: output(sys.executable, "-c", "pass")) for _ in repeats], "s")
    row("import netwright", [float(output(sys.executable, "-c", IMPORT)) for _ in repeats], "s", at_most=0.1)
    row(
        "netwright --help",
        [seconds_of(lambda: output(program(), "--help")) for _ in repeats],
        "s",
        at_most=0.4,
    )


if __name__ == "__main__":
    main()
