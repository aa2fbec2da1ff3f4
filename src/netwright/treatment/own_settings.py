"""The last resort: netwright's own settings, known to be good for most rows, in place of those given."""

from __future__ import annotations

from typing import Any

from netwright.recipe.recipe import Recipe
from netwright.treatment.patient import Patient
from netwright.treatment.remedy import Remedy

CIRCUMSTANCES = ("seed", "device", "effort", "time", "deterministic", "validation_fraction", "batch_pieces")
"""Settings that say how a training is run, not what it is."""


def whole(patient: Patient) -> list[Remedy]:
    """Return the last resorts: netwright's own settings for the same network, then its choice throughout."""
    moved = _moved(patient)
    same = ours(patient, network=False)
    remedies = [] if same is None else [same]
    if "network" in moved and not patient.own_network:
        remedies.append(_exchanged(moved))
    return remedies


def ours(patient: Patient, network: bool) -> Remedy | None:
    """Return netwright's own settings, with its own network or the same one; None where nothing would change.

    The training is as long as before: what costs more has to be the cause.
    """
    exchanged = network and not patient.own_network
    left = ("epochs",) if exchanged else ("epochs", "network")
    changes = {name: value for name, value in _moved(patient).items() if name not in left}
    if not changes:
        return None
    if "network" in changes:
        return _exchanged(changes)
    return Remedy("netwright's own settings, the same network", None, changes, size=4)


def _exchanged(changes: dict[str, Any]) -> Remedy:
    return Remedy("netwright's own network and settings", None, changes, size=5, quick=False)


def _moved(patient: Patient) -> dict[str, Any]:
    """Return netwright's own choice for every setting of the training that is another one here."""
    untouched = Recipe()
    return {
        name: getattr(untouched, name)
        for name in Recipe.model_fields
        if name not in CIRCUMSTANCES and getattr(patient.recipe, name) != getattr(untouched, name)
    }
