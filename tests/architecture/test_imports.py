"""Imports run one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "netwright"

# A room imports rooms to its left only. docs/architecture.md shows the same line.
ORDER = (
    "errors, files, storage, randomness, device, findings, task, parts, metrics, pages → data, nets"
    " → training → recipe → clinic → uncertainty, artifact, estimators → tune"
    " → trace, explain, compare, audit, exporting, catalogue"
    " → treatment → run → report → serving → verbs → cli"
)
ROOMS = [room.strip() for group in ORDER.split("→") for room in group.split(",")]

HEAVY = ("torch", "sklearn", "scipy", "numpy", "polars", "pandas", "matplotlib", "pydantic", "jinja2", "yaml")


def room_of(module: str) -> str:
    """Return the part of a dotted name that follows the package: its file or folder."""
    return module.split(".")[1] if "." in module else "__init__"


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import of netwright in a file, also those inside functions.

    The package itself may be imported for its version, not for what it takes from elsewhere.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name != "netwright"]
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "netwright"
        ):
            names = [f"netwright.{node.attr}"]
        elif isinstance(node, ast.ImportFrom) and node.level:
            package = list(path.relative_to(PACKAGE.parent).parts[: -node.level])
            names = [".".join([*package, *filter(None, [node.module])])]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        else:
            continue
        if names == ["netwright"] and isinstance(node, ast.ImportFrom):
            names = [f"netwright.{alias.name}" for alias in node.names]
        names = [name for name in names if name != "netwright.__version__"]
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == "netwright")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_every_room_has_its_place() -> None:
    rooms = {room_of(module_of(path)) for path in sources()} - {"__init__", "__main__"}
    assert rooms <= set(ROOMS), "a new room must be placed in ORDER and in docs/architecture.md"


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in sources()}
    missing = [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()]
    assert not missing, f"without __init__.py the folder is not installed: {missing}"


def test_imports_run_one_way() -> None:
    place = {room: index for index, room in enumerate(ROOMS)}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources()
        if (room := room_of(module_of(path))) in place
        for line, name in imports_of(path, path.read_text(encoding="utf-8"))
        if place.get(room_of(name), len(ROOMS)) > place[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_architecture_page_shows_the_same_order() -> None:
    page = " ".join((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split())
    assert ORDER in page


def test_imports_inside_functions_and_relative_ones_are_seen() -> None:
    text = (
        "from netwright import run\n"
        "def f():\n"
        "    from netwright.cli import main\n"
        "    from ..report import page\n"
        "    import numpy, netwright.verbs\n"
        "import netwright\n"
        "netwright.__version__, netwright.train\n"
    )
    found = sorted(imports_of(PACKAGE / "data" / "imagined.py", text))
    assert found == [
        (1, "netwright.run"),
        (3, "netwright.cli"),
        (4, "netwright.report"),
        (5, "netwright.verbs"),
        (7, "netwright.train"),
    ]


@pytest.mark.parametrize("module", ["netwright", "netwright.cli.main"])
def test_nothing_heavy_is_imported_early(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == []
