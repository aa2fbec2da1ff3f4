"""The clinic: finds out what goes wrong in a training, names the cause, cures it, proves it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.clinic.adapters.keras import keras_callback
    from netwright.clinic.adapters.lightning import lightning_callback
    from netwright.clinic.adapters.skorch import skorch_callback
    from netwright.clinic.adapters.transformers import transformers_callback
    from netwright.clinic.branches import investigate
    from netwright.clinic.data_facts import gather
    from netwright.clinic.diagnosis import diagnose
    from netwright.clinic.preflight import checkup
    from netwright.clinic.wiring import examine

# Where each public name lives. Loaded when first used: the frameworks are heavy, and may be missing.
_HOMES = {
    "checkup": "netwright.clinic.preflight",
    "diagnose": "netwright.clinic.diagnosis",
    "examine": "netwright.clinic.wiring",
    "gather": "netwright.clinic.data_facts",
    "investigate": "netwright.clinic.branches",
    "keras_callback": "netwright.clinic.adapters.keras",
    "lightning_callback": "netwright.clinic.adapters.lightning",
    "skorch_callback": "netwright.clinic.adapters.skorch",
    "transformers_callback": "netwright.clinic.adapters.transformers",
}

__all__ = [
    "checkup",
    "diagnose",
    "examine",
    "gather",
    "investigate",
    "keras_callback",
    "lightning_callback",
    "skorch_callback",
    "transformers_callback",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'netwright.clinic' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
