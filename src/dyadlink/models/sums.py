"""Sums over the rows of a design, without a copy of it for each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROWS = 2048
"""Rows taken together: few enough to stay in the processor's cache."""
_CLEAR = 1e-8
"""Of the largest eigenvalue: squares of singular values, which are good to 1e-13 or so."""


def sum_by_group(values: Floats, group: Ints, n_groups: int, weights: Floats | None = None) -> Floats:
    """Of each group the sum of its rows, each times its weight; one row a group, in their order.

    Args:
        values: One row for each of what is summed.
        group: Number of the group of each row, from 0.
        n_groups: Number of groups.
        weights: What each row counts for; left out: 1.
    """
    from scipy.sparse import csc_array  # noqa: PLC0415 - heavy

    n = len(values)
    shares = np.ones(n) if weights is None else weights
    return np.asarray(csc_array((shares, group, np.arange(n + 1)), shape=(n_groups, n)) @ values)


def weighted_cross_product(matrix: Floats, weights: Floats) -> Floats:
    """Sum over the rows of the weight times the row's product with itself: columns by columns."""
    total = np.zeros((matrix.shape[1], matrix.shape[1]))
    for start in range(0, len(matrix), _ROWS):
        rows = matrix[start : start + _ROWS]
        total += rows.T @ (rows * weights[start : start + _ROWS, None])
    return total


def has_full_rank(matrix: Floats) -> bool:
    """Whether no column is a combination of the others and a constant.

    Where the correlations of the columns are clear of doubt they tell; else the singular values do, which take longer.
    """
    mean = matrix.mean(axis=0)
    products = np.zeros((matrix.shape[1], matrix.shape[1]))
    for start in range(0, len(matrix), _ROWS):
        rows = matrix[start : start + _ROWS] - mean
        products += rows.T @ rows
    spread = np.sqrt(np.diag(products))
    if not spread.all():
        return False
    values = np.linalg.eigvalsh(products / np.outer(spread, spread))
    if values[0] > _CLEAR * values[-1]:
        return True
    return bool(np.linalg.matrix_rank((matrix - mean) / spread) == matrix.shape[1])
