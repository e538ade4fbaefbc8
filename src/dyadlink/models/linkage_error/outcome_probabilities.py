"""Logistic regression of an outcome that is recorded with known error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RIDGE = 0.01
"""ASSUME: a penalty worth far less than one dyad keeps a level without events finite; it moves no other estimate."""
_MOST_STEPS = 1_000
_TOLERANCE = 1e-8


def fit_probabilities(
    matrix: Floats, recorded: NDArray[np.bool_], weights: Floats, sensitivity: Floats | float = 1.0,
    specificity: Floats | float = 1.0,
) -> Floats:  # fmt: skip
    """The probability of the true outcome for each dyad, by maximum likelihood.

    The true outcome is logistic in the covariates, and it is recorded with the given sensitivity and specificity:
    P(recorded) = 1 - specificity + (sensitivity + specificity - 1) P(true). Fisher scoring. Without error it is
    ordinary logistic regression. Source: Magder & Hughes 1997, Am J Epidemiol 146:195.

    Args:
        matrix: Covariates, one row for each dyad, no intercept.
        recorded: Whether the outcome is recorded.
        weights: How often each dyad counts.
        sensitivity: Probability that a true outcome is recorded, for each dyad or for all.
        specificity: Probability that its absence is recorded as such.
    """
    spread = matrix.std(axis=0)
    scaled = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    columns = np.column_stack([np.ones(len(matrix)), scaled])
    penalty = np.full(columns.shape[1], RIDGE)
    penalty[0] = 0.0
    slope = np.asarray(sensitivity) + np.asarray(specificity) - 1
    floor = 1 - np.asarray(specificity)
    share = np.average(recorded, weights=weights)
    coefficients = np.zeros(columns.shape[1])
    start = np.clip((share - np.mean(floor)) / np.mean(slope), 0.01, 0.99)
    coefficients[0] = np.log(start / (1 - start))

    def expected_at(coefficients: Floats) -> tuple[Floats, Floats]:
        true = 1 / (1 + np.exp(-columns @ coefficients))
        return true, np.clip(floor + slope * true, 1e-9, 1 - 1e-9)

    def penalised(coefficients: Floats) -> float:
        _, expected = expected_at(coefficients)
        told = weights @ np.log(np.where(recorded, expected, 1 - expected))
        return float(told - penalty @ coefficients**2 / 2)

    reached = penalised(coefficients)
    for _ in range(_MOST_STEPS):
        true, expected = expected_at(coefficients)
        gradient = slope * true * (1 - true)
        weight = weights / (expected * (1 - expected))
        score = columns.T @ (weight * gradient * (recorded - expected)) - penalty * coefficients
        information = (columns.T * (weight * gradient**2)) @ columns + np.diag(penalty + 1e-9)
        change = np.linalg.solve(information, score)
        # A long step from a flat place overshoots, and two that overshoot can follow each other for ever: no
        # coefficient moves by more than 1 at once, and none to where the data are less likely.
        change /= max(1.0, np.abs(change).max())
        while (risen := penalised(coefficients + change)) < reached and np.abs(change).max() > _TOLERANCE:
            change /= 2
        coefficients, reached = coefficients + change, risen
        if np.abs(change).max() < _TOLERANCE:
            break
    return np.asarray(1 / (1 + np.exp(-columns @ coefficients)))
