"""Findings as cards."""

from __future__ import annotations

from netwright.findings import Finding
from netwright.pages.findings import card


def test_a_finding_of_the_data() -> None:
    shown = card(
        Finding("leak", "alarm", "Column 'z' tells.", rows=(0, 4), evidence={"score_of_it": 0.99912})
    )
    assert (shown.severity, shown.rule, shown.place, shown.cause, shown.change) == (
        "alarm",
        "leak",
        "",
        "",
        "",
    )
    assert shown.evidence == [("score of it", "0.999"), ("rows, such as", "1 and 5")]


def test_a_finding_of_a_training() -> None:
    shown = card(
        Finding(
            "rate-high",
            "alarm",
            "It leapt.",
            layer="hidden.0",
            step=40,
            cause="learning rate too high",
            confidence=0.834,
            causes=("exploding gradient", "vanishing gradient"),
            change="- lr: 1\n\n+ lr: 0.1",
            evidence={"also": ["a", "b"], "many": 12345, "yes": True},
        )
    )
    assert shown.rule == "rate high"
    assert shown.place == "layer hidden.0, step 40"
    assert shown.cause == (
        "Cause: learning rate too high (confidence 83%). Less likely: exploding gradient, vanishing gradient."
    )
    assert shown.change == "- lr: 1\n+ lr: 0.1"
    assert shown.evidence == [("also", "a, b"), ("many", "12,345"), ("yes", "yes")]


def test_a_long_message_is_told_in_two_parts_and_none_of_it_is_lost() -> None:
    story = " ".join(f"At step {step} it leapt to {step}.5 times its start." for step in range(20))
    shown = card(Finding("rate-high", "alarm", story))
    assert f"{shown.message} {shown.further}" == story
    assert len(shown.message) <= 200
    assert shown.message.endswith("start.")
    assert shown.further.startswith("At step")
    assert card(Finding("rate-high", "alarm", "It leapt.")).further == ""


def test_what_cannot_be_shown_is_taken_out() -> None:
    shown = card(
        Finding(
            "a",
            "note",
            f"{300 * 'b'}\x1b[31m. C\x07.",
            remedy="c\x00",
            change="+ d\x1b",
            cause="e\x07",
            layer="f\x1b",
        )
    )
    text = f"{shown.message}{shown.further}{shown.remedy}{shown.change}{shown.cause}{shown.place}"
    assert not any(ord(sign) < 32 for sign in text)
