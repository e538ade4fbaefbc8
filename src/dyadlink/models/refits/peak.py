"""The maximum of a likelihood, and what a fit leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dyadlink.models import newton
from dyadlink.models.design import Floats

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
    """The maximum, or nothing where none is reached: see `newton.climb`.

    Args:
        at: The likelihood at given coefficients.
        start: Where to begin.
        smallest: See `_SMALLEST_STEP`; less for a likelihood whose curvature is not quite the information.
    """
    found = newton.climb(
        at, start, lambda after, step, *_: bool(np.abs(step).max() <= smallest * (1 + np.abs(after).max()))
    )
    return found and Peak(found[0], np.asarray(np.linalg.inv(found[1].information), dtype=np.float64))


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
