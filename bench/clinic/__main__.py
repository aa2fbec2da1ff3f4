"""Run the clinic's benchmark: `python -m bench.clinic` from the top of the repository."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import get_args

from bench.common import announce, arguments, cores

from . import repair, repair_report, report
from .data import has
from .drawn import Drawn, drawn_cases
from .recipes import RepairPart, recipe_cases
from .results import CLINIC, DIAGNOSTICIANS, judged, kill_of, subjects
from .score import score
from .setting import PARTS
from .store import Store
from .trainings import entries, jobs


def main() -> None:
    """Train what is missing, diagnose, and print the figures."""
    parser = arguments(main.__doc__ or "")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "netwright-clinic",
        help="folder of trainings that were run; what is there is not run again",
    )
    parser.add_argument(
        "--seeds", type=int, default=5, help="of each fault and control; the kill test needs 5"
    )
    parser.add_argument("--watched", type=int, default=2, help="how many of these seeds the clinic watches")
    parser.add_argument("--random", type=int, default=150, help="random trainings of each part")
    parser.add_argument("--processes", type=int, default=min(cores(), 4))
    parser.add_argument(
        "--parts", nargs="*", choices=("diagnosis", "repair"), default=["diagnosis", "repair"]
    )
    parser.add_argument(
        "--sets", nargs="*", choices=PARTS, default=list(PARTS), help="parts of the trainings, for diagnosis"
    )
    parser.add_argument(
        "--repairs",
        nargs="*",
        choices=get_args(RepairPart),
        default=list(get_args(RepairPart)),
        help="parts of the recipes, for repair",
    )
    parser.add_argument("--quick", action="store_true", help="one watched seed, 20 random trainings")
    parser.add_argument("--misses", action="store_true", help="name every training that was judged wrongly")
    parser.add_argument("--minutes", type=float, help="after which repairs that are not done are left")
    options = parser.parse_args()
    if options.quick:
        options.watched, options.random = 1, 20
    options.data = Path(options.data) if options.data else None
    announce("Clinic")
    if "diagnosis" in options.parts:
        diagnosis(options)
    if "repair" in options.parts:
        every = [*recipe_cases(), *(case for part in get_args(Drawn) for case in drawn_cases(part))]
        listed = [case for case in every if case.part in options.repairs and has(case.data, options.data)]
        places = (options.cache, options.data)
        repair_report.report(
            repair.repair_all(listed, options.seeds, *places, options.processes, options.minutes)
        )


def diagnosis(options: argparse.Namespace) -> None:
    """Train what is missing, diagnose it, and print the figures."""
    store = Store(options.cache, options.data)
    listed = list(entries(options.seeds, options.random, options.data, options.sets))
    wanted = list(jobs(listed, options.watched))
    print(f"   {len(store.missing(wanted))} trainings to run, into {options.cache}", flush=True)
    store.run(wanted, options.processes)
    report.kills([(entry, kill_of(store, entry)) for entry in listed if entry.kind == "fault"])
    every = list(subjects(store, listed))
    same = [one.outcome.weights == one.seen.outcome.weights for one in every]
    print(f"\nWatched and unwatched weights alike, bit for bit: {sum(same)} of {len(same)} trainings")
    for name in options.sets:
        part = [one for one in every if one.entry.part == name]
        verdicts = {
            who: [(one, judged(one, diagnostician)) for one in part]
            for who, diagnostician in DIAGNOSTICIANS.items()
        }
        report.table(f"{name.capitalize()} part", verdicts)
        report.kinds(verdicts[CLINIC])
        if options.misses:
            report.misses(verdicts[CLINIC])
        if name != "tuning":
            report.bounds(score(one for _, one in verdicts[CLINIC]), name)


if __name__ == "__main__":
    main()
