"""Counts of outcomes: at risk, observed, yes and no add up."""

from __future__ import annotations

import polars as pl
import pytest

from dyadlink.describe.outcomes import count_outcomes
from dyadlink.schemas import CSC_LEVELS


@pytest.fixture(scope="module")
def counts(analysis: pl.DataFrame) -> pl.DataFrame:
    return count_outcomes(analysis)


def _levels(counts: pl.DataFrame, table: str, variable: str, group: str) -> dict[str, int]:
    rows = counts.filter(table=table, variable=variable, group=group)
    return dict(rows.select("level", "n").rows())


def test_an_outcome_of_those_at_risk(counts: pl.DataFrame, analysis: pl.DataFrame) -> None:
    at_risk = analysis.filter(pl.col("o3_at_risk"))
    assert _levels(counts, "outcomes", "o3", "all") == {
        "yes": at_risk["o3"].sum(),
        "no": (~at_risk["o3"]).sum(),
        "not_observed": at_risk["o3"].null_count(),
        "not_at_risk": analysis.height - at_risk.height,
    }


def test_an_outcome_that_everyone_can_have(counts: pl.DataFrame, analysis: pl.DataFrame) -> None:
    assert list(_levels(counts, "outcomes", "o1", "all")) == ["yes", "no"]
    assert _levels(counts, "outcomes", "o2", "all")["not_observed"] == analysis["o2"].null_count()


def test_countries_add_up(counts: pl.DataFrame, analysis: pl.DataFrame) -> None:
    wales = analysis.filter(pl.col("country") == "Wales")
    assert _levels(counts, "outcomes", "total", "Wales") == {"total": wales.height}
    assert _levels(counts, "outcomes", "o1", "Wales")["yes"] == wales["o1"].sum()


def test_a_country_without_dyads_is_a_column_of_zeros(analysis: pl.DataFrame) -> None:
    england = count_outcomes(analysis.filter(pl.col("country") == "England"))
    assert england.filter(group="Wales")["n"].sum() == 0
    assert england.filter(group="Wales").height == england.filter(group="England").height


def test_levels_at_each_timepoint(counts: pl.DataFrame, analysis: pl.DataFrame) -> None:
    at_t2 = _levels(counts, "csc_levels", "csc_level_t2", "all")
    assert list(at_t2) == list(CSC_LEVELS)
    assert at_t2["looked_after_apart"] == analysis["is_custody_lost_by_t2"].sum()
    at_t3 = _levels(counts, "csc_levels", "csc_level_t3", "all")
    assert at_t3["not_observed"] == analysis["csc_level_t3"].null_count() > 0
    assert sum(at_t3.values()) == analysis.height
