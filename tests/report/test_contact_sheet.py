"""Pictures side by side in the report."""

from __future__ import annotations

from xml.etree import ElementTree

from netwright.report.contents import PictureSample
from netwright.report.figures.contact_sheet import mistakes_picture, samples_picture
from netwright.report.measurements import Mistake

URI = "data:image/png;base64,AAAA"


def test_every_picture_has_its_words() -> None:
    drawn = samples_picture([PictureSample(URI, f"<cat> & {number}") for number in range(11)])
    assert drawn is not None
    root = ElementTree.fromstring(drawn.svg)
    assert [one.attrib["href"] for one in root.iter("image")] == [URI] * 11
    assert next(root.iter("text")).text == "<cat> & 0"
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    assert all(int(one.attrib["x"]) < width and int(one.attrib["y"]) < height for one in root.iter("image"))


def test_mistakes_say_what_is_and_what_was_answered() -> None:
    mistakes = [Mistake(0, "cat", "dog", 0.9, picture=URI), Mistake(1, "dog", "cat", 0.8)]
    drawn = mistakes_picture(mistakes)
    assert drawn is not None
    assert "is cat" in drawn.svg
    assert "not dog" in drawn.svg
    assert drawn.svg.count("<image") == 1


def test_nothing_to_show() -> None:
    assert samples_picture([]) is None
    assert mistakes_picture([Mistake(0, "a", "b", 0.5)]) is None
