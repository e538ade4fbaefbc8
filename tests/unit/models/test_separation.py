"""The proof that nothing is separated: never wrong, and found where the linear programme finds nothing."""

from __future__ import annotations

import numpy as np
import pytest
from firthmodels import detect_separation

from dyadlink.models.separation import is_overlapping


@pytest.mark.parametrize("n", [12, 20, 40, 400])
def test_it_agrees_with_the_linear_programme(n: int) -> None:
    """Of small samples many are separated, of larger ones none."""
    rng = np.random.default_rng(n)
    separated = 0
    for _ in range(60):
        matrix = np.column_stack([rng.random((n, 2)) < 0.4, np.round(rng.normal(size=n), 1)]).astype(np.float64)
        event = rng.random(n) < 1 / (1 + np.exp(-2 * matrix[:, 0]))
        exog = np.column_stack([np.ones(n), matrix])
        if np.linalg.matrix_rank(exog) < 4 or event.all() or not event.any():
            continue
        is_separated = detect_separation(matrix, event.astype(np.int64)).separation
        separated += is_separated
        assert is_overlapping(matrix, event) == (not is_separated)
    assert (separated > 0) == (n < 400)


def test_a_threshold_separates_and_a_steep_slope_does_not() -> None:
    x = np.arange(2000, dtype=np.float64)
    assert not is_overlapping(x[:, None], x >= 1000)
    noise = np.random.default_rng(4).normal(0, 300, 2000)
    assert is_overlapping(x[:, None], x + noise >= 1000)


def test_a_level_of_few_rows_is_not_lost_from_sight() -> None:
    """Ten of 50,000 are at the level: too few for the rows looked at first."""
    rng = np.random.default_rng(1)
    n = 50_000
    level = np.zeros(n)
    level[100:110] = 1
    matrix = np.column_stack([level, rng.normal(size=n)])
    event = rng.random(n) < 0.3
    event[100:110] = False
    assert not is_overlapping(matrix, event)
    event[105] = True
    assert is_overlapping(matrix, event)


def test_columns_that_repeat_each_other_prove_nothing() -> None:
    x = np.random.default_rng(2).normal(size=200)
    event = np.arange(200) % 2 == 0
    assert is_overlapping(x[:, None], event)
    assert not is_overlapping(np.column_stack([x, 2 * x]), event)
    assert not is_overlapping(np.column_stack([x, np.ones(200)]), event)
