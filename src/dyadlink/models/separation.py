"""Proof that no combination of covariates tells the outcome apart, without a linear programme."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.sums import Floats, Ints, weighted_cross_product

_ENOUGH = 3000
"""Rows with the outcome, and as many without it, that are looked at first."""
_MOST_STEPS = 30
_MARGIN = 0.5
_LEAST_EIGENVALUE = 1e-8
_LEAST_RESIDUAL = 1e-10
"""Below it, what is left after rounding is not known well enough."""


def is_overlapping(matrix: Floats, event: NDArray[np.bool_]) -> bool:
    """Whether it is proved that a logistic model has a finite maximum-likelihood estimate; if not, nothing is known.

    Residuals r of the sign of the outcome, none of them zero, with X'r = 0 are the proof: were b to separate, every
    product of r with Xb would be at least zero and their sum is zero, so Xb = 0 and, of full rank, b = 0 (the
    theorem of the alternative behind Konis 2007, and the conditions of Albert & Anderson 1984, Biometrika 71:1).
    Those of a logistic fit come close after few steps, and taking what is left of X'r out of them keeps their signs.
    Rows that overlap overlap among further rows, too: so a part of them is looked at first.

    Args:
        matrix: Covariates, no intercept.
        event: Whether the outcome was there; at least one row with it and one without.
    """
    places = np.concatenate([_spread_out(np.flatnonzero(event)), _spread_out(np.flatnonzero(~event))])
    if _is_proved(matrix[places], event[places]):
        return True
    return len(places) < len(event) and _is_proved(matrix, event)


def _spread_out(places: Ints) -> Ints:
    return places[:: -(-len(places) // _ENOUGH)]


def _is_proved(matrix: Floats, event: NDArray[np.bool_]) -> bool:
    from scipy.special import expit  # noqa: PLC0415 - heavy

    spread = matrix.std(axis=0)
    if not spread.all():
        return False
    exog = np.column_stack([np.ones(len(event)), (matrix - matrix.mean(axis=0)) / spread])
    squares = exog.T @ exog / len(event)
    if np.linalg.eigvalsh(squares)[0] < _LEAST_EIGENVALUE:
        return False
    share = event.mean()
    coefficients = np.zeros(exog.shape[1])
    coefficients[0] = np.log(share / (1 - share))
    for _ in range(_MOST_STEPS):
        risks = expit(exog @ coefficients)
        residuals = event - risks
        score = exog.T @ residuals
        if np.abs(residuals).min() < _LEAST_RESIDUAL:
            return False
        left = exog @ np.linalg.solve(squares, score / len(event))
        if (np.abs(left) < _MARGIN * np.abs(residuals)).all():
            return True
        try:
            coefficients += np.linalg.solve(weighted_cross_product(exog, risks * (1 - risks)), score)
        except np.linalg.LinAlgError:
            return False
    return False
