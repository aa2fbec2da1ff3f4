"""`python -m netwright` is the same as the command `netwright`."""

from __future__ import annotations

from netwright.cli.main import run

if __name__ == "__main__":
    run()
