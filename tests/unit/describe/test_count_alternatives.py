"""Outcomes under other definitions: every dyad of each alternative, with the outcome or not."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from analysis_table import make_analysis_table

from dyadlink.describe.alternatives import OUTCOMES, count_alternatives
from dyadlink.schemas import AnalysisAlternatives

ANALYSIS = make_analysis_table(500, seed=3)
OTHERS = pl.concat(
    [
        make_analysis_table(400, seed=4).with_columns(alternative=pl.lit("strict")),
        make_analysis_table(300, seed=5).with_columns(alternative=pl.lit("wide")),
    ]
)


def test_the_study_and_each_alternative_have_a_table() -> None:
    counts = count_alternatives(ANALYSIS, OTHERS, ["strict", "wide", "nobody"])
    totals = counts.filter(pl.col("variable") == "total").select("table", "n").rows()
    assert totals == [("study", 500), ("strict", 400), ("wide", 300), ("nobody", 0)]
    assert counts["variable"].unique(maintain_order=True).to_list() == ["total", *OUTCOMES]


def test_each_dyad_has_the_outcome_or_is_among_the_others() -> None:
    counts = count_alternatives(ANALYSIS, OTHERS, ["strict", "wide", "nobody"]).filter(pl.col("table") == "strict")
    strict = OTHERS.filter(pl.col("alternative") == "strict")
    for outcome in OUTCOMES:
        n = dict(counts.filter(pl.col("variable") == outcome).select("level", "n").rows())
        with_it = sum(value is True for value in strict[outcome])
        assert n == {"yes": with_it, "otherwise": 400 - with_it}


def test_without_alternatives_there_is_nothing_to_compare() -> None:
    assert count_alternatives(ANALYSIS, AnalysisAlternatives.create_empty(), []).is_empty()
