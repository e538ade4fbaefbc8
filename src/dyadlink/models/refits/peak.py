"""The maximum of a likelihood by Newton's method, and what a fit leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dyadlink.models.design import Floats

_MOST_STEPS = 50
_MOST_HALVINGS = 20
_SMALLEST_STEP = 1e-6
"""Newton's step, of the largest coefficient, after which the estimate is taken for reached: the next would be about its
square."""
_LARGEST_ERROR = 50.0
"""Standard error per standard deviation of a covariate from which on a likelihood has no maximum (as `checked_fit`)."""


@dataclass(frozen=True)
class Point:
    """A likelihood at some coefficients: its logarithm, slope and curvature."""

    value: float
    score: Floats
    information: Floats


@dataclass(frozen=True)
class Peak:
    """A maximum: all coefficients (of a logistic model the intercept first) and the inverse of the information."""

    coefficients: Floats
    inverse: Floats


def climb(at: Callable[[Floats], Point], start: Floats, smallest: float = _SMALLEST_STEP) -> Peak | None:
    """The maximum by Newton's method with halved steps, or nothing where none is reached.

    Args:
        at: The likelihood at given coefficients.
        start: Where to begin.
        smallest: See `_SMALLEST_STEP`; less for a likelihood whose curvature is not quite the information.
    """
    coefficients, now = start, at(start)
    for _ in range(_MOST_STEPS):
        try:
            step = np.linalg.solve(now.information, now.score)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(step).all():
            return None
        for _ in range(_MOST_HALVINGS):
            new = at(coefficients + step)
            # As good as the last one, within rounding.
            if new.value >= now.value - 1e-12 * abs(now.value):
                break
            step = step / 2
        else:
            return None
        coefficients, now = coefficients + step, new
        if np.abs(step).max() <= smallest * (1 + np.abs(coefficients).max()):
            return Peak(coefficients, np.asarray(np.linalg.inv(now.information), dtype=np.float64))
    return None


def has_run_away(peak: Peak, matrix: Floats, skip: int) -> bool:
    """Whether a coefficient is on its way to infinity: the curvature is gone.

    Args:
        peak: The fit.
        matrix: The covariates that it is of.
        skip: Coefficients before those of the covariates (the intercept).
    """
    variances = np.diag(peak.inverse)[skip:]
    if not (variances > 0).all():
        return True
    return bool((np.sqrt(variances) * matrix.std(axis=0) > _LARGEST_ERROR).any())


def sum_by_cluster(residuals: Floats, clusters: NDArray[np.int64]) -> Floats:
    """One row for each cluster, in the order of their numbers: its rows added up."""
    _, place = np.unique(clusters, return_inverse=True)
    n = int(place.max()) + 1
    return np.column_stack([np.bincount(place, column, n) for column in residuals.T])
