"""Stuart-Maxwell and McNemar against R and published figures, with dyads of one cluster and of several."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from r_answers import R_FOLDER, read_answers

from dyadlink.describe.margins import MarginTest, compare_margins, compare_margins_exactly, margin_differences

ANSWERS = {row["test"]: row for row in read_answers("marginal_homogeneity").iter_rows(named=True)}
VISION = pl.read_csv(R_FOLDER / "vision.csv")
CLUSTERED = pl.read_csv(R_FOLDER / "clustered_pairs.csv")
# Sums of whole numbers, one small inverse and one tail: what is left is the last digits of both programs.
RELATIVE = 1e-9


def _from_table(counts: list[list[int]]) -> MarginTest:
    """The test of a square table in which each pair is a cluster of its own."""
    levels = tuple(str(i) for i in range(len(counts)))
    rows = [
        (a, b)
        for a, row in zip(levels, counts, strict=True)
        for b, n in zip(levels, row, strict=True)
        for _ in range(n)
    ]
    before, after = (pl.Series([row[side] for row in rows]) for side in (0, 1))
    return compare_margins(margin_differences(before, after, pl.Series(range(len(rows))), levels))


def _is_answer(found: MarginTest, name: str) -> None:
    told = ANSWERS[name]
    assert found.statistic == pytest.approx(told["statistic"], rel=RELATIVE)
    assert found.df == told["df"]
    assert found.p_value == pytest.approx(told["p_value"], rel=RELATIVE)


def test_stuart_of_the_two_eyes() -> None:
    found = _from_table(VISION.drop("right_eye").to_numpy().tolist())
    _is_answer(found, "stuart")
    # Stuart 1955, as the help page of R's coin package gives it.
    assert round(found.statistic or 0, 2) == 11.96


def test_mcnemar_of_two_surveys() -> None:
    found = _from_table([[794, 150], [86, 570]])
    _is_answer(found, "mcnemar")
    # As Penn State's course STAT 504 gives it for these surveys (Agresti 1990, p. 350).
    assert round(found.statistic or 0, 4) == 17.3559


def test_exact_mcnemar_is_the_binomial_test() -> None:
    found = compare_margins_exactly(np.array([1] * 6 + [-1] * 14 + [0] * 30))
    assert found.p_value == pytest.approx(ANSWERS["exact"]["p_value"], rel=RELATIVE)


@pytest.mark.parametrize(("name", "published"), [("psychiatry", 7.19), ("thyroids", 2.86)])
def test_clusters_of_several_pairs(name: str, published: float) -> None:
    clusters = CLUSTERED.filter(data=name)
    moved = (clusters["only_second"] - clusters["only_first"]).to_numpy()
    found = compare_margins(np.column_stack([moved, -moved]))
    _is_answer(found, name)
    # Durkalski et al. 2003 (Stat Med 22:2417) give Obuchowski's statistic, which has the factor (K - 1) / K.
    n = clusters.height
    assert round((found.statistic or 0) * (n - 1) / n, 2) == published
