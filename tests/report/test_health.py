"""The sections on the health of a training and on its treatment."""

from __future__ import annotations

from dataclasses import replace

from netwright.estimators.health import Health
from netwright.findings import Finding
from netwright.report.contents import BranchLoss, ReportContents, TreatmentFacts, Trial
from netwright.report.page import build_report
from netwright.report.sections.health import health_section, treatment_section
from netwright.task import Task

ALARM = Finding(
    "rate-high",
    "alarm",
    "The loss leapt to 9,000 times its start.",
    "Lower the learning rate.",
    evidence={"leap": 9000.0},
    cause="learning rate too high",
    step=12,
    confidence=0.9,
    change="- learning_rate: 3\n+ learning_rate: 0.03",
)
HEALTH = Health(
    True, "Healthy.", (), (), ("rate-high", "rate-low"), (("leak", "no rows"),), ("A gap.",), 0.012
)
EMPTY = ReportContents("x: y", "2026-01-01T00:00:00", "1", Task.BINARY, "y")


def test_without_watching_there_is_no_section() -> None:
    assert health_section(EMPTY) is None
    assert treatment_section(EMPTY) is None


def test_a_healthy_training_says_so_with_what_was_checked_and_what_not() -> None:
    page = build_report(replace(EMPTY, health=HEALTH, findings=()))
    assert "Healthy: nothing gives cause for alarm" in page
    assert "watching took 1.2" in page
    assert "rate high, rate low" in page
    assert "no rows" in page
    assert "A gap" in page
    assert "Nothing suspicious was found in the data." in page


def test_an_alarm_is_shown_with_evidence_cause_and_change() -> None:
    sick = replace(HEALTH, healthy=False, findings=(ALARM,), withheld=(replace(ALARM, rule="slow"),))
    page = build_report(replace(EMPTY, health=sick))
    for text in (
        "9,000",
        "learning rate too high",
        "90%",
        "- learning_rate: 3",
        "step 12",
        "1 later alarm: consequences of these, perhaps",
    ):
        assert text in page, text
    assert "1 alarm" in page


def test_the_case_history_is_shown() -> None:
    facts = TreatmentFacts(
        "Mended with <b>less</b>.",
        "optimizer.learning_rate: 3.0 -> 0.03",
        [
            Trial("clip", "exploding gradient", "gradient_clip: 1", None, None, False, "broke down"),
            Trial("less", "", "x: 1 -> 2\ny: 3 -> 4", 0.9, 0.1, True, "better by more than noise", 1.25),
        ],
        [[BranchLoss("nothing", "", 1.5), BranchLoss("less", "learning rate too high", 0.25)]],
        [40],
        1.75,
        branch_cost=0.5,
        visits=7000,
        before=(Finding("rate-high", "alarm", "The loss <i>leapt</i>."),),
        scores=("ROC AUC", "0.500", "0.993"),
    )
    page = build_report(replace(EMPTY, treatment=facts))
    for text in (
        "What was tried",
        "broke down",
        "it cost 1.75, 7,000 visited rows.",
        "after 40 steps",
        "They cost 0.5 trainings.",
        "3.0 -&gt; 0.03",
        "x: 1 -&gt; 2; y: 3 -&gt; 4",
        "1.25",
        "What was wrong before",
        "The loss &lt;i&gt;leapt&lt;/i&gt;.",
        "ROC AUC on the test part: 0.500 before, 0.993 now.",
    ):
        assert text in page, text
    assert "<b>less</b>" not in page
    assert "to look at" not in page


def test_where_the_data_is_at_fault_its_rows_are_listed() -> None:
    facts = TreatmentFacts("Not treated.", "", [], [], [], 0.1, rows=range(500))
    page = build_report(replace(EMPTY, treatment=facts))
    for text in ("500 rows to look at", "below the header: 1, 2, 3", "and 300 more", "suspect_rows.csv"):
        assert text in page, text
    assert "What was tried" not in page
