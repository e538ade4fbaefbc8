"""Confidence intervals that tables share."""

from __future__ import annotations


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
