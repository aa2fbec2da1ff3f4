"""From what a treatment left in the run folder to the plain data of the report."""

from __future__ import annotations

import numpy as np

from netwright.report.contents import BranchLoss, TreatmentFacts, Trial
from netwright.run import TREATMENT, Run


def treatment_facts(run: Run) -> TreatmentFacts | None:
    """Return how the training was mended, from what its treatment left in the run folder."""
    if not run.has(TREATMENT) or not run.treatment["history"]:
        return None
    told = run.treatment
    trials = [
        Trial(
            one["remedy"],
            one["cause"],
            one["change"],
            one["comparison"] and one["comparison"]["before"],
            one["comparison"] and one["comparison"]["after"],
            one["kept"],
            one["reason"],
        )
        for one in told["history"]
    ]
    tried = [done for done in told["experiments"] if done["branches"]]
    branches = [
        [
            BranchLoss("nothing", "", float(np.mean(done["control"]))),
            *(
                BranchLoss(b["remedy"], b["cause"] or "", float(np.mean(b["losses"])))
                for b in done["branches"]
            ),
        ]
        for done in tried
    ]
    steps = [done["steps"] for done in tried]
    return TreatmentFacts(told["verdict"], told["change"], trials, branches, steps, told["cost"])
