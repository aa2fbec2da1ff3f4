"""The page on which a model can be tried in the browser: one file, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

TEMPLATE = Path(__file__).parent / "templates" / "form.html"


def form_page(schema: Mapping[str, Any]) -> str:
    """Return the page for the columns of a model.

    Args:
        schema: what /schema answers.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    # Inside a script "</" would end it.
    data = json.dumps(schema, default=str).replace("<", "\\u003c")
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(schema=schema, data=data)
