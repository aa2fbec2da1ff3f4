"""Every block of the documentation runs, in the order of its page, in an empty folder.

A block of Python is executed; all blocks of a page share one namespace. In a block of shell, lines that
start with `netwright` (or `$ netwright`) are run; in a `console` block the lines below a command are what
it prints: each must occur in its output, where `…` stands for anything. An HTML comment right before a
block changes this:

    <!-- no-run: reason -->   only compiled; commands are only compared with the options that exist
    <!-- exit: 2 -->          the commands end with this status
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>no-run|exit): (?P<argument>.+?) -->\n+)?"
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
SHELLS = ("bash", "console", "sh")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    line: int
    language: str
    text: str
    run: bool
    status: int


@dataclass(frozen=True)
class Command:
    """A command line and what the page says it prints."""

    words: list[str]
    output: list[str]


def blocks_of(text: str) -> Iterator[Block]:
    for match in BLOCK.finditer(text):
        indent = len(match["indent"])
        lines = [line[indent:] for line in match["text"].splitlines()]
        yield Block(
            line=text.count("\n", 0, match.start("language")) + 1,
            language=match["language"],
            text="\n".join(lines),
            run=match["mark"] != "no-run",
            status=int(match["argument"]) if match["mark"] == "exit" else 0,
        )


def commands_of(block: Block) -> list[Command]:
    """Return the commands of a shell block, each with the lines that a console block shows below it."""
    commands: list[Command] = []
    for line in block.text.replace("\\\n", " ").splitlines():
        prompted = line.startswith("$ ")
        if prompted or block.language != "console":
            words = shlex.split(line.removeprefix("$ "), comments=True)
            commands.append(Command(words, []))
        elif line.strip() and commands:
            commands[-1].output.append(line)
    return [command for command in commands if command.words]


def occurs(line: str, output: str) -> bool:
    """Return whether a line of a page occurs in an output, however either is wrapped; … is anything."""
    pattern = ".*?".join(re.escape(" ".join(piece.split())) for piece in line.split("…"))
    return re.search(pattern, " ".join(output.split())) is not None


def call(words: list[str]) -> tuple[int, str]:
    """Run a netwright command in this process; return its status and all that it printed."""
    from netwright.cli.main import run

    output, before = io.StringIO(), sys.argv
    sys.argv = words
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.argv = before
    return status, output.getvalue()


def options_of(verb: str) -> set[str] | None:
    """Return the options of a verb, or None when there is no such verb."""
    status, text = call(["netwright", verb, "--help"])
    return set(re.findall(r"--[a-z][a-z-]*", text)) if status == 0 else None


def check_spelling(command: Command) -> None:
    """Assert that a command which is not run names a verb and options that exist."""
    verb = command.words[1]
    options = options_of(verb)
    assert options is not None, f"there is no verb {verb!r}"
    named = {word.split("=")[0] for word in command.words[2:] if word.startswith("--")}
    assert named <= options, f"{verb} has no {', '.join(sorted(named - options))}"


def run_commands(block: Block) -> None:
    for command in commands_of(block):
        if command.words[0] != "netwright":
            continue
        if not block.run:
            check_spelling(command)
            continue
        status, output = call(command.words)
        assert status == block.status, f"{shlex.join(command.words)} ended with {status}:\n{output}"
        for line in command.output:
            assert occurs(line, output), f"{shlex.join(command.words)} does not print {line!r} but:\n{output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.language == "python":
            # Errors show the page and its line: the block is moved down to where it stands.
            code = compile("\n" * block.line + block.text, str(page), "exec")
            if block.run:
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(code, names)
        elif block.language in SHELLS:
            run_commands(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_targets_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s]+)\)", text)]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing, f"{page.name} links to nothing: {missing}"
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|\$ |&& )make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named <= targets, f"the Makefile has no {named - targets}"


def test_a_block_is_found_with_its_mark() -> None:
    text = (
        "A\n\n<!-- no-run: slow -->\n```python\nx = 1\n```\n\n"
        "- item\n\n    ```console\n    $ netwright show a \\\n        --json\n    {…}\n    ```\n"
        "<!-- exit: 2 -->\n\n```bash\nnetwright show b  # fails\n```\n"
    )
    first, second, third = blocks_of(text)
    assert (first.line, first.language, first.text, first.run) == (4, "python", "x = 1", False)
    assert commands_of(second) == [Command(["netwright", "show", "a", "--json"], ["{…}"])]
    assert (third.status, commands_of(third)[0].words) == (2, ["netwright", "show", "b"])


@pytest.mark.parametrize(
    ("line", "found"), [("loss 0.1", True), ("loss … end", True), ("loss … start", False), ("loss 1", False)]
)
def test_a_shown_line_must_occur(line: str, found: bool) -> None:
    assert occurs(line, "the loss\n  0.1 at the\nend") is found
