"""Raw rows of a table as inputs of the exported model, by name. Needs Python and NumPy, nothing else."""

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np


def inputs_of(rows: list[dict[str, Any]], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of dicts, column name to value; dates as ISO 8601 or datetime; missing: None or "".
    description: the file inputs.json, read.
    """
    inputs = {}
    for one in description["inputs"]:
        table = [[cell for c in one["columns"] for cell in values_of(row.get(c["name"]), c)] for row in rows]
        inputs[one["name"]] = np.array(table, dtype=object if one["dtype"] == "string" else one["dtype"])
    return inputs


def values_of(value: Any, column: dict[str, Any]) -> list[Any]:
    """Return what one cell becomes: one value, or for pairs and for dates in 32 bits several of them."""
    kind, missing = column["kind"], value is None or value == "" or value != value
    if kind in ("number", "seconds", "date parts"):
        first, *others = date_of(value, kind, missing) if kind != "number" or missing else [float(value)]
        return [*(pair_of(first) if "pair" in column else [first]), *others]
    word = "" if missing else re.sub(r"^([+-]?\d+)\.0+$", r"\1", str(value).strip())
    if kind == "yes/no":
        return [column["words"].get(word.lower(), float("nan"))]
    return [column["codes"].get(word, 0) if kind == "code" else word]


def pair_of(number: float) -> list[float]:
    """Return the nearest number of 32 bits, and what is left."""
    high = float(np.float32(np.clip(number, -8e37, 8e37)))
    return [high, number - high if abs(number) < 8e37 else 0.0]


def date_of(value: Any, kind: str, missing: bool) -> list[float]:
    """Return a date as seconds since 1970, or as years since 1970, month, weekday and minute of the day."""
    if missing:
        return [float("nan")] * (4 if kind == "date parts" else 1)
    given = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    moment = (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    parts = [moment.month - 1, moment.weekday(), moment.hour * 60 + moment.minute]
    return [seconds] if kind == "seconds" else [seconds / (365.2425 * 86400), *parts]
