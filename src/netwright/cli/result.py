"""What `netwright train` answers: the verdict first, then the evidence, the places, the seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netwright.cli.output import print_json, say
from netwright.cli.startup import seconds_since_start
from netwright.cli.telling import say_health, say_places, say_verdict

if TYPE_CHECKING:
    from netwright.cli.sitting import Sitting


def print_result(sitting: Sitting, as_json: bool) -> None:
    """Print the result of a training to standard output.

    Args:
        sitting: the training.
        as_json: as one JSON object instead of text.
    """
    from netwright.verbs.show import show

    overview = show(sitting.run.path)
    seconds = seconds_since_start()
    timing = {"startup_seconds": sitting.startup, "seconds": seconds}
    if as_json:
        print_json(overview.to_json() | timing)
        return
    say(overview.headline, "bold")
    if overview.verdict is not None:
        say_verdict(overview.verdict)
    if overview.health is not None:
        say_health(overview.health)
    say_places(overview)
    say(f"{'seconds':<8} {spent(sitting.startup, overview.phases, seconds)}")


def spent(startup: float, phases: Mapping[str, float], seconds: float) -> str:
    """Return where the seconds of a command went.

    >>> spent(2.0, {"reading": 0.5, "training": 7.0}, 10.0)
    '10.0 in all: 2.0 fixed start-up, 0.5 reading, 7.0 training, 0.5 report'
    """
    rest = max(0.0, seconds - startup - sum(phases.values()))
    parts = [f"{startup:.1f} fixed start-up", *(f"{took:.1f} {name}" for name, took in phases.items())]
    return f"{seconds:.1f} in all: {', '.join(parts)}, {rest:.1f} report"
