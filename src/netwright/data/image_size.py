"""The size and the colour that pictures are brought to, where nobody said."""

from __future__ import annotations

import numpy as np

from netwright.data.images import Images
from netwright.data.items import ImageRows
from netwright.data.pictures import Measure, measure

LOOKED_AT = 300
"""Pictures whose headers are read."""

KEPT_SIDE = 64
"""Equal pictures up to this size stay as they are."""

LONGEST_SIDE = {"quick": 48, "standard": 64, "thorough": 96}
"""What larger or unequal pictures are brought to, by effort: work grows with the square."""


def choose_images(rows: ImageRows, options: Images, effort: str) -> tuple[Images, str]:
    """Return the options with size and channels decided, and why.

    Args:
        rows: the training pictures.
        options: what was decided already.
        effort: of the recipe.

    >>> rows = ImageRows(np.zeros((4, 28, 28, 1), dtype=np.uint8))
    >>> choose_images(rows, Images(), "standard")[1]
    'every picture has 28 × 28 pixels; grey'
    """
    measures = measures_of(rows)
    grey = all(one.grey for one in measures)
    channels = options.channels if options.channels != "auto" else _channels(rows, grey)
    size, reason = (options.size, "you said so") if options.size != "auto" else _size(measures, effort)
    seen = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
    clear = "; transparent parts laid on white" if any(one.alpha for one in measures) else ""
    return options.edited(size=size, channels=channels), f"{reason}; {seen}{clear}"


def extent_of_images(rows: ImageRows) -> tuple[int, ...]:
    """Return channels, height and width of a typical picture."""
    measures = measures_of(rows)
    height, width = (int(np.median([getattr(one, side) for one in measures])) for side in ("height", "width"))
    return _channels(rows, all(one.grey for one in measures)), height, width


def measures_of(rows: ImageRows) -> list[Measure]:
    """Return the sizes of some of the pictures."""
    values = rows.values
    if values.dtype != object:
        return [_measure(values[0])]
    some = values[:: max(1, len(values) // LOOKED_AT)]
    if all(isinstance(one, np.ndarray) for one in some):
        return [_measure(one) for one in some]
    return measure(list(some))


def _measure(one: np.ndarray) -> Measure:
    height, width = one.shape[:2]
    channels = one.shape[2] if one.ndim == 3 else 1
    return Measure(height, width, channels <= 2, channels in (2, 4))


def _channels(rows: ImageRows, grey: bool) -> int:
    if rows.values.dtype != object and rows.values.shape[-1] > 4:
        return int(rows.values.shape[-1])
    return 1 if grey else 3


def _size(measures: list[Measure], effort: str) -> tuple[tuple[int, int], str]:
    sizes = {(one.height, one.width) for one in measures}
    if not sizes:
        most = LONGEST_SIDE[effort]
        return (most, most), "no picture could be measured"
    height, width = (float(np.median([size[axis] for size in sorted(sizes)])) for axis in (0, 1))
    if len(sizes) == 1 and max(height, width) <= KEPT_SIDE:
        return (int(height), int(width)), f"every picture has {int(height)} × {int(width)} pixels"
    # Ratios far from a square are kept, others made one, so that tall and wide pictures fit alike.
    longest = max(height, width)
    scale = min(LONGEST_SIDE[effort], longest) / longest
    square = len(sizes) > 1 and 0.6 <= height / width <= 1.67
    side = longest * scale
    size = (round(side), round(side)) if square else (round(height * scale), round(width * scale))
    size = max(4, size[0]), max(4, size[1])
    told = "unequal sizes" if len(sizes) > 1 else f"{int(height)} × {int(width)} pixels"
    return (
        size,
        f"{told}, resized to {size[0]} × {size[1]} for {effort} effort, ratio kept, padded with black",
    )
