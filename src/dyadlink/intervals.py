"""Intervals of shares, by published methods."""

from __future__ import annotations

import math
from typing import NamedTuple

Z_95 = 1.959963984540054
"""The 97.5% point of the normal distribution."""


class Share(NamedTuple):
    """A share with its 95% interval; all three are NaN where there is nothing to take a share of."""

    value: float
    low: float
    high: float


def wilson(n: float, total: float) -> Share:
    """A share with its score interval (Wilson 1927), which stays inside 0 to 1 and holds for small numbers.

    Args:
        n: How many have what is counted.
        total: Among how many; no whole number where they stand for a sample of another design.
    """
    if not total:
        return Share(math.nan, math.nan, math.nan)
    share, z2 = n / total, Z_95**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z_95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    # At 0 and 1 the bound is exact; the formula misses it by a rounding error.
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return Share(share, low, high)
