"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object; everything else goes to standard error.")
]

Model = Annotated[
    Path, typer.Argument(metavar="RUN_OR_MODEL", help="A run folder, or a model file that was saved.")
]
