"""Recipes as YAML files, and settings given one by one as `name=value`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from netwright.errors import RecipeError, did_you_mean
from netwright.recipe.recipe import Recipe


def read_recipe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the settings of a recipe file as a plain mapping.

    Raises:
        RecipeError: when there is no such file, or it is not a mapping in YAML; names the line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        settings = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe {path} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"The recipe {path} is not valid YAML: {error}.") from error
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise RecipeError(
            f"The recipe {path}: expected lines like 'epochs: 20', got {type(settings).__name__}."
        )
    return settings


def apply_settings(settings: Mapping[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """Return the settings with assignments such as "optimizer.learning_rate=0.001" made in them.

    Values are read as YAML: numbers, true, null, [256, 256], text.

    >>> apply_settings({"epochs": 5}, ["network.hidden=[64, 64]", "early_stopping=null"])
    {'epochs': 5, 'network': {'hidden': [64, 64]}, 'early_stopping': None}
    """
    result = dict(settings)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name.strip():
            raise RecipeError(f"--set {assignment!r}: expected name=value, such as epochs=20.")
        try:
            value = yaml.safe_load(text) if text.strip() else None
        except yaml.YAMLError as error:
            raise RecipeError(f"--set {assignment!r}: the value is not valid YAML: {error}.") from error
        _assign(result, name.strip().split("."), value, assignment)
    return result


def recipe_from(settings: Mapping[str, Any]) -> Recipe:
    """Return the recipe that plain settings describe.

    Raises:
        RecipeError: for an unknown or impossible setting, with the nearest known one.
    """
    known = list(Recipe.model_fields)
    for name in settings:
        if name not in known:
            raise RecipeError(f"recipe: unknown setting {name!r}. {did_you_mean(str(name), known)}")
    return Recipe(**settings)


def to_yaml(recipe: Recipe, reasons: Mapping[str, str]) -> str:
    """Return a recipe as YAML, each automatic choice under its reason.

    Args:
        recipe: a recipe, usually resolved.
        reasons: why a field has its value, by field name.
    """
    lines = []
    for name, value in recipe.to_plain().items():
        if name in reasons:
            lines.append(f"# {reasons[name]}")
        plain = value if _is_plain(value) else str(value)
        flow = None if isinstance(plain, (dict, list)) else False
        text = yaml.safe_dump({name: plain}, sort_keys=False, default_flow_style=flow, width=100)
        lines.append(text.rstrip())
    return "\n".join(lines) + "\n"


def setting_text(value: Any) -> str:
    """Return a plain setting as people write it after --set.

    >>> setting_text({"kind": "sgd", "learning_rate": 0.1}), setting_text(None)
    ('{kind: sgd, learning_rate: 0.1}', 'null')
    """
    plain = value if _is_plain(value) else str(value)
    text = yaml.safe_dump(plain, sort_keys=False, default_flow_style=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _assign(settings: dict[str, Any], path: list[str], value: Any, assignment: str) -> None:
    for step in path[:-1]:
        inner = settings.get(step)
        if inner is None or inner == "auto":
            inner = {}
        elif isinstance(inner, str):
            inner = {"kind": inner}
        elif not isinstance(inner, dict):
            raise RecipeError(f"--set {assignment!r}: {step} has no settings of its own.")
        settings[step] = dict(inner)
        settings = settings[step]
    settings[path[-1]] = value


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, dict))
