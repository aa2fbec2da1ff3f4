"""Intervals: the range in which a number would lie in 95 of 100 repetitions."""

from __future__ import annotations

import math
from dataclasses import dataclass

# The quantile of the normal distribution that leaves 2.5 % on either side.
NORMAL_97_5 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """The two ends of a 95 % interval."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether both ends lie on the same side of zero."""
        return self.low > 0 or self.high < 0

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)


def wilson_interval(share: float, rows: float) -> Interval:
    """Return the 95 % interval of a share; it has a width even when the share is 0 or 1.

        (p + z²/2n ± z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n)

    Args:
        share: p, the observed share, 0 to 1.
        rows: n, the number of rows, or their effective number when they are weighted.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> wilson_interval(1.0, 36).low > 0.9
    True
    """
    assert rows > 0
    assert 0 <= share <= 1
    square = NORMAL_97_5**2 / rows
    spread = NORMAL_97_5 * math.sqrt(share * (1 - share) / rows + square / (4 * rows))
    low, high = ((share + square / 2 + sign * spread) / (1 + square) for sign in (-1, 1))
    return Interval(min(share, max(0.0, low)), max(share, min(1.0, high)))
