"""Series as inputs of an exported model that forecasts, by name. Needs Python and NumPy, nothing else."""

from typing import Any

import numpy as np

from netwright.exporting.readers.calendar import waves_of


def inputs_of(rows: list[dict[str, Any]], description: dict[str, Any]) -> dict[str, Any]:
    """Return the arrays that the model is called with.

    rows: a list of dicts: "values" so far, None where missing; "series", its name, where there are several;
        "times" of the values and of the steps ahead, ISO 8601; "known" and "static", dicts by column.
    description: the file inputs.json, read.
    """
    inlets = {one["name"]: one for one in description["inputs"]}
    past = inlets["past"]
    found: dict[str, list[Any]] = {name: [] for name in inlets}
    for row in rows:
        values = np.array([np.nan if one is None else one for one in row["values"]], dtype=np.float64)
        there = ~np.isnan(values)
        values = np.log(np.maximum(values, np.finfo(np.float32).tiny)) if past["logarithm"] else values
        mean, spread = values[there].mean(), values[there].std()  # of a series that was not trained on
        own = [mean, spread if spread > 1e-12 * max(1.0, abs(mean)) else 1.0]
        found["unit"].append(inlets["unit"]["units"].get(row.get("series", ""), own))
        places = np.arange(len(values))
        found["past"].append(lasting(np.interp(places, places[there], values[there]), past["longest"]))
        steps = past["longest"] + past["ahead"]
        if "waves" in inlets:
            found["waves"].append(lasting(waves_of(row["times"], inlets["waves"]["cycles"]), steps))
        if "known" in inlets:
            columns = [row["known"][name] for name in inlets["known"]["names"]]
            found["known"].append(lasting(np.array(columns, dtype=np.float64).T, steps))
        if "static" in inlets:
            words = inlets["static"]["words"].items()
            found["static"].append([float(word == row["static"][c]) for c, known in words for word in known])
    return {name: np.array(one, dtype=inlets[name]["dtype"]) for name, one in found.items()}


def lasting(steps: Any, count: int) -> Any:
    """Return the last steps, the first of them repeated before where there are fewer."""
    return np.concatenate([np.repeat(steps[:1], max(0, count - len(steps)), axis=0), steps])[-count:]
