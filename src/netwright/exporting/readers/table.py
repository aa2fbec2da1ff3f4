"""Raw rows of a table as inputs of the exported model, by name. Needs Python and NumPy, nothing else."""

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np

NOT_KNOWN = float("nan")


def inputs_of(rows: list[dict[str, Any]], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of dicts, column name to value; dates as ISO 8601 or datetime; missing: None or "".
    description: the file inputs.json, read.
    """
    inputs = {}
    for one in description["inputs"]:
        cells = [[values_of(row.get(column["name"]), column) for column in one["columns"]] for row in rows]
        table = [[value for cell in row for value in cell] for row in cells]
        inputs[one["name"]] = np.array(table, dtype=object if one["dtype"] == "string" else one["dtype"])
    return inputs


def values_of(value: Any, column: dict[str, Any]) -> list[Any]:
    """Return what one cell becomes: one value, or for a date in 32 bits four of them."""
    kind, missing = column["kind"], value is None or value == "" or value != value
    if kind == "number":
        return [NOT_KNOWN if missing else float(value)]
    if kind in ("seconds", "date parts"):
        return date_of(value, kind) if not missing else [NOT_KNOWN] * (1 if kind == "seconds" else 4)
    word = "" if missing else re.sub(r"^([+-]?\d+)\.0+$", r"\1", str(value).strip())
    if kind == "yes/no":
        return [column["words"].get(word.lower(), NOT_KNOWN)]
    return [column["codes"].get(word, 0) if kind == "code" else word]


def date_of(value: Any, kind: str) -> list[float]:
    """Return a date as seconds since 1970, or as years since 1970, month, weekday and minute of the day."""
    given = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    moment = (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = since.days * 86400 + since.seconds + since.microseconds / 1e6
    parts = [moment.month - 1, moment.weekday(), moment.hour * 60 + moment.minute]
    return [seconds] if kind == "seconds" else [seconds / (365.2425 * 86400), *parts]
