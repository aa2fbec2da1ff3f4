"""Files and functions stay readable, and nothing is left unfinished."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "bench")
LINES_OF_A_FILE = 400
LINES_OF_A_BODY = 60
UNFINISHED = re.compile(
    r"\b(TODO|FIXME|XXX|NotImplementedError)\b|coming soon|not implemented", re.IGNORECASE
)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_files_are_short() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*FOLDERS)}
    long = [f"{path.relative_to(ROOT)}: {size}" for path, size in sizes.items() if size > LINES_OF_A_FILE]
    assert not long, f"over {LINES_OF_A_FILE} lines: {', '.join(long)}"


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of what a function does: its arguments and its docstring are the reader's map."""
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or 0) - first.lineno + 1


def test_functions_fit_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in python_files(*FOLDERS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > LINES_OF_A_BODY
    ]
    assert not long, f"over {LINES_OF_A_BODY} lines: {', '.join(long)}"


def test_nothing_is_left_unfinished() -> None:
    marks = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in python_files("src", "bench")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert not marks, "\n".join(marks)


@pytest.mark.parametrize("line", ["# TODO: later", "raise NotImplementedError", "print('Coming soon')"])
def test_an_unfinished_mark_is_recognised(line: str) -> None:
    assert UNFINISHED.search(line)
