"""Pages as one HTML file that loads nothing and runs nothing: the room's template, the shared pieces."""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from netwright.pages.wording import clean


@cache
def template(package: str, name: str = "page.html") -> Template:
    """Return a template of a package, which may use the shared blocks and the style sheet.

    Args:
        package: with a folder "templates".
        name: of the template.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("netwright.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    return environment.get_template(name)
