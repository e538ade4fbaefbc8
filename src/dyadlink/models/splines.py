"""Restricted cubic splines whose coefficients are the contrasts that a reader wants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def curve_at(values: NDArray[np.float64], knots: tuple[float, ...], reference: float) -> NDArray[np.float64]:
    """A number as columns, one for each knot but the reference.

    The curve is the restricted (natural) cubic spline through these knots: cubic between them, smooth at them, a
    straight line beyond the outer ones (Harrell 2015, Regression Modeling Strategies, 2.4.5). It is written by its
    heights at the knots above its height at the reference, so that each coefficient is the log ratio at that knot
    against the reference; fitted values are those of any other basis of the same curves.

    Args:
        values: The number, one a row; nan where it is missing, which stays.
        knots: Rising; three or more.
        reference: One of the knots.
    """
    from scipy.interpolate import CubicSpline  # noqa: PLC0415 - heavy

    # The spline that is 1 at one knot and 0 at the others, for each knot.
    heights = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    inside = np.clip(values, knots[0], knots[-1])
    # At an outer knot the second derivative is 0, so the straight line beyond it joins smoothly.
    basis = heights(inside) + heights(inside, 1) * (values - inside)[:, None]
    return np.asarray(np.delete(basis, knots.index(reference), axis=1))


def nearest_knot(columns: NDArray[np.float64], knots: tuple[float, ...], reference: float) -> NDArray[np.float64]:
    """Of each row, the knot that its number is nearest to, the lower of two; nan where the number is missing.

    Args:
        columns: What `curve_at` gave.
        knots: Its knots.
        reference: Its reference.
    """
    others = np.array([knot for knot in knots if knot != reference])
    # A straight line is among the curves, so the heights of y = x give the number back.
    values = reference + columns @ (others - reference)
    middles = (np.array(knots[:-1]) + np.array(knots[1:])) / 2
    nearest = np.array(knots)[np.searchsorted(middles, values)]
    return np.where(np.isnan(values), np.nan, nearest)
