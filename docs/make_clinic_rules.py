"""Write docs/clinic-rules.md from the rules of the clinic themselves.

Run it after a rule was added or changed:  python docs/make_clinic_rules.py
"""

from __future__ import annotations

from pathlib import Path

from netwright.clinic.advice import ADVICE
from netwright.clinic.causes import Cause, Stage
from netwright.clinic.rules import RULES, Rule

DOCS = Path(__file__).parent
HEAD = """# The rules of the clinic

Every rule asks one question to the record of a training. A risk is only a note until it shows in what the
network learns: "an alarm once it hurts" means that less than half is learnt, on the scale from the best
constant answer to what a cheap model gets out of the same rows (a linear model, the nearest rows, the tokens
before; each row is answered by a model that does not know it), and that the loss does not fall. While the
learning rate still rises, that is waited for. On rows that nobody can tell apart nothing hurts. Faults of
data and wiring are named before those of the optimisation, and those before generalisation; later alarms are
withheld until the earlier ones are mended. Alarms that share a cause become one finding, and all findings
together decide which cause is the likeliest.

<!-- Written by docs/make_clinic_rules.py; change the rules, not this page. -->
"""
INTRODUCTIONS = {
    Stage.DATA: "Rows, labels, and how rows were held out.",
    Stage.WIRING: "How network, loss, target and optimizer are put together.",
    Stage.OPTIMIZATION: "How the steps carry.",
    Stage.GENERALIZATION: "What comes out.",
}


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(section(stage) for stage in Stage), remedies()])


def section(stage: Stage) -> str:
    """Return the rules of one stage as a table."""
    rules = [rule for rule in RULES if rule.stage is stage]
    lines = [f"## {stage.value.capitalize()}", "", INTRODUCTIONS[stage], ""]
    lines += ["| Rule | Signal | Speaks from | May name | Source |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *map(row, rules), ""])


def row(rule: Rule) -> str:
    """Return one rule as a row."""
    causes = ", ".join(f"[{cause.value}](#{anchor(cause)})" for cause in rule.causes)
    return f"| `{rule.name}` | {rule.signal} | {rule.speaks_from} | {causes} | {rule.source} |"


def anchor(cause: Cause) -> str:
    """Return the anchor of a cause on the page."""
    return cause.value.replace(" ", "-")


def remedies() -> str:
    """Return what is advised for each cause."""
    lines = ["## Causes and remedies", ""]
    for cause, (remedy, change) in ADVICE.items():
        lines += [f"### {cause.value.capitalize()} {{#{anchor(cause)}}}", "", remedy, ""]
        if change:
            shown = change.replace("{{", "{").replace("}}", "}").replace("!r}", "}")
            lines += ["```diff", shown, "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (DOCS / "clinic-rules.md").write_text(page(), encoding="utf-8")
