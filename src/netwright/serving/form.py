"""The pages of a server, a form and a list of its paths: one file each, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def form_page(schema: Mapping[str, Any]) -> str:
    """Return the page for the columns of a model.

    Args:
        schema: what /schema answers.
    """
    # Inside a script "</" would end it.
    data = json.dumps(schema, default=str).replace("<", "\\u003c")
    return _page("form.html", schema=schema, data=data)


def docs_page(api: Mapping[str, Any]) -> str:
    """Return the page that lists the paths with examples.

    Args:
        api: the OpenAPI description.
    """
    return _page("docs.html", api=api)


def _page(name: str, **given: Any) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string((TEMPLATES / name).read_text(encoding="utf-8")).render(given)
