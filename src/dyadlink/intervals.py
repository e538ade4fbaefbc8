"""Intervals of shares and of numbers of events, by published methods."""

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


def poisson_interval(n_events: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of the expected number of events, of which so many were seen.

    Events are taken as independent: where one person has many, the interval is too narrow. The ends are quantiles of
    chi-squared distributions (Garwood 1936, Biometrika 28:437, doi 10.1093/biomet/28.3-4.437); R's poisson.test gives
    the same.

    Args:
        n_events: Events seen.
        confidence: Coverage, at least.

    Returns:
        Lower and upper end, in events; of no event the lower end is 0.

    Raises:
        ValueError: The number is negative, or the confidence is not between 0 and 1.
    """
    from scipy.stats import chi2  # noqa: PLC0415 - heavy

    if n_events < 0 or not 0 < confidence < 1:
        raise ValueError("an interval needs a number of events from 0 on, and a confidence between 0 and 1")
    tail = (1 - confidence) / 2
    low = float(chi2.ppf(tail, 2 * n_events)) / 2 if n_events else 0.0
    return low, float(chi2.isf(tail, 2 * n_events + 2)) / 2
