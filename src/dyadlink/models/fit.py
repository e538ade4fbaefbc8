"""What every family returns from a fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dyadlink.models.design import Design, Floats

# ASSUME: per standard deviation of a covariate, a standard error of 50 on the log scale is no estimate.
_LARGEST_STANDARDISED_ERROR = 50.0


@dataclass(frozen=True)
class Fit:
    """Coefficients of one model, or the reason why there are none.

    Attributes:
        coefficients: Log odds ratios or log hazard ratios, one per parameter of the design (no intercept).
        std_errors: Their standard errors, clustered on the mother; of Firth's penalty, and of a design that says so,
            model-based.
        problem: Why the model has no estimate, in plain words; empty when it has.
        intercept: Of a logistic model by maximum likelihood, what goes before the coefficients.
        covariance: Of the intercept and the coefficients together, clustered; where there is an intercept.
    """

    coefficients: Floats
    std_errors: Floats
    problem: str = ""
    intercept: float | None = None
    covariance: Floats | None = None


def no_fit(design: Design, problem: str) -> Fit:
    """A fit without estimates that says why."""
    nothing = np.full(len(design.parameters), np.nan)
    return Fit(nothing, nothing, problem)


def checked_fit(design: Design, coefficients: Floats, std_errors: Floats, naive_errors: Floats) -> Fit:
    """The fit, unless an estimate ran off to infinity: a solver can stop there and call it convergence.

    A likelihood that keeps rising has no curvature left, so the model-based standard error, in standard
    deviations of the column, explodes; the clustered one does not. A design that is not clustered gets the
    model-based errors.
    """
    figures = np.concatenate([coefficients, std_errors, naive_errors])
    if not np.isfinite(figures).all() or (std_errors <= 0).any():
        return no_fit(design, "the covariance is singular")
    # No deviation is larger than half the range, which is sooner told.
    if (naive_errors * np.ptp(design.matrix, axis=0) / 2 > _LARGEST_STANDARDISED_ERROR).any():
        runaway = naive_errors * design.matrix.std(axis=0) > _LARGEST_STANDARDISED_ERROR
        terms = [parameter.term for parameter, is_away in zip(design.parameters, runaway, strict=True) if is_away]
        if terms:
            return no_fit(design, f"no finite estimate exists (separation) at {', '.join(dict.fromkeys(terms))}")
    return Fit(coefficients, std_errors if design.is_clustered else naive_errors)
