"""Estimates of several completed data sets made into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """One pooled figure for each coefficient.

    Attributes:
        estimate: Mean over the data sets.
        std_error: Square root of the total variance: within, and (1 + 1/m) times between.
        df: Degrees of freedom of the t distribution of the estimate.
        fmi: Fraction of missing information: the part of it that the unknown values cost.
    """

    estimate: Floats
    std_error: Floats
    df: Floats
    fmi: Floats


def pool(estimates: Floats, std_errors: Floats, df_complete: float) -> Pooled:
    """The estimates of m completed data sets, pooled by Rubin's rules.

    Sources: Rubin 1987, Multiple Imputation for Nonresponse in Surveys; degrees of freedom of Barnard & Rubin 1999,
    Biometrika 86:948, which never exceed those of the complete data.

    Args:
        estimates: One row for each data set, one column for each coefficient.
        std_errors: Their standard errors.
        df_complete: Degrees of freedom that the coefficients would have in complete data.
    """
    m = len(estimates)
    within = np.mean(std_errors**2, axis=0)
    # One data set, or the same one m times, tells nothing between: what is left is the complete-data answer.
    between = np.var(estimates, axis=0, ddof=1) if m > 1 else np.zeros(estimates.shape[1])
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total
    df_observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    # Rubin's degrees of freedom are (m - 1) / share^2; their inverse exists where nothing is missing, too.
    df = 1 / (share**2 / max(m - 1, 1) + 1 / df_observed)
    increase = share / (1 - share)
    fmi = np.where(share > 0, (increase + 2 / (df + 3)) / (1 + increase), 0.0)
    return Pooled(estimates.mean(axis=0), np.sqrt(total), df, fmi)
