"""Sums over rows, and what they tell of a matrix's rank."""

from __future__ import annotations

import numpy as np
import pytest

from dyadlink.models.sums import has_full_rank, sum_by_group, weighted_cross_product


def test_sums_by_group() -> None:
    values = np.arange(10, dtype=np.float64).reshape(5, 2)
    group = np.array([2, 0, 2, 0, 3])
    assert sum_by_group(values, group, 4).tolist() == [[8, 10], [0, 0], [4, 6], [8, 9]]
    weighted = sum_by_group(values, group, 4, np.array([1.0, 2, 3, 4, 5]))
    assert weighted.tolist() == [[28, 34], [0, 0], [12, 16], [40, 45]]


@pytest.mark.parametrize("n", [1, 2047, 2048, 2049, 5000])
def test_cross_products_whatever_the_number_of_rows(n: int) -> None:
    rng = np.random.default_rng(n)
    matrix, weights = rng.normal(size=(n, 3)), rng.normal(size=n)
    assert weighted_cross_product(matrix, weights) == pytest.approx(matrix.T @ np.diag(weights) @ matrix, abs=1e-9)


@pytest.mark.parametrize(("noise", "is_full"), [(1.0, True), (1e-3, True), (1e-6, True), (1e-10, True), (0.0, False)])
def test_rank_of_columns_that_nearly_repeat_each_other(noise: float, is_full: bool) -> None:
    """As the singular values say, also where squares have too few digits to."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 500))
    matrix = np.column_stack([x, y, x - y + noise * rng.normal(size=500)])
    matrix -= matrix.mean(axis=0)
    assert (np.linalg.matrix_rank(matrix) == 3) == is_full
    assert has_full_rank(matrix) == is_full
    assert has_full_rank(matrix + 100) == is_full


def test_a_constant_column_is_a_combination_too() -> None:
    x = np.arange(10, dtype=np.float64)
    assert has_full_rank(x[:, None])
    assert not has_full_rank(np.column_stack([x, np.full(10, 3.0)]))
