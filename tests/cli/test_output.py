from __future__ import annotations

import io
import json

import pytest

from netwright.cli.output import note, print_json, print_table, safe, say, use_unicode


def test_json_holds_no_numbers_that_json_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], 3: {"c": (float("-inf"), None, True)}})
    assert json.loads(capsys.readouterr().out) == {
        "a": None,
        "b": [None, 1.5],
        "3": {"c": [None, None, True]},
    }


def test_lines_are_not_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 100
    say(long)
    note(long, "bold red")
    captured = capsys.readouterr()
    assert captured.out == captured.err == long + "\n"


def test_text_from_files_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[2Jb\x07")
    assert capsys.readouterr().out == "a\ufffd[2Jb\ufffd\n"
    assert safe("kept\nlines") == "kept\nlines"


def test_a_table_is_aligned_and_shows_brackets_as_they_are() -> None:
    stream = io.StringIO()
    print_table(stream, ("name", "rows"), [("[red]a[/red]", "5"), ("b", "1,234")], numbers=[1])
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert [line.split() for line in lines] == [["name", "rows"], ["[red]a[/red]", "5"], ["b", "1,234"]]
    assert len({len(line) for line in lines}) == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_whole_words_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout", stream := Terminal())
    say("several words that do not fit a narrow terminal", "bold")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all("\x1b[1m" in line for line in lines)
    assert not any(line.replace("\x1b[0m", "").endswith("narro") for line in lines)


def test_pipes_are_utf_8_whatever_the_locale() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    use_unicode(stream)
    stream.write("Zürich ≥ 1")
    stream.flush()
    assert raw.getvalue().decode("utf-8") == "Zürich ≥ 1"
