"""Transitions: each dyad once for each pair of times, by another route, and what is refused."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from dyadlink.describe import transitions
from dyadlink.describe.outcomes import count_outcomes
from dyadlink.describe.transitions import count_transitions
from dyadlink.errors import ContractError
from dyadlink.schemas import CSC_LEVELS, check_table
from dyadlink.schemas.movement import NOT_OBSERVED, PAIRS, Transitions


@pytest.fixture(scope="module")
def counted(analysis: pl.DataFrame) -> pl.DataFrame:
    return count_transitions(analysis)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_each_dyad_is_counted_once(counted: pl.DataFrame, analysis: pl.DataFrame, before: str, after: str) -> None:
    told = Counter(
        (a or NOT_OBSERVED, b or NOT_OBSERVED)
        for a, b in analysis.select(f"csc_level_{before}", f"csc_level_{after}").iter_rows()
    )
    rows = counted.filter(from_time=before, to_time=after)
    found = {(row["from_level"], row["to_level"]): row["n"] for row in rows.iter_rows(named=True)}
    assert {pair: n for pair, n in found.items() if n} == dict(told)
    assert list(found) == [(a, b) for a in (*CSC_LEVELS, NOT_OBSERVED) for b in (*CSC_LEVELS, NOT_OBSERVED)]


def test_margins_are_the_levels_at_each_time(counted: pl.DataFrame, analysis: pl.DataFrame) -> None:
    levels = count_outcomes(analysis).filter(pl.col("table") == "csc_levels", pl.col("variable") == "csc_level_t3")
    into = counted.filter(to_time="t3", from_time="t2").group_by("to_level").agg(pl.col("n").sum())
    assert dict(levels.select("level", "n").iter_rows()) == dict(into.iter_rows())
    assert dict(into.iter_rows())[NOT_OBSERVED] > 0


def test_an_unknown_level_is_refused_and_not_dropped(analysis: pl.DataFrame) -> None:
    odd = analysis.with_columns(csc_level_t1=pl.lit("early_help"))
    with pytest.raises(ContractError, match="2 pair"):
        count_transitions(odd)


def test_margins_that_differ_between_pairs_are_refused(counted: pl.DataFrame, analysis: pl.DataFrame) -> None:
    is_moved = pl.col("from_time") == "birth", pl.col("to_time") == "t1", pl.col("from_level") == "none"
    step = pl.when(*is_moved, pl.col("to_level") == "none").then(-1).when(*is_moved, pl.col("to_level") == "section_47")
    odd = counted.with_columns(pl.col("n") + step.then(1).otherwise(0))
    with pytest.raises(ContractError, match=r"0 pair\(s\) of times, and 2 margin"):
        transitions._check_accounting(odd, analysis.height)


def test_a_row_that_is_left_out_breaks_the_contract(counted: pl.DataFrame) -> None:
    with pytest.raises(ContractError, match="every_pair_of_levels_is_there"):
        check_table(counted.filter(pl.col("n") > 0), Transitions, "transitions")
