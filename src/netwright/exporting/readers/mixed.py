"""Raw rows of a table with texts as inputs of the exported model, by name. Needs Python and NumPy."""

from typing import Any

from netwright.exporting.readers.table import inputs_of as inputs_of_table
from netwright.exporting.readers.text import inputs_of as inputs_of_texts


def inputs_of(rows: list[dict[str, Any]], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of dicts, column name to value; the texts of a row are read one after another.
    description: the file inputs.json, read.
    """
    plain = [one for one in description["inputs"] if "columns" in one]
    words = [one for one in description["inputs"] if "columns" not in one]
    names, between = words[0]["texts"], words[0]["between"]
    texts = [between.join("" if row.get(one) is None else str(row[one]) for one in names) for row in rows]
    inputs = inputs_of_table(rows, {"inputs": plain})
    return {**inputs, **inputs_of_texts(texts, {"inputs": words})}
