"""Subdistribution hazards of one event while others compete with it, the covariance clustered."""

from __future__ import annotations

import numpy as np

from dyadlink.models.design import Design
from dyadlink.models.fit import Fit, checked_fit, no_fit
from dyadlink.models.newton import climb
from dyadlink.models.subdistribution import Calendar, Likelihood, Variance
from dyadlink.models.sums import sum_by_group

_TOLERANCE = 1e-13
"""Of the relative change of the log likelihood: the estimates are then good to its square root, at the least."""


def fit_fine_gray(design: Design, variance: Variance = "finegray") -> Fit:
    """Log subdistribution hazard ratios with standard errors clustered on the mother.

    Fine & Gray 1999, J Am Stat Assoc 94:496: a dyad with a competing event stays at risk, with the chance of not
    having been censored since, by the Kaplan-Meier curve of censoring. R carries these weights in one row for each
    interval between censorings; here they stay products of a dyad's and a day's part, so that nothing is expanded.
    The robust covariance sums what each dyad adds over mothers (Zhou et al. 2012, Biostatistics 13:371).

    Args:
        design: Complete cases that passed `explain_problem`, with `competing`.
        variance: finegray: ties, weights and covariance of R's `finegray()` and `coxph(..., weights =, cluster =)`:
            Efron's ties, events of a day before its censorings, the weights taken for known. crr: those of cmprsk's
            `crr()`, clustered: Breslow's ties, the weights' own uncertainty part of the covariance.
    """
    competing = np.zeros_like(design.event) if design.competing is None else design.competing
    order = np.argsort(design.days, kind="stable")
    matrix = (design.matrix - design.matrix.mean(axis=0))[order]
    calendar = Calendar.of(design.days[order], design.event[order], competing[order], variance)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        peak = climb(
            lambda coefficients: Likelihood(calendar, matrix, coefficients),
            np.zeros(matrix.shape[1]),
            lambda _after, _step, value, gain: abs(gain) <= _TOLERANCE * abs(value),
        )
    if peak is None:
        return no_fit(design, "the fit did not converge")
    coefficients, at = peak
    residuals = at.score_residuals()
    if variance == "crr":
        residuals += at.censoring_residuals()
    names, mothers = np.unique(design.clusters[order], return_inverse=True)
    by_mother = sum_by_group(residuals, mothers, len(names))
    inverse = np.linalg.inv(at.information)
    influence = by_mother @ inverse
    return checked_fit(design, coefficients, np.sqrt((influence**2).sum(axis=0)), np.sqrt(np.diag(inverse)))
