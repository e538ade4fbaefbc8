"""Logistic regression by maximum likelihood, its covariance clustered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Design, Floats
from dyadlink.models.fit import Fit, checked_fit, no_fit
from dyadlink.models.separation import is_overlapping

_MOST_STEPS = 100
_MOST_HALVINGS = 30
_TOLERANCE = 1e-16
"""Of the squared length of the last Newton step in standard errors; what it leaves is of the order of that square."""


def fit_logistic(design: Design) -> Fit:
    """Log odds ratios with standard errors clustered on the mother.

    Newton's method, halved where the likelihood would fall. The sandwich covariance (Liang & Zeger 1986) carries the
    small-sample correction G / (G - 1) * (n - 1) / (n - k), with G clusters, n dyads, k parameters and the
    intercept among them: R's `vcovCL(type = "HC1", cadjust = TRUE)`. Weights count in the likelihood and in each dyad's
    score, and are taken for known: R's `glm(weights =)` with the same covariance.

    Args:
        design: Complete cases that passed `explain_problem`.
    """
    exog, back = standardised(design.matrix)
    outcome = design.event.astype(np.float64)
    weights = np.ones(len(outcome)) if design.weights is None else design.weights
    try:
        peak = _climb(exog, outcome, weights)
        if peak is None:
            return no_fit(design, "the fit did not converge")
        found, information = peak
        inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return no_fit(design, "the covariance is singular")
    scores = np.asarray((weights * (outcome - _risks(exog @ found)))[:, None] * exog)
    coefficients = back @ found
    covariance = back @ _sandwich(inverse, scores, design.clusters) @ back.T
    naive = back @ inverse @ back.T
    with np.errstate(invalid="ignore"):
        # Of a matrix that is all but singular: see `checked_fit`.
        errors, naive_errors = np.sqrt(np.diag(covariance)), np.sqrt(np.diag(naive))
    fit = checked_fit(design, coefficients[1:], errors[1:], naive_errors[1:])
    return fit if fit.problem else replace(fit, intercept=float(coefficients[0]), covariance=covariance)


def scaled(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """The columns with mean 0 and deviation 1, their means, and their deviations (1 of a constant)."""
    means, spreads = matrix.mean(axis=0), matrix.std(axis=0)
    spreads = np.where(spreads > 0, spreads, 1.0)
    return (matrix - means) / spreads, means, spreads


def standardised(matrix: Floats) -> tuple[Floats, Floats]:
    """An intercept and the columns with mean 0 and deviation 1, and what takes their coefficients back to the units.

    A column far from 0, a calendar year say, would leave no digits to converge with.
    """
    columns, means, spreads = scaled(matrix)
    exog = np.column_stack([np.ones(len(matrix)), columns])
    back = np.diag(np.concatenate([[1.0], 1 / spreads]))
    back[0, 1:] = -means / spreads
    return exog, back


def _climb(exog: Floats, outcome: Floats, weights: Floats) -> tuple[Floats, Floats] | None:
    """The maximum and the information there; nothing if it is not reached."""
    coefficients = np.zeros(exog.shape[1])
    scores = exog @ coefficients
    value = _log_likelihood(scores, outcome, weights)
    for _ in range(_MOST_STEPS):
        risks = _risks(scores)
        information = exog.T @ (exog * (weights * risks * (1 - risks))[:, None])
        slope = exog.T @ (weights * (outcome - risks))
        step = np.linalg.solve(information, slope)
        if slope @ step <= _TOLERANCE:
            return coefficients + step, information
        for _ in range(_MOST_HALVINGS):
            new_scores = exog @ (coefficients + step)
            new_value = _log_likelihood(new_scores, outcome, weights)
            # As good as the last one, within rounding.
            if new_value >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            return None
        coefficients, scores, value = coefficients + step, new_scores, new_value
    return None


def _risks(scores: Floats) -> Floats:
    from scipy.special import expit  # noqa: PLC0415 - heavy

    return np.asarray(expit(scores))


def _log_likelihood(scores: Floats, outcome: Floats, weights: Floats) -> float:
    return float(weights @ (outcome * scores - np.logaddexp(0.0, scores)))


def _sandwich(inverse: Floats, scores: Floats, clusters: NDArray[np.int64]) -> Floats:
    """The inverse information around the products of the scores, summed over each mother's dyads."""
    n, k = scores.shape
    mothers, number = np.unique(clusters, return_inverse=True)
    by_mother = np.column_stack([np.bincount(number, column, len(mothers)) for column in scores.T])
    influence = by_mother @ inverse
    correction = len(mothers) / (len(mothers) - 1) * (n - 1) / (n - k)
    return np.asarray(correction * (influence.T @ influence))


def find_separated_terms(design: Design) -> tuple[str, ...]:
    """Names of the terms whose odds ratio has no finite maximum-likelihood estimate.

    The linear programme of Konis (2007), as in R's detectseparation, unless it is proved beforehand that there is none.
    Call it on a design of full rank.
    """
    if is_overlapping(design.matrix, design.event):
        return ()
    from firthmodels import detect_separation  # noqa: PLC0415 - heavy

    # Separation depends on which combinations occur, not on how often: distinct rows are enough.
    rows = np.unique(np.column_stack([design.event, design.matrix]), axis=0)
    result = detect_separation(rows[:, 1:], rows[:, 0].astype(np.int64), fit_intercept=True)
    is_finite = result.is_finite[: len(design.parameters)]
    if not result.separation:
        return ()
    infinite = [p.term for p, finite in zip(design.parameters, is_finite, strict=True) if not finite]
    return tuple(dict.fromkeys(infinite)) or ("the intercept",)
