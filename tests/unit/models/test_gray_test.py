"""What Gray's test answers where there is no answer, and that neither order nor labels matter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dyadlink.models.gray_test import NO_EVENTS, ONE_GROUP, SINGULAR, GrayTest, gray_test


def _data(n: int = 300) -> dict[str, Any]:
    random = np.random.default_rng(1)
    code = random.integers(0, 3, n)
    return {
        "days": random.integers(1, 60, n),
        "event": code == 1,
        "competing": code == 2,
        "group": random.integers(0, 3, n),
    }


def _changed(**columns: Any) -> GrayTest:
    return gray_test(**(_data() | columns))


@pytest.mark.parametrize(
    ("columns", "df", "problem"),
    [
        ({"group": np.ones(300)}, 0, ONE_GROUP),
        ({"event": np.zeros(300, dtype=bool)}, 2, NO_EVENTS),
        # Within each stratum there is one group alone: nothing is compared.
        ({"strata": _data()["group"]}, 2, SINGULAR),
    ],
)
def test_problem(columns: dict[str, Any], df: int, problem: str) -> None:
    result = _changed(**columns)
    assert (result.df, result.problem) == (df, problem)
    assert math.isnan(result.statistic)
    assert math.isnan(result.p_value)


def test_no_rows() -> None:
    assert gray_test([], [], [], []).problem == ONE_GROUP


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"days": np.ones(299)}, "differ in length"),
        ({"strata": np.ones(299)}, "differ in length"),
        ({"competing": np.ones(300, dtype=bool)}, "both the event and a competing event"),
    ],
)
def test_arrays_that_do_not_fit(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        _changed(**columns)


def test_order_and_labels_change_nothing() -> None:
    data = _data()
    order = np.random.default_rng(2).permutation(300)
    turned = {name: values[order] for name, values in data.items()} | {"group": 2 - data["group"][order]}
    assert math.isclose(gray_test(**data).statistic, gray_test(**turned).statistic, rel_tol=1e-10)


def test_right_under_no_difference() -> None:
    """Of 1,000 tables whose groups do not differ, 5% are below .05 (Monte-Carlo error .7%)."""
    random = np.random.default_rng(3)
    p_values = []
    for _ in range(1_000):
        code = random.choice(3, 150, p=[0.3, 0.4, 0.3])
        p_values.append(
            gray_test(random.integers(1, 40, 150), code == 1, code == 2, random.integers(0, 2, 150)).p_value
        )
    assert 0.035 < np.mean(np.asarray(p_values) < 0.05) < 0.065
