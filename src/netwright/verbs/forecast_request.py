"""What was asked of a forecast: enough to do it again, kept in the run folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import quote
from typing import Any, Self

from netwright.data.panel import Columns
from netwright.errors import RunError
from netwright.recipe.forecast import ForecastRecipe
from netwright.run import Run
from netwright.verbs.source import files_of


@dataclass(frozen=True)
class ForecastRequest:
    """A forecast as the user asked for it.

    Attributes:
        source: the file with the rows, absolute; "" for rows in memory.
        horizon: steps ahead.
        columns: what they are.
        recipe: settings, plain.
        fingerprint: of the file, to notice when it changes.
    """

    source: str
    horizon: int
    columns: Columns
    recipe: Mapping[str, Any]
    fingerprint: str = ""

    @classmethod
    def made(cls, file: Path | None, horizon: int, columns: Columns, recipe: ForecastRecipe) -> Self:
        """Return the request for a file, or for rows in memory where there is none."""
        source = "" if file is None else str(file.resolve())
        return cls(source, horizon, columns, recipe.to_plain(), _fingerprint(source))

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return what was asked of an unfinished run that can go on.

        Raises:
            RunError: when it cannot; says why.
        """
        data = run.request
        if data.get("verb") != "forecast":
            raise RunError(f"{run.path} is no forecast. Go on with it: netwright train --resume {run.path}")
        if run.status == "finished":
            raise RunError(f"{run.path} is finished: there is nothing to resume.")
        if not data["source"]:
            raise RunError(f"{run.path} was made of rows in memory, which are gone. Begin anew with --force.")
        if _fingerprint(data["source"]) != data.get("fingerprint", ""):
            raise RunError(
                f"The data of {run.path} changed since the training began ({data['source']}). Bring the old "
                "file back, or forecast again with --force."
            )
        kept = data["columns"]
        columns = Columns(
            tuple(kept["target"]), kept["time"], kept["group"], tuple(kept["known"]), tuple(kept["static"])
        )
        return cls(data["source"], data["horizon"], columns, data["recipe"], data["fingerprint"])

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "target": ", ".join(self.columns.target), "verb": "forecast"}

    @property
    def command(self) -> str:
        """The command that does it again."""
        columns = self.columns
        words = ["netwright", "forecast", quote(self.source or "rows.csv")]
        words += [word for name in columns.target for word in ("--target", quote(name))]
        options = {"time": columns.time, "group": columns.group, "known": ",".join(columns.known)}
        options |= {"static": ",".join(columns.static), "horizon": str(self.horizon)}
        words += [word for name, value in options.items() if value for word in (f"--{name}", quote(value))]
        return " ".join([*words, "--seed", str(self.recipe["seed"])])


def _fingerprint(source: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in files_of(source) if source else ():
        digest.update(file)
    return digest.hexdigest() if source else ""
