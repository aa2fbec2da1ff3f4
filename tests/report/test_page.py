"""The whole page: parses, stands alone, can be read by machines that read aloud, and never changes."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.report import sample_contents

from netwright.errors import RunError
from netwright.report import ReportContents, build_report, write_report

SAMPLES: list[Callable[[], ReportContents]] = [
    sample_contents.minimal,
    sample_contents.binary,
    sample_contents.multiclass,
    sample_contents.regression,
    sample_contents.huge,
    sample_contents.hostile,
]
PAGES: dict[str, str] = {}
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Outline(HTMLParser):
    """Tags with their attributes, their text, and whether every tag that opens also closes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"<{tag}> repeats an attribute"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [str(attributes[name]) for _, attributes in self.tags if name in attributes]


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.__name__)
def page(request: pytest.FixtureRequest) -> str:
    name = request.param.__name__
    if name not in PAGES:
        PAGES[name] = build_report(request.param())
    return PAGES[name]


def test_every_tag_closes_and_ids_are_unique(page: str) -> None:
    outline = Outline(page)
    repeated = [name for name, times in Counter(outline.values("id")).items() if times > 1]
    assert repeated == []
    assert [tag for tag, _ in outline.tags].count("h1") == 1


def test_links_inside_the_page_lead_somewhere(page: str) -> None:
    outline = Outline(page)
    known = set(outline.values("id"))
    wanted = {link[1:] for link in outline.values("href") if link.startswith("#")}
    wanted |= {
        name for value in outline.values("clip-path") for name in re.findall(r"url\(#([^)]+)\)", value)
    }
    assert wanted <= known


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(page: str) -> None:
    outline = Outline(page)
    tags = {tag for tag, _ in outline.tags}
    assert not tags & {"script", "iframe", "object", "embed", "img", "base", "form"}
    loaded = [
        value
        for name in ("src", "href", "srcset", "data", "action", "poster")
        for value in outline.values(name)
    ]
    assert all(value.startswith(("#", "data:")) for value in loaded)
    assert not [name for _, attributes in outline.tags for name in attributes if name.startswith("on")]
    styles = [*outline.values("style"), *re.findall(r"<style>(.*?)</style>", page, re.DOTALL)]
    assert not [text for text in styles if re.search(r"url\((?!#)|@import|expression", text)]
    assert "default-src 'none'" in page


def test_every_figure_can_be_read_aloud(page: str) -> None:
    figures = [attributes for tag, attributes in Outline(page).tags if tag == "svg"]
    for attributes in figures:
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"] or "") > 20
    assert page.count("<figcaption>") == len(figures)


def test_tables_have_names_and_can_be_scrolled_with_the_keyboard(page: str) -> None:
    outline = Outline(page)
    regions = [attributes for tag, attributes in outline.tags if attributes.get("role") == "region"]
    assert len(regions) == [tag for tag, _ in outline.tags].count("table")
    assert all(attributes["tabindex"] == "0" and attributes["aria-label"] for attributes in regions)


def test_the_page_is_small(page: str) -> None:
    assert len(page.encode()) < 300_000
    assert max((len(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)), default=0) <= 30_000


def test_no_python_leaks_into_the_text(page: str) -> None:
    text = " ".join(Outline(page).text)
    assert not re.search(r"\bNone\b|\bnan\b|Estimate\(|Decimal|dtype|\{\{|\}\}", text)


@pytest.mark.parametrize("sample", SAMPLES[1:4], ids=lambda sample: sample.__name__)
def test_the_same_contents_give_the_same_bytes(sample: Callable[[], ReportContents]) -> None:
    assert build_report(sample()) == build_report(sample())


def test_another_process_in_another_time_zone_writes_the_same_bytes() -> None:
    program = (
        "import sys; from netwright.report import build_report; from tests.report import sample_contents; "
        "sys.stdout.buffer.write(build_report(sample_contents.binary()).encode())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
    )
    assert answer.stdout.decode() == build_report(sample_contents.binary())


def test_text_from_the_user_stays_text() -> None:
    page = build_report(sample_contents.hostile())
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)
    page.encode("utf-8")


def test_a_halved_sign_and_a_line_break_in_a_name_are_made_harmless() -> None:
    page = build_report(replace(sample_contents.minimal(), title="a\ud800b\nc", headline="\x1b[31mred"))
    assert "a\ufffdb c" in page
    assert "\x1b" not in page.encode("utf-8").decode()


def test_the_minimal_page_has_no_section_and_no_empty_element() -> None:
    page = build_report(sample_contents.minimal())
    assert "<section" not in page
    assert "<li>" not in page
    assert "nothing: y" in page


def test_the_headline_shows_metric_interval_and_alarm() -> None:
    text = " ".join(" ".join(Outline(build_report(sample_contents.binary())).text).split())
    assert "ROC AUC on 114 rows of the test part" in text
    assert "95 % interval 0.983 to 0.999" in text
    assert "1 alarm : read before you trust the result." in text


def test_notices_stand_at_the_top() -> None:
    page = build_report(replace(sample_contents.binary(), notices=("Interrupted after epoch 7.",)))
    assert page.index("Interrupted after epoch 7.") < page.index('class="headline')


def test_the_clock_is_shown_as_given_when_it_is_no_date() -> None:
    assert ">yesterday</time>" in build_report(replace(sample_contents.minimal(), created="yesterday"))


def test_building_is_fast() -> None:
    contents = sample_contents.binary()
    build_report(contents)
    start = time.process_time()
    build_report(contents)
    assert time.process_time() - start < 1.5


def test_the_callers_matplotlib_settings_come_back() -> None:
    import matplotlib

    before = json.dumps(dict(matplotlib.rcParams), default=str)
    build_report(sample_contents.binary())
    assert json.dumps(dict(matplotlib.rcParams), default=str) == before
    assert "matplotlib.pyplot" not in sys.modules


def test_the_callers_matplotlib_settings_do_not_show() -> None:
    import matplotlib

    plain = build_report(sample_contents.binary())
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red"}):
        assert build_report(sample_contents.binary()) == plain


def test_write_report(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(sample_contents.minimal(), path)
    assert path.read_text(encoding="utf-8") == build_report(sample_contents.minimal())
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_write_report_into_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"report\.html"):
        write_report(sample_contents.minimal(), tmp_path / "missing" / "report.html")
