"""What a server says of itself: the columns it takes, an example that works, and the OpenAPI of its paths."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.data.images import ImagePreparation
from netwright.data.preparation import Preparation
from netwright.data.scale import QuantileMap
from netwright.data.schema import Column, Kind
from netwright.data.sequences import SequencePreparation
from netwright.serving.cells import expected
from netwright.serving.limits import Limits
from netwright.serving.picture_cells import EXPECTED, example_picture
from netwright.serving.served import Served
from netwright.task import Task

SHOWN_CATEGORIES = 100

_JSON_TYPES: dict[Kind, list[str]] = {
    Kind.NUMBER: ["number", "string", "null"],
    Kind.CATEGORY: ["string", "number", "boolean", "null"],
    Kind.YES_NO: ["string", "number", "boolean", "null"],
    Kind.DATETIME: ["string", "null"],
    Kind.TEXT: ["string", "null"],
    Kind.SEQUENCE: ["array"],
    Kind.IMAGE: ["string"],
}


def columns_of(served: Served) -> list[dict[str, Any]]:
    """Return the columns that a request has to hold."""
    return [_column(served, column) for column in served.schema.used]


def example_of(served: Served) -> dict[str, Any]:
    """Return a row that can be answered."""
    return {column["name"]: column["example"] for column in columns_of(served)}


def answers_schema(served: Served) -> dict[str, Any]:
    """Return the JSON schema of one answer."""
    target = served.target
    if target.task is Task.REGRESSION:
        number = {"type": "number"}
        several = {"type": "object", "additionalProperties": number}
        prediction = number if len(target.names) == 1 else several
        return {"type": "object", "required": ["prediction"], "properties": {"prediction": prediction}}
    given = "probabilities" if served.probabilities else "scores"
    prediction = {} if target.task is not Task.MULTILABEL else {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "required": ["prediction", given],
        "properties": {
            "prediction": prediction,
            given: {"type": "object", "additionalProperties": {"type": "number"}},
        },
    }


def row_schema(served: Served) -> dict[str, Any]:
    """Return the JSON schema of a row."""
    columns = served.schema.used
    return {
        "type": "object",
        "required": [column.name for column in columns],
        "properties": {
            column.name: {
                "type": _JSON_TYPES.get(column.kind, ["string", "null"]),
                "description": expected(column),
            }
            for column in columns
        },
        "additionalProperties": True,
    }


def request_body(served: Served, most: int, *, csv: bool) -> dict[str, Any]:
    """Return the OpenAPI description of what is sent: a row, rows, or a CSV file."""
    row, example = row_schema(served), example_of(served)
    schema = {
        "oneOf": [
            {
                "type": "object",
                "required": ["row"],
                "properties": {"row": row},
                "additionalProperties": False,
            },
            {
                "type": "object",
                "required": ["rows"],
                "properties": {"rows": {"type": "array", "items": row, "minItems": 1, "maxItems": most}},
                "additionalProperties": False,
            },
        ]
    }
    content: dict[str, Any] = {"application/json": {"schema": schema, "example": {"row": example}}}
    if isinstance(served.preparation, ImagePreparation):
        file = {"schema": {"type": "string", "format": "binary"}}
        content |= {"image/png": file, "image/jpeg": file}
    elif csv and all(column.kind is not Kind.SEQUENCE for column in served.schema.used):
        head = ",".join(f'"{name}"' for name in example)
        values = ",".join(f'"{value}"' for value in example.values())
        content["text/csv"] = {"schema": {"type": "string"}, "example": f"{head}\n{values}\n"}
    return {"required": True, "content": content}


def responses(answer: dict[str, Any], limits: Limits) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of what may come back."""
    detail = {
        "type": "object",
        "required": ["detail"],
        "properties": {
            "detail": {"type": "string"},
            "column": {"type": ["string", "null"]},
            "row": {"type": ["integer", "null"]},
        },
    }
    said = {
        400: "The body is no JSON.",
        401: "The token is missing or wrong.",
        408: "The body did not arrive in time.",
        413: f"More than {limits.body:,} bytes, or too many rows.",
        415: "Neither JSON nor CSV.",
        422: "A value cannot be used; column and row are named.",
        503: "Too many rows wait already.",
        504: f"No answer within {limits.seconds:g} seconds.",
    }
    told: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": {"application/json": {"schema": detail}}}
        for status, text in said.items()
    }
    return {200: {"description": "The answers.", "content": {"application/json": {"schema": answer}}}, **told}


def _column(served: Served, column: Column) -> dict[str, Any]:
    """Return what is to be known of one column; of an ensemble, what the first member that reads it knows."""
    told: dict[str, Any] = {"name": column.name, "kind": str(column.kind), "expected": expected(column)}
    if isinstance(served.preparation, ImagePreparation):
        return told | {"expected": EXPECTED, "example": example_picture(served.preparation)}
    if isinstance(served.preparation, SequencePreparation):
        return told | {"example": [[0.0] * len(served.preparation.center)] * 2}
    preparation = next((one for one in served.tables if _reads(one, column.name)), None)
    if preparation is None:
        return told | {"example": "some words"}
    name = column.name
    if name in preparation.categories:
        words = preparation.categories[name].words
        told |= {"categories": list(words[:SHOWN_CATEGORIES]), "category_count": len(words)}
        return told | {"example": words[0] if words else None}
    if name in preparation.yes_no:
        words = preparation.yes_no[name].words
        return told | {"categories": list(words), "example": words[-1] if words else None}
    if name in preparation.dates:
        return told | {"example": "2024-06-30T12:00:00"}
    return told | _numbers(preparation, preparation.numbers.index(name))


def _reads(preparation: Preparation, name: str) -> bool:
    """Return whether a preparation of a table reads a column."""
    parts = (preparation.numbers, preparation.dates, preparation.yes_no, preparation.categories)
    return any(name in part for part in parts)


def _numbers(preparation: Preparation, place: int) -> dict[str, Any]:
    example = float(preparation.imputer.fill[place])
    told: dict[str, Any] = {"example": int(example) if example.is_integer() else float(f"{example:.6g}")}
    if isinstance(preparation.scaler, QuantileMap):
        knots = preparation.scaler.knots[place][np.isfinite(preparation.scaler.knots[place])]
        told |= {"lowest": float(knots[0]), "highest": float(knots[-1])}
    return told
