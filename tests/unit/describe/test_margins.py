"""Tests of equal margins: the reference where dyads are alone, what clusters change, and what takes no part."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from statsmodels.stats.contingency_tables import SquareTable, mcnemar

from dyadlink.describe.margins import (
    FEW_MOVED,
    compare_all_margins,
    compare_margins,
    compare_margins_exactly,
    margin_differences,
)
from dyadlink.schemas import CSC_LEVELS
from dyadlink.schemas.movement import COARSE_OF

LEVELS = ("a", "b", "c", "d")


def _pairs(counts: dict[tuple[str, str], int]) -> tuple[pl.Series, pl.Series]:
    rows = [pair for pair, n in counts.items() for _ in range(n)]
    return pl.Series([a for a, _ in rows]), pl.Series([b for _, b in rows])


def _table(before: pl.Series, after: pl.Series, levels: tuple[str, ...]) -> np.ndarray:
    return np.array([[((before == a) & (after == b)).sum() for b in levels] for a in levels])


@pytest.mark.parametrize("seed", range(5))
def test_dyads_alone_give_the_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, after = _pairs({pair: int(rng.integers(1, 30)) for pair in product(LEVELS, LEVELS)})
    told = SquareTable(_table(before, after, LEVELS), shift_zeros=False).homogeneity()
    found = compare_margins(margin_differences(before, after, pl.Series(range(len(before))), LEVELS))
    assert found.statistic == pytest.approx(told.statistic, rel=1e-10)
    assert (found.df, round(found.p_value or 0, 12)) == (told.df, round(told.pvalue, 12))


def test_a_level_that_nobody_left_or_entered_takes_no_part() -> None:
    before, after = _pairs({("a", "b"): 20, ("b", "a"): 9, ("b", "d"): 14, ("d", "a"): 6, ("c", "c"): 50})
    told = SquareTable(_table(before, after, ("a", "b", "d")), shift_zeros=False).homogeneity()
    found = compare_margins(margin_differences(before, after, pl.Series(range(len(before))), LEVELS))
    assert (found.df, told.df) == (2, 2)
    assert found.statistic == pytest.approx(told.statistic, rel=1e-10)


def test_twins_who_move_together_tell_no_more_than_one_infant() -> None:
    before, after = _pairs({("a", "b"): 30, ("b", "a"): 12, ("b", "c"): 7, ("c", "c"): 5})
    mothers = pl.Series(range(len(before)))
    alone = compare_margins(margin_differences(before, after, mothers, LEVELS))
    twice = [pl.concat([series, series]) for series in (before, after, mothers)]
    together = compare_margins(margin_differences(*twice, LEVELS))
    independent = compare_margins(margin_differences(*twice[:2], pl.Series(range(2 * len(before))), LEVELS))
    assert together.statistic == pytest.approx(alone.statistic, rel=1e-10)
    assert independent.statistic == pytest.approx(2 * (alone.statistic or 0), rel=1e-10)


def test_nobody_moved() -> None:
    before, after = _pairs({("a", "a"): 30, ("b", "b"): 12})
    differences = margin_differences(before, after, pl.Series(range(42)), LEVELS)
    for found in (compare_margins(differences), compare_margins_exactly(differences[:, 0])):
        assert (found.statistic, found.df, found.p_value) == (None, 0, None)


@pytest.mark.parametrize(("up", "down"), [(0, 3), (1, 8), (5, 5), (2, 17), (11, 4)])
def test_the_exact_test_of_dyads_alone_is_the_reference(up: int, down: int) -> None:
    told = mcnemar(np.array([[40, up], [down, 70]]), exact=True).pvalue
    found = compare_margins_exactly(np.array([1] * up + [-1] * down + [0] * 110))
    assert found.p_value == pytest.approx(min(told, 1.0), rel=1e-12)


def test_the_exact_test_of_clusters_counts_every_pattern_of_signs() -> None:
    differences = np.array([2, 1, -1, 3, 0, 1])
    moved = np.abs(differences[differences != 0])
    sums = [abs(int(np.dot(signs, moved))) for signs in product((1, -1), repeat=len(moved))]
    told = sum(total >= abs(differences.sum()) for total in sums) / len(sums)
    assert compare_margins_exactly(differences).p_value == told


def test_every_pair_of_times_is_tested(analysis: pl.DataFrame) -> None:
    found = compare_all_margins(analysis)
    assert found.height == 16
    row = found.filter(from_time="t2", to_time="t3", about="released_levels").row(0, named=True)
    seen = analysis.filter(pl.col("csc_level_t3").is_not_null())
    told = seen.select(pl.col("csc_level_t2", "csc_level_t3").replace_strict(COARSE_OF))
    levels = tuple(dict.fromkeys(COARSE_OF.values()))
    differences = margin_differences(told["csc_level_t2"], told["csc_level_t3"], seen["mother_number"], levels)
    assert row["statistic"] == compare_margins(differences).statistic
    assert (row["n_dyads"], row["n_mothers"]) == (seen.height, seen["mother_number"].n_unique())
    assert seen.height < analysis.height


def test_few_who_moved_are_tested_exactly(analysis: pl.DataFrame) -> None:
    alone = analysis.unique("mother_number").sort("dyad_id")
    for n, method in ((FEW_MOVED - 1, "mcnemar_exact"), (FEW_MOVED, "mcnemar")):
        moved = alone.with_row_index("place").with_columns(
            csc_level_t1=pl.lit("none"),
            csc_level_t2=pl.when(pl.col("place") < n).then(pl.lit("child_in_need")).otherwise(pl.lit("none")),
        )
        row = compare_all_margins(moved).row(
            by_predicate=(pl.col("from_time") == "t1") & (pl.col("about") == "any_involvement"), named=True
        )
        assert (row["method"], row["n_up"], row["n_down"], row["n_moved_mothers"]) == (method, n, 0, n)


def test_levels_have_their_place_in_the_released_ones() -> None:
    assert tuple(COARSE_OF) == CSC_LEVELS
