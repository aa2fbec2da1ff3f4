"""How a training of the command line went: kept in the run folder, its alarms weighed by experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netwright import run as folder
from netwright.estimators.base import NetworkEstimator
from netwright.estimators.health import Health
from netwright.findings import Finding
from netwright.recipe.recipe import Recipe
from netwright.run import Run
from netwright.treatment.case import Case, Rowset, Shelf
from netwright.treatment.division import Rows, case_of_rows
from netwright.treatment.proposal import confirmed, propose
from netwright.treatment.remedies import TREATABLE
from netwright.verbs.budget import Budget
from netwright.verbs.material import Material
from netwright.verbs.request import Request

EXPERIMENT_SHARE = 0.25
"""Of the rows that a training visited, those that branches may visit when something is wrong with it."""

EXPERIMENT_SECONDS = 5.0
"""What the branches may take however short the training was."""


def health_of(run: Run) -> Health | None:
    """Return how the training of a run went, None where it was not watched."""
    return Health.from_json(run.health) if run.has(folder.HEALTH) else None


def keep_health(run: Run, material: Material, health: Health | None) -> None:
    """Write what was found in the data and in the training."""
    trained = () if health is None else health.findings
    run.write_json(folder.FINDINGS, [finding.to_json() for finding in (*material.findings, *trained)])
    if health is not None:
        run.write_json(folder.HEALTH, health.to_json())


def in_file(health: Health, material: Material) -> Health:
    """Return health whose findings name rows of the data; the training knows those of its own part."""
    part = material.split.train

    def placed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(
            replace(finding, rows=tuple(int(part[row]) for row in finding.rows if row < len(part)))
            for finding in findings
        )

    return replace(health, findings=placed(health.findings), withheld=placed(health.withheld))


def weighed(
    health: Health,
    material: Material,
    request: Request,
    recipe: Recipe,
    model: NetworkEstimator,
    budget: Budget,
) -> Health:
    """Return the health with the cause of its first alarm weighed by branches, where there is time."""
    alarm = next((finding for finding in health.alarms if finding.cause in TREATABLE), None)
    case = case_of(material, request, recipe)
    visits = round(len(case.fitting) * model.history_[-1].epoch) if model.history_ else 0
    share = _share(budget)
    if alarm is None or not visits or not share or len(case.stopping) == 0:
        return health
    done = propose(case, recipe, [alarm], visits, round(share * visits)).experiment
    sure = confirmed(case, recipe, alarm, done)
    findings = tuple(sure if finding is alarm else finding for finding in health.findings)
    return replace(health, findings=findings)


def _share(budget: Budget) -> float:
    """Return the share of the training that branches may take, 0 where the time does not suffice."""
    trained = max(1e-6, budget.phases.get("training", 0.0))
    share = max(EXPERIMENT_SHARE, EXPERIMENT_SECONDS / trained)
    left = budget.for_training()
    return share if left is None or left > share * trained else 0.0


def case_of(
    material: Material,
    request: Request,
    recipe: Recipe,
    told: Callable[[str], object] = lambda sentence: None,
    shelf: Shelf | None = None,
) -> Case:
    """Return the case of a run: rows of its training and validation part; the test part stays untouched.

    The training before the treatment chose its weights on the whole validation part, the treatment's on half
    of it where the other half judges: what is judged better is so in spite of that.
    """
    frame, split = material.frame, material.split
    everything = Rowset(frame.drop(material.target.name), frame[material.target.name])
    group, time = (
        None if name is None else frame[name].to_numpy() for name in (request.group, request.order_by)
    )
    return case_of_rows(
        recipe,
        material.schema,
        material.target,
        Rows(everything, group, time),
        split.train,
        split.validation,
        seed=recipe.seed,
        told=told,
        shelf=shelf,
    )


def named(finding: Finding) -> Finding:
    """Return a finding of the data with a cause: its rule, which no recipe mends."""
    return finding if finding.cause else replace(finding, cause=finding.rule)
